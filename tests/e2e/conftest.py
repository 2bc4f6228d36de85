"""What the tests of commands share."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def dagster_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of Dagster's for each test, so that commands store no run in the checkout."""
    home = tmp_path / "dagster-home"
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    return home


@pytest.fixture(autouse=True, scope="session")
def interrupts() -> Iterator[None]:
    """Let commands be interrupted, as at a terminal.

    A shell starts background jobs with SIGINT ignored. A suite that runs as one would hand that
    on to the commands that it starts, and no Ctrl-C of a test would reach them.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
