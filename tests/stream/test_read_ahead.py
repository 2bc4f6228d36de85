"""A stage of the stream in its own thread."""

from __future__ import annotations

import pytest

from privaci_core.postgres.unexpected import HOME, reports_home
from privaci_core.stream.read_ahead import read_ahead

pytestmark = pytest.mark.unit


def test_the_stage_knows_where_reports_are_kept() -> None:
    """Its thread has its caller's context: an unexpected error is told of in that folder."""
    before = HOME.set("a folder of the test")
    try:
        assert list(read_ahead(reports_home() for _ in range(1))) == ["a folder of the test"]
    finally:
        HOME.reset(before)
