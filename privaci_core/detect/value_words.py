"""Remembers words of a sample as numbers, in the forms in which the search finds originals."""

from __future__ import annotations

import re
import unicodedata
from array import array
from collections import Counter
from functools import cache
from heapq import nsmallest
from itertools import pairwise
from typing import TYPE_CHECKING

from privaci_core.detect.value_prints import number_of
from privaci_core.masks.base.pools import LOCALES, pool

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# Of each column those of the least numbers are kept, of single words, of pairs and of triples: of
# two columns that share words, the same.
KEPT = 1024
# A signed number of eight bytes.
NUMBER = "q"
# Words that are read of a column, and those of a value that is not a text.
MOST_READ, MOST_OF_VALUE = 10_000, 4
# Shorter originals, and single words that more rows share, are not searched for.
SHORTEST, SHORTEST_CODE, MANY_ROWS = 5, 6, 10
WORD = re.compile(r"[^\W_]+")
# A word, or a few words in any order.
Form = str | tuple[str, ...]
# What is in many schemas, and in the fakes of every copy.
EVERYDAY = ("everyday", "job_title", "country")
OF_FAKES = ("first_name", "last_name", "city", "street", "company")


def numbers(kept: bytes) -> list[int]:
    """The numbers that were kept."""
    return array(NUMBER, kept).tolist()


def searched_in(values: Sequence[str]) -> bytes:
    """Numbers that stand for whole values which a search would find in other columns."""
    rows = Counter(form for value in values if (form := _form(_words(value))))
    return _kept(form for form, count in rows.items() if _is_searched(form, count))


def words_in(values: Iterable[str]) -> bytes:
    """Numbers that stand for the words, and the few words in a row, of some texts."""
    single, pairs, triples = set[Form](), set[Form](), set[Form]()
    read = 0
    for value in dict.fromkeys(values):
        words = _words(value)
        read += len(words)
        if read > MOST_READ:
            break
        single.update(words)
        pairs.update((a, b) if a < b else (b, a) for a, b in pairwise(words))
        triples.update(map(_sorted, words, words[1:], words[2:]))
    return b"".join(map(_kept, (single, pairs, triples)))


def _sorted(*words: str) -> Form:
    return tuple(sorted(words))


def _words(text: str) -> list[str]:
    """The words of a text without case and accents."""
    if not text.isascii():
        parts = unicodedata.normalize("NFKD", text)
        text = "".join(part for part in parts if not unicodedata.combining(part))
    return WORD.findall(text.lower())


def _form(words: list[str]) -> Form:
    """The words in any order; nothing where they are too many to be looked for."""
    if len(words) == 1:
        return words[0]
    return _sorted(*words) if len(words) <= MOST_OF_VALUE else ()


def _is_searched(form: Form, rows: int) -> bool:
    """Whether the search would look for it in a column that is not masked."""
    if isinstance(form, tuple):
        weighty = [word for word in form if word.isalpha() and len(word) > 2]  # noqa: PLR2004
        return sum(map(len, form)) >= SHORTEST and not _everyday().issuperset(weighty)
    if not form.isalpha():
        return len(form) >= SHORTEST_CODE and not form.isdigit()
    return len(form) >= SHORTEST and rows <= MANY_ROWS and form not in _known()


@cache
def _everyday() -> frozenset[str]:
    return _of_pools(EVERYDAY)


@cache
def _known() -> frozenset[str]:
    return _everyday() | _of_pools(OF_FAKES)


def _of_pools(kinds: Iterable[str]) -> frozenset[str]:
    texts = (text for kind in kinds for locale in LOCALES for text in pool(kind, locale))
    return frozenset(word for text in texts for word in _words(text))


def _kept(forms: Iterable[Form]) -> bytes:
    """Eight bytes a number: a set of a thousand takes ten times as many."""
    texts = (form if isinstance(form, str) else " ".join(form) for form in forms)
    return array(NUMBER, nsmallest(KEPT, map(number_of, texts))).tobytes()
