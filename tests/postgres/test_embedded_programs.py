"""The embedded server's programs, where the server's user cannot reach the installed ones."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from privaci_core.postgres.embedded_places import runnable_programs

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.unit


def test_programs_are_copied_with_their_libraries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root's copy keeps the layout by which the programs find the libraries of their wheel."""
    site = tmp_path / "closed" / "site-packages"
    binaries = site / "server" / "install" / "bin"
    binaries.mkdir(parents=True)
    (binaries / "postgres").touch()
    (site / "server.libs").mkdir()
    (site / "server.libs" / "libpq.so").touch()
    (tmp_path / "closed").chmod(0o700)
    (tmp_path / "open").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "open"))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    for _ in range(2):
        copied = runnable_programs(binaries)
        assert copied.is_relative_to(tmp_path / "open")
        assert (copied / "postgres").exists()
        assert (copied / "../../../server.libs/libpq.so").resolve().exists()
    (privaci,) = (tmp_path / "open").iterdir()
    assert sorted(path.name for path in next(privaci.iterdir()).iterdir()) == [
        "server",
        "server.libs",
    ]
