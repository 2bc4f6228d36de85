"""Finds names by their form: words with capitals side by side, which small models often miss."""

from __future__ import annotations

import re
from functools import cache
from itertools import dropwhile
from typing import TYPE_CHECKING

from privaci_core.masks.base.pools import LOCALES, pool
from privaci_core.masks.text.patterns import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from privaci_core.masks.text.language_words import Words

# A word of a capital and small letters, or an initial; runs of them have single blanks between.
NAME_WORD = r"(?:[^\W\d_a-z](?:\.|[a-z\u00df-\u017f'\u2019][\w'\u2019-]*))"
WORD = re.compile(NAME_WORD)
RUN = re.compile(rf"\b{NAME_WORD}(?: {NAME_WORD})+")
SENTENCE = re.compile(r"(?:^|[.!?:;\n\t]\s*)[\"'(\u201c]*$")
POSSESSIVE = re.compile(r"['\u2019]s?$")
# What people are called by before their names, which is no part of these.
TITLES = frozenset(
    {
        *("mr", "mrs", "ms", "mx", "miss", "dr", "prof", "professor", "doctor", "sir", "madam"),
        *("judge", "nurse", "sister", "brother", "uncle", "aunt", "patient", "client", "customer"),
        *("herr", "frau", "monsieur", "madame", "mme", "se\u00f1or", "se\u00f1ora"),
    }
)


def is_given_name(word: str) -> bool:
    """Whether a word is a given name of one of the pools."""
    return word.lower() in _given_names()


def names_by_form(text: str, words: Words) -> Iterator[Span]:
    """The names in a text, without the titles before them."""
    for run in RUN.finditer(text):
        parts = list(WORD.finditer(text, *run.span()))
        begins = SENTENCE.search(text, endpos=run.start()) is not None
        name = _name([part[0] for part in parts], words, begins=begins)
        if name:
            start = parts[-len(name)].start()
            whole = POSSESSIVE.sub("", text[start : run.end()])
            yield Span(start, start + len(whole), _kind(name))


def _name(parts: list[str], words: Words, *, begins: bool) -> list[str]:
    """The words at the end of some that are a name.

    A sentence begins with a capital anyway: its first word counts only where that may be a name,
    and a single other one only where the language has no such word.
    """
    name = list(dropwhile(_is_title, parts))
    titled = len(name) < len(parts)
    if begins and not titled and not _may_begin(name, words):
        name = name[1:]
    if len(name) > 1 or (titled and not begins):
        return name
    return [word for word in name if not words.has(_bare(word))]


def _may_begin(name: list[str], words: Words) -> bool:
    """Whether a sentence's first word may be a part of a name.

    So may a rare thing's before one other word that is a name: Hyacinth Yamaguchi.
    """
    first, second, *others = map(_bare, name)
    if is_given_name(first) or not words.has(first):
        return True
    return not others and not words.has(second) and words.is_rare_thing(first)


def _bare(word: str) -> str:
    return POSSESSIVE.sub("", word)


def _is_title(word: str) -> bool:
    return word.lower() in TITLES


def _kind(name: list[str]) -> str:
    return "full_name" if len(name) > 1 or is_given_name(_bare(name[0])) else "last_name"


@cache
def _given_names() -> frozenset[str]:
    return frozenset(
        name.lower() for locale in LOCALES for name in pool("first_name", locale).to_list()
    )
