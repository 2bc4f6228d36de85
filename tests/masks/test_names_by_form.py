"""Names by their form: capitals side by side, titles, and what a sentence may begin with."""

from __future__ import annotations

import pytest

from privaci_core.masks.text.language_words import PartOfSpeech, Words
from privaci_core.masks.text.names_by_form import is_given_name, names_by_form

pytestmark = pytest.mark.unit

WORDS = Words(
    common=frozenset({"zyx", "number", "then"}),
    verbs=PartOfSpeech(dictionary=frozenset({"call"}), endings=(("ed", ""), ("ing", ""))),
    others=(PartOfSpeech(dictionary=frozenset({"hyacinth", "blood", "call"})),),
)


def found(text: str) -> list[tuple[str, str]]:
    """The names in a text, and their kinds."""
    return [(text[span.start : span.end], span.kind) for span in names_by_form(text, WORDS)]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("saw Tomasz Chukwuemeka's dog", "Tomasz Chukwuemeka"),
        ("Olga Xyzzy left", "Olga Xyzzy"),
        ("Then Zyx Xyzzy left", "Zyx Xyzzy"),
        ("left. Zyx Xyzzy Plugh", "Xyzzy Plugh"),
        ('so "Zyx Xyzzy Plugh', "Zyx Xyzzy Plugh"),
        ('"Zyx Xyzzy Plugh', "Xyzzy Plugh"),
        ("to Z. Xyzzy", "Z. Xyzzy"),
        ("Xyzzy left", None),
        ("to Zyx  Xyzzy", None),
        ("to ZYX XYZZY", None),
    ],
)
def test_words_with_capitals_side_by_side(text: str, name: str | None) -> None:
    """They are a name, without a sentence's first word unless that is one."""
    assert found(text) == ([(name, "full_name")] if name else [])


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Rosalind Farrow left", "Rosalind Farrow"),
        ("Rosalind Number left", "Rosalind Number"),
        ("Rosalind's Farrow left", "Rosalind's Farrow"),
        ("Zyx Number left", None),
        ("Zyx-Call Number left", None),
        ("Zyx-Plugh Number left", "Zyx-Plugh Number"),
        ("Calling Number left", None),
        ("Blood Zyx's left", None),
        ("Hyacinth Farrow left", "Hyacinth Farrow"),
        ("Hyacinth Number left", None),
        ("Hyacinth Farrow Plugh left", "Farrow Plugh"),
    ],
)
def test_a_sentence_begins_with_what_may_be_a_name(text: str, name: str | None) -> None:
    """No word of the language, or a rare thing's name before a name: a verb is neither."""
    assert found(text) == ([(name, "full_name")] if name else [])


def test_one_name_after_a_sentences_first_word_is_a_family_name() -> None:
    """Where the language has no such word; a given name is known as one."""
    assert found("Call Farrow's brother") == [("Farrow", "last_name")]
    assert found("Number Farrow left") == [("Farrow", "last_name")]
    assert found("Call Dietlinde now") == [("Dietlinde", "full_name")]


@pytest.mark.parametrize(
    ("text", "name", "kind"),
    [
        ("saw Mrs Rosalind Farrow", "Rosalind Farrow", "full_name"),
        ("Mrs Rosalind Farrow left", "Rosalind Farrow", "full_name"),
        ("Mrs Farrow left", "Farrow", "last_name"),
        ("saw Mrs Number", "Number", "last_name"),
        ("saw Nurse Olga", "Olga", "full_name"),
        ("Patient Number left", None, None),
        ("to Herr Dr", None, None),
    ],
)
def test_a_title_is_no_part_of_a_name(text: str, name: str | None, kind: str | None) -> None:
    """So a person in a sentence gets the fakes of a column, with a title or without."""
    assert found(text) == ([(name, kind)] if name else [])


def test_given_names_of_every_locale_are_known() -> None:
    """Whatever their case; family names are none."""
    assert all(map(is_given_name, ("Olga", "OLGA", "dietlinde")))
    assert not is_given_name("Farrow")
