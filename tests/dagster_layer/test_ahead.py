"""What takes a while and needs no interpreter is done while Dagster is imported."""

from __future__ import annotations

import threading

import pytest

from privaci_core.ddl.dump import known_versions
from privaci_core.masks import Keys
from privaci_core.masks.base import keys
from privaci_dagster.cli.ahead import begin_ahead

pytestmark = pytest.mark.unit


def joined() -> None:
    """Wait for what was begun."""
    for thread in threading.enumerate():
        if thread.name == "privaci-before":
            thread.join()


def test_what_was_begun_is_remembered() -> None:
    """The keys are stretched, and every pg_dump has said its version."""
    known_versions.cache_clear()
    keys._stretched.cache_clear()
    begin_ahead(Keys.of(b"a salt of the test suite, long enough"))
    joined()
    assert keys._stretched.cache_info().currsize == 1
    assert known_versions.cache_info().currsize == 1


def test_what_fails_ahead_is_told_later(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A thread of its own would print a traceback."""
    monkeypatch.setattr(Keys, "fingerprint", None)
    begin_ahead(Keys.of(b"a salt of the test suite, long enough"))
    joined()
    assert not capfd.readouterr().err
