"""Names of steps and outputs are legal in Dagster, and no two tables share one."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privaci_dagster.legal_names import legal_name

pytestmark = pytest.mark.unit

WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)
PATHS = st.lists(st.tuples(WORDS, WORDS), unique=True, max_size=20)


@given(PATHS)
def test_a_name_is_legal_and_has_one_path(paths: list[tuple[str, str]]) -> None:
    """Whatever Postgres takes for a name."""
    names = {legal_name(path) for path in paths}
    assert len(names) == len(paths)
    assert all(re.fullmatch("[A-Za-z0-9_]+", name) for name in names)


@pytest.mark.parametrize(
    "paths",
    [
        [("public", "a-b"), ("public", "a_b"), ("public", "a.b")],
        [("a__b", "c"), ("a", "b__c"), ("a", "_b__c"), ("a_", "b__c")],
        [("a.b", "c"), ("a", "b.c")],
        [("a\x1fb", "c"), ("a", "b\x1fc")],
    ],
)
def test_names_that_meet_when_they_are_cleaned_stay_apart(paths: list[tuple[str, str]]) -> None:
    """By digits of a hash."""
    assert len({legal_name(path) for path in paths}) == len(paths)


def test_a_plain_name_stays_readable() -> None:
    """Most tables have one."""
    assert legal_name(("public", "order_lines")) == "public__order_lines"


def test_thousands_of_names_in_another_script_stay_apart() -> None:
    """All of them are underscores but for their digits: eight digits of 100,000 would meet."""
    letters = itertools.product("абвгдежзиклмнопрст", repeat=4)
    paths = [("public", "".join(word)) for word in letters]
    assert len(paths) > 100_000
    assert len({legal_name(path) for path in paths}) == len(paths)
