"""Days of birth stay within a lifetime, and never lie in the future."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from masks.cases import ACTIONS, KEYS

from privaci_core.masks import Shape, bind

pytestmark = pytest.mark.unit

DOB = {"action": "fake", "provider": "dob"}


def births(values: list[str], shape: Shape | None = None, **more: Any) -> list[str]:
    """Values masked in one vector."""
    mask = bind(ACTIONS.validate_python({**DOB, **more}), shape or Shape(), KEYS)
    return mask(pl.Series(values)).to_list()


def test_what_is_no_date_becomes_one_of_the_century() -> None:
    """A day of 1900 to 1999, and many different ones."""
    found = births([f"not known {number}" for number in range(3000)])
    assert min(found) >= "1900-01-01"
    assert max(found) < "2000-01-01"
    assert {day[:3] for day in found} == {f"19{decade}" for decade in range(10)}


def test_the_born_after_1999_become_older() -> None:
    """The others move both ways."""
    late = [births(["2000-01-01"], seed_alias=f"a{number}")[0] for number in range(30)]
    assert all("1995-01-01" < day < "2000-01-01" for day in late)
    early = [births(["1999-12-31"], seed_alias=f"a{number}")[0] for number in range(30)]
    assert min(early) < "1999-12-31" < max(early)


@pytest.mark.parametrize(
    ("type_name", "end"),
    [("date", ""), ("timestamp", " 00:00:00"), ("timestamptz", " 00:00:00+00")],
)
def test_a_timestamp_is_born_at_midnight(type_name: str, end: str) -> None:
    """In the session's time zone, UTC."""
    (found,) = births(["1980-04-03"], Shape(type_name=type_name))
    assert (len(found), found[10:]) == (10 + len(end), end)


@pytest.mark.parametrize("type_name", ["date", "timestamptz"])
def test_days_of_a_unique_combination_stay_unique(type_name: str) -> None:
    """Each moves back by less than five years: no two meet, and none lies in the future."""
    end = " 12:34:56+00" if type_name == "timestamptz" else ""
    days = pl.date_range(pl.date(1890, 1, 1), pl.date(2026, 11, 27), eager=True)
    given = days.dt.to_string("%Y-%m-%d") + end
    found = pl.Series(births(given.to_list(), Shape(type_name=type_name, unique=True)))
    assert found.n_unique() == len(given)
    back = (days - found.str.head(10).str.to_date()).dt.total_days()
    assert 0 < back.min() < 10  # type: ignore[operator]
    assert 1800 < back.max() < 5 * 365  # type: ignore[operator]
    assert found.str.ends_with(end).all()


def test_unique_days_stay_in_the_calendar() -> None:
    """The first days of year 1 become the last ones of year 9999."""
    given = ["0001-01-01", "0003-01-01", "9999-12-31", "infinity"]
    found = births(given, Shape(type_name="date", unique=True))
    assert found[0] > "9990-01-01"
    assert found[-1] == "infinity"
    assert len(set(found)) == len(found)
