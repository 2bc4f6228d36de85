"""Where a pack is fetched from, and what the first line of a command heeds."""

from __future__ import annotations

import functools
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from privaci_core.errors import PreflightError
from privaci_dagster.cli.first_words import say_first_words
from privaci_dagster.cli.packs import _manifest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.unit


class Quiet(SimpleHTTPRequestHandler):
    """A registry of packs that logs nothing."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[str]:
    """A registry with one pack."""
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "manifest.json").write_bytes(b"{}")
    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Quiet, directory=str(tmp_path))
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_pack_is_fetched_from_a_registry(registry: str, tmp_path: Path) -> None:
    """One that it lacks, and a registry in plain HTTP elsewhere, are refused in words."""
    assert _manifest("shop", f"{registry}/", None) == b"{}"
    with pytest.raises(PreflightError, match="did not give it"):
        _manifest("bank", registry, None)
    for folder in (tmp_path, None):
        with pytest.raises(PreflightError, match="no name of a pack"):
            _manifest("../shop", registry, folder)
    with pytest.raises(PreflightError, match="is not https"):
        _manifest("shop", "http://packs.example.test", None)


def test_a_variable_silences_the_first_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As `--log-level` does, which precedes it."""
    monkeypatch.setenv("PRIVACI_LOG_LEVEL", "WARNING")
    say_first_words("run", ["run"])
    assert capsys.readouterr().err == ""
    say_first_words("run", ["run", "--log-level", "info"])
    assert "starting" in capsys.readouterr().err
