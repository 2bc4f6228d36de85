"""Ranges of dates: both ends move together, in every spelling that Postgres prints."""

from __future__ import annotations

import re
from datetime import date

import polars as pl
import pytest
from masks.cases import ACTIONS, KEYS

from privaci_core.masks import Shape, bind, bind_to_row

pytestmark = pytest.mark.unit

DAY = re.compile(r"\d{4}-\d\d-\d\d")
SHIFT = ACTIONS.validate_python({"action": "date_shift", "days": 400})


def moved(type_name: str, *ranges: str) -> list[str]:
    """Ranges, each moved by itself."""
    return bind(SHIFT, Shape(type_name=type_name), KEYS)(pl.Series(ranges)).to_list()


def test_both_ends_move_by_the_same_days() -> None:
    """And the range keeps its brackets."""
    (found,) = moved("daterange", "[1980-01-31,1981-03-01)")
    first, last = (date.fromisoformat(day) for day in found[1:-1].split(","))
    assert (last - first, found[0], found[-1]) == (date(1981, 3, 1) - date(1980, 1, 31), "[", ")")
    assert 0 < abs((first - date(1980, 1, 31)).days) <= 400


def test_every_form_of_a_range_keeps_all_but_its_days() -> None:
    """Times of day, open ends, infinity, and the ranges of a multirange."""
    ranges = {
        "tsrange": '["1980-01-31 10:00:00","1981-03-01 11:22:33.5")',
        "tstzrange": '["1980-01-31 10:00:00+00",infinity]',
        "datemultirange": "{[1980-01-31,1980-02-01),[1981-03-01,)}",
        "daterange": "(,1980-01-31)",
    }
    for type_name, text in ranges.items():
        (found,) = moved(type_name, text)
        assert found != text
        assert DAY.sub("a day", found) == DAY.sub("a day", text)


def test_ranges_without_days_stay_and_those_outside_of_the_calendar_become_empty() -> None:
    """A day of before our era has no spelling here; the last days move back."""
    assert moved("daterange", "empty", "(,)", "[0044-03-15 BC,)") == ["empty", "(,)", "empty"]
    assert moved("datemultirange", "{[11980-01-01,)}") == ["{}"]
    assert moved("daterange", "[0001-01-02,9999-12-30)") == ["empty"]
    (found,) = moved("daterange", "[9999-12-30,9999-12-31)")
    assert found[1:5] in {"9998", "9999"}


def test_ranges_of_one_subject_move_alike() -> None:
    """As its dates do."""
    action = SHIFT.model_copy(update={"subject": "id"})
    days, ids = pl.Series(["1980-01-31"]), {"id": pl.Series(["7"])}
    of_dates = bind_to_row(action, Shape(type_name="date"), KEYS)(days, ids)[0]
    ranges = pl.Series(["[1980-01-31,1980-02-01)"])
    of_ranges = bind_to_row(action, Shape(type_name="daterange"), KEYS)(ranges, ids)[0]
    assert of_ranges.startswith(f"[{of_dates},")
