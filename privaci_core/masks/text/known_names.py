"""Finds names in free text that the database itself holds, and that no form gives away."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from privaci_core.masks.text.names_by_form import names_by_form
from privaci_core.masks.text.patterns import Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from privaci_core.masks.text.language_words import Words

LETTERS = re.compile(r"[^\W\d_]+")
# What a name of people consists of: two words or more.
NAME = re.compile(r"[^\W\d_][\w.'\u2019-]*(?: [\w.'\u2019-]+){1,6}")

# Names by their first run of letters, the longest first.
Names = dict[str, list[str]]


def is_hidden(name: str, words: Words) -> bool:
    """Whether a name may stand in a sentence without being seen as one: Many Riche, maria lopez."""
    if NAME.fullmatch(name) is None:
        return False
    seen = next(names_by_form(f"{name} left", words), None)
    return seen is None or (seen.start, seen.end) != (0, len(name))


def by_first_word(names: Iterable[str]) -> Names:
    """The names, to be looked up by their first run of letters."""
    found: Names = defaultdict(list)
    for name in sorted(names, key=len, reverse=True):
        for first in LETTERS.findall(name)[:1]:
            found[first].append(name)
    return dict(found)


def names_in(text: str, names: Mapping[str, list[str]]) -> Iterator[Span]:
    """Where a text has one of the names, as whole words."""
    for word in LETTERS.finditer(text) if names else ():
        for name in names.get(word[0], ()):
            end = word.start() + len(name)
            if text.startswith(name, word.start()) and not text[end : end + 1].isalnum():
                yield Span(word.start(), end, "full_name")
                break
