"""Compares words of samples in the forms in which a search for originals compares them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privaci_core.detect.value_prints import prints_of
from privaci_core.detect.value_words import (
    KEPT,
    WORD_OR_END,
    numbers,
    searched_in,
    words_and_ends,
    words_in,
)

pytestmark = pytest.mark.unit


def of(values: list[str]) -> set[int]:
    """What a search would look for."""
    return set(numbers(searched_in(values)))


def inside(values: list[str]) -> set[int]:
    """What it would compare that with."""
    return set(numbers(words_in(values)))


@pytest.mark.parametrize(
    ("original", "text"),
    [
        ("Kestrel", "the kestrel's nest"),
        ("Ada Kestrel", "KESTREL, Ada"),
        ("Käßtrel", "/img/KÄßTREL.bmp"),
        ("login5", "u=login5;"),
        ("Antonio Moreno Taqueria", "by Antonio Moreno Taquería"),
    ],
)
def test_an_original_is_found_in_a_text(original: str, text: str) -> None:
    """In any order, without case and accents."""
    assert of([original]) & inside([text])


@pytest.mark.parametrize(
    "value", ["", "Lee", "Andrew", "street", "12", "a1", "1234567", "the house", "a b c d e"]
)
def test_what_the_search_leaves_out_is_not_compared(value: str) -> None:
    """Short and everyday words, names of fakes, numbers, and texts."""
    assert of([value]) == set()


def test_a_word_that_many_rows_share_is_not_searched_for() -> None:
    """It tells nobody apart."""
    assert of(["kestrel"] * 10)
    assert not of(["kestrel"] * 11)
    assert of(["ada kestrel"] * 11)


def test_so_many_are_kept_and_read() -> None:
    """Those of the least numbers, and texts of ten thousand words."""
    names = [f"kestrel{number}" for number in range(20_000)]
    assert len(of(names)) == len(inside(names[:9000])) == KEPT
    assert of(names[:KEPT]) & of(names)
    assert not of(["oystercatcher"]) & inside([*["x y"], " ".join(names), "oystercatcher"])


def test_each_process_has_the_same_numbers() -> None:
    """Each step of a refresh plans the copy by itself; Python's own hashes differ by process."""
    assert prints_of(["Mary Quillow Smith"]) == {-2368248231197373980}
    assert numbers(searched_in(["Mary Quillow"])) == [-6943916677482283050]


def test_only_what_a_search_looks_for_is_kept_of_texts() -> None:
    """Words that no original can be would take the places of others."""
    assert words_in(["12.50", "2020-01-01 12:30", "the house", "a1 b2"]) == b""
    assert len(inside(["the kestrel 12", "kestrel12"])) == 5


def test_a_column_without_values_has_no_words() -> None:
    """As of an empty table."""
    assert searched_in([]) == words_in([]) == b""


@given(st.text(st.characters(max_codepoint=127)) | st.text())
def test_words_of_ascii_are_those_of_every_text(text: str) -> None:
    """Which a pattern tells."""
    assert words_and_ends(text) == WORD_OR_END.findall(text)


def test_a_value_of_several_lines_is_one_value() -> None:
    """Its words stand in a row as others do."""
    assert of(["Ada\nKestrel"]) == of(["Ada Kestrel"])
