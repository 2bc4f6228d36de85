"""The corpus of judged columns: what it is made of, and that detection does not get worse on it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks.detection.corpus import (
    SPELLINGS,
    applications,
    held_back,
    spelled,
)
from benchmarks.detection.judge import judge
from benchmarks.detection.values import MAKERS, column_of

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.unit


def test_the_corpus_is_large_and_a_third_is_held_back() -> None:
    """More than 1,500 columns, 40 applications and six languages."""
    columns = [column for each in applications() for of in each.tables.values() for column in of]
    assert len(columns) > 1500
    assert len(applications()) > 40
    assert len({each.language for each in applications()}) == 6
    assert 0.3 < len(held_back()) / len(applications()) < 0.37
    assert {column.values for column in columns} - {""} <= MAKERS.keys()


@pytest.mark.parametrize("rows", [0, 20])
@pytest.mark.parametrize("held", [False, True])
def test_detection_is_as_good_as_it_was(
    rows: int, *, held: bool, record_property: Callable[[str, object], None]
) -> None:
    """On the applications that it was tuned on, and on those that it was not."""
    some = [each for each in applications() if (each.name in held_back()) is held]
    rates = judge(some, rows=rows, spellings=SPELLINGS if rows == 0 else ("joined",)).rates
    for name in ("masked", "masked or named", "precision"):
        record_property(name, rates[name])
    assert rates["masked"] >= 0.9
    assert rates["masked or named"] >= 0.97
    assert rates["precision"] >= 0.98


def test_names_are_spelled_in_three_ways() -> None:
    """As databases are used to."""
    found = [spelled("date_of_birth", spelling) for spelling in SPELLINGS]
    assert found == ["date_of_birth", "dateOfBirth", "dateofbirth"]


def test_values_are_made_the_same_each_time() -> None:
    """For each kind, in each language."""
    languages = sorted({each.language for each in applications()})
    for kind in MAKERS:
        for language in languages:
            values = column_of(kind, language, 3, "a seed")
            assert values == column_of(kind, language, 3, "a seed")
            assert all(values)
