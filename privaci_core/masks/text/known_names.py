"""Finds names in free text that the database itself holds, and that no form gives away."""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING

import polars as pl

from privaci_core.masks.base.digested_names import START, digest_of
from privaci_core.masks.text.names_by_form import TITLES, is_given_name, names_by_form
from privaci_core.masks.text.patterns import Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from privaci_core.masks.base.digested_names import DigestedNames
    from privaci_core.masks.text.language_words import Words

LETTERS = re.compile(r"[^\W\d_]+")
# What a name of people consists of: two words or more.
NAME = re.compile(r"[^\W\d_][\w.'\u2019-]*(?: [\w.'\u2019-]+){1,6}")
# Two words with capitals: most names are, and their first word says whether they are seen.
PLAIN = r"^([A-Z\u00c0-\u00de][a-z\u00df-\u00ff]+) [A-Z\u00c0-\u00de][a-z\u00df-\u00ff-]+$"


def is_hidden(name: str, words: Words) -> bool:
    """Whether a name may stand in a sentence without being seen as one: Many Riche, maria lopez."""
    if NAME.fullmatch(name) is None:
        return False
    seen = next(names_by_form(f"{name} left", words), None)
    return seen is None or (seen.start, seen.end) != (0, len(name))


def hidden_in(values: pl.Series, words: Words) -> list[str]:
    """The names among some values that may stand in a sentence without being seen as such.

    To look at each of a million names would take ten seconds; their first words are far fewer.
    """
    named = pl.DataFrame({"name": values, "first": values.str.extract(PLAIN)})
    firsts = named["first"].drop_nulls().unique()
    seen = firsts.filter(pl.Series([_is_seen(first, words) for first in firsts], dtype=pl.Boolean))
    rest = named.filter(pl.col("first").is_in(seen.implode()).fill_null(value=False).not_())
    return [name for name in rest["name"] if is_hidden(name, words)]


def _is_seen(first: str, words: Words) -> bool:
    """Whether a sentence that begins with it and another name shows both as a name."""
    return first.lower() not in TITLES and (is_given_name(first) or not words.has(first))


def finder_of(names: DigestedNames) -> Callable[[str], Iterator[Span]]:
    """What finds in a text where it has one of the names, as whole words, the longest first."""
    lengths, digests = dict(names.lengths), memoryview(names.digests).cast("Q")

    def is_name(text: str) -> bool:
        digest = digest_of(text)
        place = bisect_left(digests, digest)
        return place < len(digests) and digests[place] == digest

    def found(text: str) -> Iterator[Span]:
        for word in LETTERS.finditer(text) if lengths else ():
            start = word.start()
            for length in lengths.get(text[start : start + START], ()):
                end = start + length
                if end > len(text) or text[end : end + 1].isalnum():
                    continue
                if is_name(text[start:end]):
                    yield Span(start, end, "full_name")
                    break

    return found
