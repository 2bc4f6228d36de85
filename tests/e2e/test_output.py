"""What commands print, as values: sizes, times, and the columns to review."""

from __future__ import annotations

import pytest

from privaci_dagster.cli.output import duration, size
from privaci_dagster.cli.run_summary import columns_to_review

pytestmark = pytest.mark.unit

COLUMN = "public.t.c (email: 92 % of 1,000 samples)"


def test_a_size_has_the_unit_that_fits() -> None:
    """Below a thousand there are no decimals; the largest unit has no end."""
    shown = [size(octets) for octets in (0, 999, 1000, 1_550_000, 10**12, 10**16)]
    assert shown == ["0 B", "999 B", "1.0 kB", "1.6 MB", "1.0 TB", "10000.0 TB"]


def test_a_time_has_the_units_that_fit() -> None:
    """Seconds, minutes, hours."""
    shown = [duration(seconds) for seconds in (0.04, 59.9, 60, 3599.4, 3600, 90_061)]
    assert shown == ["0.0 s", "59.9 s", "1 min 00 s", "59 min 59 s", "1 h 00 min", "25 h 01 min"]


def test_no_column_to_review_prints_nothing() -> None:
    """A clean result has no line about it."""
    assert columns_to_review([]) == []


def test_one_column_to_review_is_one_line() -> None:
    """With what it seems to hold, and why."""
    (line,) = columns_to_review([COLUMN])
    assert line == f"1 unlisted column looks personal and is copied unmasked: {COLUMN}"


def test_a_few_columns_are_named_and_the_others_counted() -> None:
    """Three names; a fourth column is counted, and the plan lists all."""
    head = "unlisted columns look personal and are copied unmasked:"
    names = [f"public.t.c{n}" for n in range(5)]
    assert columns_to_review(names[:3]) == [f"3 {head}", *(f"  {name}" for name in names[:3])]
    assert columns_to_review(names) == [
        f"5 {head}",
        *(f"  {name}" for name in names[:3]),
        "  and 2 more: `privaci plan` lists all",
    ]
