"""Dates and timestamps: spellings, moves, birthdays and keys."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl
import pytest
from masks.cases import ACTIONS, KEYS

from privaci_core.masks import Shape, Unbindable, bind
from privaci_core.masks.values.dates import (
    BORN_LATE,
    SPANS,
    between,
    days_of,
    iso_dates,
    moved,
    moves,
    need_dates,
    with_infinity,
)

pytestmark = pytest.mark.unit

EPOCH = date(1970, 1, 1)


def masked(action: dict[str, Any], values: list[str | None], **shape: Any) -> list[Any]:
    """Values masked in one vector."""
    rule = ACTIONS.validate_python(action)
    return bind(rule, Shape(**shape), KEYS)(pl.Series(values, dtype=pl.String)).to_list()


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("2020-02-29", date(2020, 2, 29)),
        ("2020-02-29 23:59:59.5+00", date(2020, 2, 29)),
        ("2020-02-29T01:02:03", date(2020, 2, 29)),
        ("29.02.2020", date(2020, 2, 29)),
        ("02/29/2020", date(2020, 2, 29)),
        ("29/02/2020", date(2020, 2, 29)),
        ("03/04/2020", date(2020, 3, 4)),
        ("20200229", date(2020, 2, 29)),
        ("2020/02/29", date(2020, 2, 29)),
        ("0001-01-01", date(1, 1, 1)),
        ("2021-02-29", None),
        ("0044-03-15 BC", None),
        ("12020-01-01", None),
        ("infinity", None),
        ("soon", None),
    ],
)
def test_spellings_of_a_date(value: str, day: date | None) -> None:
    """Each as the day it names; anything else is no date."""
    days, known = days_of(pl.Series([value, "1970-01-02"]))
    assert known.tolist() == [day is not None, True]
    assert days.tolist() == [(day - EPOCH).days if day else 0, 1]
    assert days.dtype == np.int64


def test_moves_are_never_nothing() -> None:
    """From -most to most, each as likely."""
    words = np.arange(0, 8, dtype=np.uint64)
    assert moves(words, 2).tolist() == [-2, -1, 1, 2, -2, -1, 1, 2]
    assert moves(words[:4], 1).tolist() == [-1, 1, -1, 1]


def test_a_day_at_the_end_of_the_calendar_moves_the_other_way() -> None:
    """Before year 1 and after year 9999 there is no day."""
    first, last = SPANS[0], SPANS[-1] - 1
    asked, steps = np.array([first, first, last, last, 0]), np.array([-5, 5, 5, -5, 7])
    assert moved(asked, steps).tolist() == [first + 5, first + 5, last - 5, last - 5, 7]
    assert moved(np.array([first + 1, last - 1]), np.array([-1, 1])).tolist() == [first, last]
    assert moved(np.array([first, last]), np.array([-1, 1])).tolist() == [first + 1, last - 1]
    assert iso_dates(np.array([first, last])).to_list() == ["0001-01-01", "9999-12-31"]


def test_the_borders_of_spans() -> None:
    """Whole centuries, and the year from which a birthday moves back only."""
    inside = np.array([*SPANS[:-1], SPANS[-1] - 1, BORN_LATE])
    assert iso_dates(inside).to_list() == [
        *("0001-01-01", "1900-01-01", "2100-01-01", "9999-12-31", "2000-01-01"),
    ]


@pytest.mark.parametrize(
    ("shape", "fits"),
    [
        (Shape(type_name="timestamptz"), True),
        (Shape(type_name="varchar", max_length=10), True),
        (Shape(type_name="varchar", max_length=9), False),
        (Shape(type_name="int4", max_length=10), False),
    ],
)
def test_columns_that_hold_a_date(shape: Shape, fits: bool) -> None:  # noqa: FBT001
    """Dates and timestamps, and text with room for ten characters."""
    if fits:
        need_dates(shape)
    else:
        with pytest.raises(Unbindable, match="the column holds no dates"):
            need_dates(shape)


def test_a_day_between_others() -> None:
    """The first one counts, the end does not."""
    words = np.zeros((3, 4), np.uint64)
    words[:, 2] = [0, 9, 10]
    assert between(words, 5, 15).tolist() == [5, 14, 5]


def test_infinity_is_kept() -> None:
    """Either one, and nothing that begins like it."""
    values = pl.Series(["infinity", "-infinity", "infinity!", "2020-01-01"])
    found = with_infinity(values, pl.Series(["x"] * 4)).to_list()
    assert found == ["infinity", "-infinity", "x", "x"]


@pytest.mark.parametrize("type_name", ["date", "timestamp", "timestamptz"])
def test_a_birthday_moves_by_at_most_five_years(type_name: str) -> None:
    """Never into the future, never by nothing; other text becomes a day of the last century."""
    end = {"date": "", "timestamp": " 00:00:00", "timestamptz": " 00:00:00+00"}[type_name]
    action = {"action": "fake", "provider": "dob"}
    values: list[str | None] = [f"19{n:02}-06-15" for n in range(100)]
    for value, fake in zip(values, masked(action, values, type_name=type_name), strict=True):
        assert fake.endswith(end)
        days = abs((date.fromisoformat(fake[:10]) - date.fromisoformat(str(value))).days)
        assert 0 < days <= 5 * 365
    late: list[str | None] = [f"2{n:03}-01-01" for n in range(100)]
    for value, fake in zip(late, masked(action, late, type_name=type_name), strict=True):
        days = (date.fromisoformat(str(value)) - date.fromisoformat(fake[:10])).days
        assert 0 < days <= 5 * 365
    if type_name == "date":
        words: list[str | None] = [f"word {n}" for n in range(300)]
        years = [date.fromisoformat(fake).year for fake in masked(action, words)]
        assert 1900 <= min(years) < 1910
        assert 1990 < max(years) <= 2000


def test_a_shift_keeps_the_time_of_day() -> None:
    """Days move, what stands behind them stays; a spelling of a text column becomes ISO."""
    action = {"action": "date_shift", "days": 10}
    (moment,) = masked(action, ["2020-05-17 12:34:56.789"], type_name="timestamp")
    assert moment[10:] == " 12:34:56.789"
    assert 0 < abs((date.fromisoformat(moment[:10]) - date(2020, 5, 17)).days) <= 10
    (text,) = masked(action, ["17.05.2020"])
    assert 0 < abs((date.fromisoformat(text) - date(2020, 5, 17)).days) <= 10
    (odd,) = masked({**action, "days": 1}, ["no date"])
    assert abs((date.fromisoformat(odd) - EPOCH).days) == 1


def test_dates_as_keys_stay_in_their_span() -> None:
    """Before 1900, to 2100, and after; every day of some is another, none twice."""
    days = [str(date(1899, 12, 1) + timedelta(n)) for n in range(62)]
    found = masked({"action": "hash"}, list(days), type_name="date", unique=True)
    assert len(set(found)) == len(days)
    for before, after in zip(days, found, strict=True):
        assert before != after
        assert (before < "1900") == (after < "1900")
        assert after < "2100"
    (late,) = masked({"action": "hash"}, ["2100-01-01"], type_name="date")
    assert late >= "2100"
    odd: list[str | None] = [f"{year}-03-15 BC" for year in range(1000, 1040)]
    found = masked({"action": "hash"}, odd, type_name="date")
    assert "1900" <= min(found) < max(found) < "2100"


@pytest.mark.parametrize("type_name", ["timestamp", "timestamptz"])
def test_timestamps_as_keys(type_name: str) -> None:
    """Whole seconds stay whole, fractions stay fractions, and no zeros end them."""
    zone = "+00" if type_name == "timestamptz" else ""
    values = [f"2020-05-17 12:34:{n:02}{zone}" for n in range(60)]
    values += [f"2020-05-17 12:34:56.{n}{zone}" for n in range(1, 10)]
    found = masked({"action": "hash"}, list(values), type_name=type_name, unique=True)
    assert len(set(found)) == len(values)
    bodies = [text.removesuffix(zone) for text in found]
    assert all(len(body) == 19 for body in bodies[:60])
    assert all(body[19] == "." and body[-1] in "123456789" for body in bodies[60:])
    assert all(text.endswith(zone) and "1900" <= text < "2100" for text in found)
    (least,) = masked(
        {"action": "hash"}, [f"2020-05-17 00:00:00.000001{zone}"], type_name=type_name
    )
    assert least[19] == "."
    kept = masked({"action": "hash"}, ["infinity"], type_name=type_name)
    assert kept == ["infinity"]


def test_a_timestamp_becomes_the_same_in_every_release() -> None:
    """Recorded: of a whole second, of fractions, and of a date that cannot be read."""
    recorded: dict[str | None, str] = {
        "2020-05-17 12:34:56": "2053-03-09 15:17:40",
        "2020-05-17 12:34:56.5": "2053-03-09 15:17:40.093133",
        "2020-05-17 23:59:59.000001": "1908-06-03 20:28:59.991019",
        "0044-03-15 10:00:00 BC": "2017-08-01 00:37:23",
    }
    found = masked({"action": "hash"}, list(recorded), type_name="timestamp", unique=True)
    assert found == list(recorded.values())
