"""The words of a language: a model's dictionary, not the names that the model has read."""

from __future__ import annotations

import pytest
import spacy

from privaci_core.masks.text.language_words import Words, words_of
from privaci_core.masks.text.named_entities import known_words, model_name

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def english() -> Words:
    """The words of the model that is installed."""
    return known_words(model_name())


@pytest.mark.parametrize(
    "word", ["Blood", "the", "She", "Pressures", "went", "Follow-up", "Don't", "it's", "Nurses"]
)
def test_every_form_of_a_word_is_known(english: Words, word: str) -> None:
    """By a rule for endings, or by itself; with a hyphen, or contracted; whatever its case."""
    assert english.has(word)


@pytest.mark.parametrize("name", ["Yamaguchi", "Rosalind", "Nkechi", "Aisling", "Seo-yeon"])
def test_a_name_that_a_model_has_read_is_no_word(english: Words, name: str) -> None:
    """Nor is one that ends as a form of a word of another kind: a noun has no `ing`."""
    assert not english.has(name)


def test_rare_things_are_neither_verbs_nor_everyday(english: Words) -> None:
    """A word that sentences often begin with is none."""
    assert english.is_rare_thing("Hyacinth")
    assert not english.is_rare_thing("Call")
    assert not english.is_rare_thing("Calling")
    assert not english.is_rare_thing("Letter")


def test_without_a_dictionary_what_a_model_has_read_counts() -> None:
    """Beside the everyday words of the languages of our fakes."""
    blank = spacy.blank("de")
    blank.vocab.strings.add("Zyx")
    words = words_of(blank)
    assert words.has("zyx")
    assert words.has("Mutter")
    assert not words.has("Rosalind")
