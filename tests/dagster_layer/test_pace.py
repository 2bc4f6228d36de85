"""The pace of a large table's load: how far it is, how fast, and when it is said again."""

from __future__ import annotations

import pytest

from privaci_dagster.pace import Pace

pytestmark = pytest.mark.unit


class Clock:
    """A clock that a test moves."""

    now = 100.0

    def __call__(self) -> float:
        """The time."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """A clock at its start."""
    return Clock()


def test_rows_pace_and_time_left(clock: Clock) -> None:
    """A quarter after five seconds: fifteen are left; all loaded: none is."""
    pace = Pace(table="public.big", clock=clock)
    clock.now += 5
    pace.add(1000, 4)
    expected = {"rows so far": 1000, "percent": 25, "rows per second": 200, "seconds left": 15.0}
    assert pace.figures == expected
    for _ in range(3):
        pace.add(1000, 4)
    assert (pace.figures["percent"], pace.figures["seconds left"]) == (100, 0)


def test_a_step_of_some_slices_counts_its_own_chunks(clock: Clock) -> None:
    """Half of the slices are done after half of the chunks."""
    pace = Pace(table="public.big", share=0.5, clock=clock)
    clock.now += 4
    for _ in range(2):
        pace.add(10, 8)
    assert (pace.figures["percent"], pace.figures["seconds left"]) == (50, 4.0)


def test_a_line_comes_every_ten_seconds_or_tenth(clock: Clock) -> None:
    """A table of many quick chunks does not fill the log, nor is a slow one silent."""
    pace = Pace(table="public.big", clock=clock)
    said = []
    for _ in range(100):
        clock.now += 0.1
        pace.add(10, 100)
        said.append(bool(pace.line()))
    assert sum(said) == 10
    clock.now += 10
    assert pace.line().startswith("public.big: 100 % loaded, 1,000 rows, 50 rows a second, about 0")
    assert pace.line() == ""
