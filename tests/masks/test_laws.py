"""The laws of masking, each tested on every mask and type by generated values."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from masks.cases import CASES, OTHER_KEYS, Case

VECTORS = json.loads(Path(__file__).with_name("vectors.json").read_text(encoding="utf-8"))

pytestmark = pytest.mark.unit
every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
few = settings(max_examples=10)
# Values that identify no person and may stay.
HARMLESS = {"infinity", "-infinity", "NaN"}


def masked(case: Case, values: list[str | None], **changes: object) -> list[str | None]:
    """The values masked in one vector."""
    return case.mask(**changes)(pl.Series(values, dtype=pl.String)).to_list()  # type: ignore[arg-type]


def as_compared(case: Case, values: list[str]) -> set[str]:
    """The values that Postgres would tell apart in the case's column."""
    match case.shape.type_name:
        case "bpchar":
            return {value.rstrip(" ") for value in values}
        case "citext":
            return {value.lower() for value in values}
        case _:
            return set(values)


@every_case
@few
@given(data=st.data())
def test_the_same_value_is_masked_the_same_whatever_stands_beside_it(
    case: Case, data: st.DataObject
) -> None:
    """Each value by itself gives what it gives among others, in any order, and twice."""
    values = data.draw(st.lists(case.values, min_size=2, max_size=8))
    together = masked(case, [*values, *reversed(values)])
    assert together == [masked(case, [value])[0] for value in [*values, *reversed(values)]]


@every_case
@few
@given(data=st.data())
def test_null_stays_null_and_empty_stays_empty(case: Case, data: st.DataObject) -> None:
    """Between other values, before them, and alone."""
    value = data.draw(case.values)
    empty = "" if case.shape.is_text else None
    found = masked(case, [None, empty, value, None, empty])
    assert found[0] is found[3] is None
    assert found[1] == found[4] == empty
    assert found[2] is not None
    assert masked(case, [None]) == [None]
    assert masked(case, []) == []


@every_case
@few
@given(data=st.data())
def test_nothing_is_masked_to_itself(case: Case, data: st.DataObject) -> None:
    """In any case and with any blanks around it, unless the action keeps a part by design."""
    if case.keeps:
        pytest.skip("the action is told to keep something")
    values = data.draw(st.lists(case.values, min_size=1, max_size=10))
    for value, fake in zip(values, masked(case, list(values)), strict=True):
        assert fake is not None
        assert fake != value or value in HARMLESS
        if case.action["action"] in {"fake", "pseudonym", "hash"} and case.shape.is_text:
            assert fake.strip().lower() != value.strip().lower()


@every_case
@few
@given(data=st.data())
def test_it_fits(case: Case, data: st.DataObject) -> None:
    """No mask makes text that is too long for its column."""
    values = data.draw(st.lists(case.values, min_size=1, max_size=10))
    room = case.shape.room
    for fake in masked(case, list(values)):
        assert fake is not None
        assert room is None or len(fake) <= room


@every_case
@few
@given(data=st.data())
def test_unique_stays_unique(case: Case, data: st.DataObject) -> None:
    """Values that differ stay different, as the column compares them."""
    if not case.shape.unique:
        pytest.skip("not a unique column")
    values = as_compared(
        case, data.draw(st.lists(case.values, min_size=1, max_size=40, unique=True))
    )
    fakes = masked(case, sorted(values))
    assert len(as_compared(case, [fake or "" for fake in fakes])) == len(values)


@every_case
def test_another_salt_gives_other_values(case: Case) -> None:
    """So does another alias, where the action takes one: no two of them share a key."""
    if case.unkeyed:
        pytest.skip("the action knows no key")
    values = list(VECTORS[case.name])
    found = masked(case, values)
    assert masked(case, values, keys=OTHER_KEYS) != found
    if case.action["action"] in {"fake", "pseudonym", "fpe", "date_shift"}:
        assert masked(case, values, seed_alias="another") != found
