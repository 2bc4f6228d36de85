"""Remembers some values of a sample as numbers, to see whether another column has them too."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from privaci_core.detect.value_numbers import least, numbers_of

if TYPE_CHECKING:
    from collections.abc import Iterable

# Of each column those of the least numbers are kept: of two columns that share values, the same.
KEPT = 256
# What identifies wherever it is: an address, a code, a long number, two words of ten letters.
ALONE = re.compile(r"\S+@\S+|(?=.*\d)[\w-]{12,}|\+?\d{9,}")
TWO_WORDS, LETTER = re.compile(r"\w\W+\w"), re.compile(r"[^\W\d_]")
FEWEST_LETTERS = 10
# A shorter value is none of these, unless it is an address.
SHORTEST = 9
# Inside of texts: addresses, and two words with capitals side by side, as a person's name has.
PARTS = re.compile(r"[\w.+-]+@[\w.-]+\w|(?=([^\W\d_a-z][\w'\u2019-]+ [^\W\d_a-z][\w'\u2019-]+))")
# A value of more words is a text, in which other values may be.
MOST_WORDS = 4


def prints_of(values: Iterable[str]) -> frozenset[int]:
    """Numbers that stand for values, in every process alike; case and outer blanks do not count."""
    return _prints(text for value in values if _identifies(text := value.strip()))


def prints_inside(values: Iterable[str]) -> frozenset[int]:
    """Numbers that stand for the addresses and the names in texts, as those of values do."""
    return _prints(match[1] or match[0] for value in values for match in PARTS.finditer(value))


def _identifies(value: str) -> bool:
    if len(value) < SHORTEST and "@" not in value:
        return False
    if value.count(" ") >= MOST_WORDS:
        return False
    if ALONE.fullmatch(value):
        return True
    return bool(TWO_WORDS.search(value)) and len(LETTER.findall(value)) >= FEWEST_LETTERS


def _prints(texts: Iterable[str]) -> frozenset[int]:
    lowered = [text.lower() for text in texts]
    return frozenset(least(numbers_of(lowered), KEPT).tolist()) if lowered else frozenset()
