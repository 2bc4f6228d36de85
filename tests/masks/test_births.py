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
