"""Tells a language's words, in any of their forms, from names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from privaci_core.masks.base.pools import LOCALES, pool

# What a model's lemmatizer looks up: dictionary forms, forms of no rule, and rules for endings.
DICTIONARY, IRREGULAR, ENDINGS = "lemma_index", "lemma_exc", "lemma_rules"
LEMMATIZER, VERB = "lemmatizer", "verb"
CONTRACTED = re.compile(r"n?['\u2019](?:t|s|d|m|ll|re|ve)?$")
COMMON = ("everyday", "job_title")


@dataclass(frozen=True, slots=True, kw_only=True)
class PartOfSpeech:
    """Some words of a dictionary, and how their forms end."""

    dictionary: frozenset[str] = frozenset()
    endings: tuple[tuple[str, str], ...] = ()

    def has(self, word: str) -> bool:
        """Whether a word is one of them, or ends as a form of one."""
        return word in self.dictionary or any(
            word.removesuffix(ending) + instead in self.dictionary
            for ending, instead in self.endings
            if word.endswith(ending)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The words of a language."""

    common: frozenset[str]
    verbs: PartOfSpeech = PartOfSpeech()
    others: tuple[PartOfSpeech, ...] = ()

    def has(self, word: str) -> bool:
        """Whether a word, or each part of one with hyphens, is one of them."""
        parts = CONTRACTED.sub("", word.lower()).split("-")
        return all(self._has(part) for part in parts if part)

    def is_rare_thing(self, word: str) -> bool:
        """Whether a word only names or describes something, and few sentences need it."""
        return not (word.lower() in self.common or self.verbs.has(word.lower()))

    def _has(self, part: str) -> bool:
        kinds = (self.verbs, *self.others)
        return part in self.common or any(kind.has(part) for kind in kinds)


def words_of(language: Any) -> Words:
    """The words of a model's language.

    The words that a model has read include names, so they count only where it has no dictionary.
    """
    tables = _tables(language)
    if tables is None or not tables.has_table(DICTIONARY):
        return Words(common=_common().union(_read_words(language)))
    dictionary, endings = tables.get_table(DICTIONARY), tables.get_table(ENDINGS)
    verb = language.vocab.strings.add(VERB)
    kinds = {
        kind: PartOfSpeech(
            dictionary=frozenset(words), endings=tuple(map(tuple, endings.get(kind, ())))
        )
        for kind, words in dictionary.items()
    }
    irregular = [word for words in tables.get_table(IRREGULAR).values() for word in words]
    return Words(
        common=_common().union(language.Defaults.stop_words, irregular),
        verbs=kinds.pop(verb, PartOfSpeech()),
        others=tuple(kinds.values()),
    )


def _tables(language: Any) -> Any:
    """The tables of a model's lemmatizer, which not every language has."""
    if LEMMATIZER not in language.component_names:
        return None
    return getattr(language.get_pipe(LEMMATIZER), "lookups", None)


def _read_words(language: Any) -> set[str]:
    return {word.lower() for word in language.vocab.strings if word.isalpha()}


def _common() -> frozenset[str]:
    """The most common words of the languages of our fakes, and those that jobs are called by."""
    return frozenset(
        word.lower()
        for locale in LOCALES
        for kind in COMMON
        for words in pool(kind, locale).to_list()
        for word in words.split()
    )
