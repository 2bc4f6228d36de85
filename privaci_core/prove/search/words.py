"""Cuts texts into words in their folded form, so that case, accents and punctuation do not count.

A word is a run of letters and digits. Case is folded and accents are dropped; a writing without
blanks, as Chinese, has a word for each character. All else parts words.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

# Code points that have a folded form; what parts words, and what is dropped from within one.
FOLDED, NO_WORD, NO_LETTER = 0x2000, 0, 1
STANDS_ALONE = range(0x3040, 0xD800)
# A character that is a word of its own counts as two letters.
WIDTH_ALONE = 2
ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|.|$)", re.DOTALL)
DIGITS = frozenset("0123456789")


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A word in its folded form, and how many bytes part it from the word before."""

    text: str
    length: int
    gap: int

    @property
    def has_digit(self) -> bool:
        """Whether a digit is in it."""
        return not DIGITS.isdisjoint(self.text)

    @property
    def has_letter(self) -> bool:
        """Whether it is more than a number."""
        return not DIGITS.issuperset(self.text)


@cache
def fold_table() -> npt.NDArray[np.uint16]:
    """The folded form of each code point below `FOLDED`."""
    return np.array([_folded(point) for point in range(FOLDED)], np.uint16)


def _folded(point: int) -> int:
    letter = chr(point)
    parts = unicodedata.normalize("NFKD", letter.lower())
    plain = [part for part in parts if not unicodedata.combining(part)]
    if not plain:
        return NO_LETTER
    first = plain[0]
    # A raised two is no digit of a number.
    is_other_digit = first in DIGITS and first != letter
    if not first.isalnum() or is_other_digit or ord(first) >= FOLDED:
        return NO_WORD
    return ord(first)


def words_of(text: str) -> Iterator[Word]:
    """The words of a text, in order."""
    fold = fold_table().tolist()
    letters, gap = "", 0
    for letter in text:
        point = ord(letter)
        alone = point in STANDS_ALONE
        unit = NO_WORD if alone or point >= FOLDED else fold[point]
        if letters and (alone or unit == NO_WORD):
            yield Word(text=letters, length=len(letters), gap=gap)
            letters, gap = "", 0
        if alone:
            yield Word(text=letter, length=WIDTH_ALONE, gap=gap)
            gap = 0
        elif unit == NO_WORD:
            gap += len(letter.encode("utf-8", "surrogatepass"))
        elif unit != NO_LETTER:
            letters += chr(unit)
    if letters:
        yield Word(text=letters, length=len(letters), gap=gap)


def without_escapes(text: str) -> str:
    """A document's text with its escaped letters as letters; other escapes part words."""
    return ESCAPE.sub(lambda match: chr(int(match[1], 16)) if match[1] else "\0\0", text)
