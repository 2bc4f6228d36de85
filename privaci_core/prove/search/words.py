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
# Escapes of every kind, however often a text was put into another document.
PERCENT = r"%[0-7][0-9a-f]|%c[2-9a-f]%[89ab][0-9a-f]|%d[0-9a-f]%[89ab][0-9a-f]"
ACCENTS = "acute|grave|circ|uml|tilde|cedil|ring|caron"
EVERY_ESCAPE = re.compile(
    rf"\\+(?:u([0-9a-fA-F]{{4}})|([nrtbfv]))|((?i:{PERCENT}|%e[0-9a-f](?:%[89ab][0-9a-f]){{2}}))"
    rf"|&(?:\#([0-9]{{1,6}})|\#[xX]([0-9a-fA-F]{{1,5}})|([A-Za-z])(?:{ACCENTS})"
    r"|(amp|lt|gt|quot|apos|nbsp));"
)
SIGNS = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'", "nbsp": "\u00a0"}
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
    return ESCAPE.sub(_letter_or_gap, text)


def _letter_or_gap(match: re.Match[str]) -> str:
    point = int(match[1] or "0", 16)
    return chr(point) if point else "\0" * len(match[0])


def has_escapes(text: str) -> bool:
    """Whether anything in a text may stand for another letter, be it a document or not."""
    return any(_meant(match) != match[0] for match in EVERY_ESCAPE.finditer(text))


def without_any_escapes(text: str) -> str:
    """A text as it was meant before it was escaped for a document, an address or a page."""
    return EVERY_ESCAPE.sub(_meant, text)


def _meant(match: re.Match[str]) -> str:
    """The letter that an escape stands for; what stands for none stays."""
    point, blank, percent, decimal, hexadecimal, accented, name = match.groups()
    if percent:
        letter = _of_bytes(bytes.fromhex(percent.replace("%", "")))
    elif blank or accented or name:
        letter = accented or SIGNS.get(name, "\n")
    else:
        letter = chr(int(decimal) if decimal else int(point or hexadecimal, 16))
    return match[0] if letter == "\0" else letter


def _of_bytes(encoded: bytes) -> str:
    """The letter that some bytes of UTF-8 are."""
    first, *more = encoded
    point = first & (0x7F, 0x1F, 0x0F)[len(more)]
    for byte in more:
        point = point << 6 | byte & 0x3F
    return chr(point)
