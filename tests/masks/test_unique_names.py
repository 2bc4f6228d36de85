"""Names of a unique column are told apart by names and ordinals, as long as they fit."""

from __future__ import annotations

import re

import polars as pl
import pytest
from masks.cases import ACTIONS, KEYS

from privaci_core.masks import Shape, bind

pytestmark = pytest.mark.unit

NATURAL = r"[^\W\d_]+( [^\W\d_]+)?(-[^\W\d_]+){3} \d{1,3}(st|nd|rd|th)"


def names(provider: str, values: list[str], **shape: object) -> list[str]:
    """Values masked in a unique column."""
    rule = ACTIONS.validate_python({"action": "fake", "provider": provider})
    return bind(rule, Shape(unique=True, **shape), KEYS)(pl.Series(values)).to_list()  # type: ignore[arg-type]


@pytest.mark.parametrize("provider", ["first_name", "last_name", "full_name"])
def test_unique_names_look_like_names(provider: str) -> None:
    """Words and an ordinal, no code; twenty thousand of them stay apart, whatever their case."""
    values = [f"Person {number}" for number in range(20_000)]
    found = names(provider, values)
    assert all(re.fullmatch(NATURAL, name) for name in found[:500])
    assert len({name.lower() for name in found}) == len(values)


def test_a_unique_name_begins_as_the_name_elsewhere() -> None:
    """The same person in another column is recognised."""
    rule = ACTIONS.validate_python({"action": "fake", "provider": "full_name"})
    elsewhere = bind(rule, Shape(), KEYS)(pl.Series(["Ann Brook"]))[0]
    assert names("full_name", ["Ann Brook"])[0].startswith(elsewhere + "-")


def test_ordinals_are_written_as_in_english() -> None:
    """The second, the eleventh, the hundred and third."""
    found = names("last_name", [f"n{number}" for number in range(3000)])
    endings = {name.rpartition(" ")[2] for name in found}
    assert {"2nd", "11th", "103rd", "112th", "121st"} <= endings


def test_a_short_column_gets_a_code() -> None:
    """Where the words do not fit."""
    assert len(names("last_name", ["Brook"], type_name="varchar", max_length=13)[0]) == 13
