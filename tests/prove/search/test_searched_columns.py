"""Which masked columns have originals to search for, and what each column is searched for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from builders.copies import action, masked
from psycopg import sql

from privaci_core.compiled.search import FOR_ALL, FOR_NOTHING, FOR_SURE_ONES
from privaci_core.masks import Shape
from privaci_core.prove.search.searched_columns import (
    may_keep_its_own,
    searched_for,
    why_not_collected,
)

pytestmark = pytest.mark.unit

DATES = "dates, times, fractions and truth values"
SHARED = "places, titles and browsers that many people share"
COARSE = "moved or coarser amounts and dates"
CASES: list[tuple[str, dict[str, Any], str, str, int]] = [
    ("fake", {"provider": "email"}, "text", "", FOR_SURE_ONES),
    ("fake", {"provider": "last_name"}, "text", "", FOR_SURE_ONES),
    ("fake", {"provider": "city"}, "text", SHARED, FOR_SURE_ONES),
    ("pseudonym", {"provider": "job_title"}, "text", SHARED, FOR_SURE_ONES),
    ("fake", {"provider": "dob"}, "text", DATES, FOR_SURE_ONES),
    ("fake", {"provider": "dob"}, "date", DATES, FOR_SURE_ONES),
    ("hash", {}, "int8", "", FOR_SURE_ONES),
    ("hash", {}, "uuid", "", FOR_SURE_ONES),
    ("hash", {}, "float8", DATES, FOR_SURE_ONES),
    ("hash", {}, "bool", DATES, FOR_SURE_ONES),
    ("null", {}, "timestamptz", DATES, FOR_SURE_ONES),
    ("null", {}, "jsonb", "", FOR_SURE_ONES),
    ("static", {"value": "x"}, "text", "", FOR_SURE_ONES),
    ("partial", {"first": 1}, "text", "", FOR_SURE_ONES),
    ("ner_mask", {}, "text", "", FOR_SURE_ONES),
    ("fpe", {}, "text", "", FOR_NOTHING),
    ("shuffle", {}, "text", "shuffled: the values stay in their column", FOR_NOTHING),
    ("noise", {"ratio": 0.1}, "numeric", COARSE, FOR_NOTHING),
    ("date_shift", {}, "text", COARSE, FOR_NOTHING),
    ("generalize", {"prefix": 2}, "text", COARSE, FOR_NOTHING),
    ("bucket", {"edges": [1]}, "text", COARSE, FOR_NOTHING),
]


@pytest.mark.parametrize(
    ("name", "fields", "type_name", "why_not", "what"),
    CASES,
    ids=[f"{name}-{type_name}-{number}" for number, (name, _, type_name, *_) in enumerate(CASES)],
)
def test_what_a_masked_column_is_searched_for(
    name: str, fields: dict[str, Any], type_name: str, why_not: str, what: int
) -> None:
    """Its originals elsewhere, and others' originals in it."""
    column = masked("it", action(name, **fields), shape=Shape(type_name=type_name))
    assert why_not_collected(column) == why_not
    assert searched_for(column) == what


def test_an_unmasked_column_is_searched_for_all() -> None:
    """What it has is what the source has."""
    assert searched_for(None) == FOR_ALL


def test_labels_of_an_enum_are_no_originals() -> None:
    """The type's definition has them all."""
    column = masked("it", action("hash"), shape=Shape(type_name="mood", labels=("glad", "sad")))
    assert why_not_collected(column) == "labels of enums"


def test_a_condition_may_leave_an_original_in_its_column() -> None:
    """In a row in which it is not true."""
    column = masked("it", action("hash"))
    assert not may_keep_its_own(column)
    assert may_keep_its_own(replace(column, when=sql.SQL("true")))
