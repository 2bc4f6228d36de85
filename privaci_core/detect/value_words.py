"""Remembers words of a sample as numbers, in the forms in which the search finds originals."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from privaci_core.detect.value_numbers import least, numbers_of
from privaci_core.masks.base.pools import LOCALES, pool

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

    Numbers = npt.NDArray[np.int64]
    Flags = npt.NDArray[np.bool_]

# Of each column those of the least numbers are kept, of single words, of pairs and of triples: of
# two columns that share words, the same.
KEPT = 1024
# Words that are read of a column, and those of a value that is not a text.
MOST_READ, MOST_OF_VALUE = 10_000, 4
# Shorter originals, and single words that more rows share, are not searched for.
SHORTEST, SHORTEST_CODE, MANY_ROWS = 5, 6, 10
# A shorter word among others carries no weight.
SHORTEST_WEIGHTY = 3
END = "\n"
# Each word, and the end of each value.
WORD_OR_END, LETTER = re.compile(r"[^\W_]+|\n"), re.compile(r"[^\W\d_]")
# A blank for each byte of ASCII that is in no word and no end.
WITH_BLANKS = bytes(n if chr(n).isalnum() or chr(n) == END else ord(" ") for n in range(256))
# What is in many schemas, and in the fakes of every copy.
EVERYDAY = ("everyday", "job_title", "country")
OF_FAKES = ("first_name", "last_name", "city", "street", "company")
# An odd number: it parts the numbers of words that stand together.
APART = np.int64(0x1F83D9ABFB41BD6B)


def numbers(kept: bytes) -> list[int]:
    """The numbers that were kept."""
    found: list[int] = np.frombuffer(kept, np.int64).tolist()
    return found


def searched_in(values: Iterable[str]) -> bytes:
    """Numbers that stand for whole values which a search would find in other columns."""
    return read_words(values).searched()


def words_in(values: Iterable[str]) -> bytes:
    """Numbers that stand for the words, and the few words in a row, of some texts."""
    return read_words(values).contained()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadWords:
    """The words of some values, without case and accents, and how many rows have each value."""

    rows: Numbers
    # Which word, of those below, stands at each place; 0 ends a value.
    places: Numbers
    # Of each word its number, its length, and whether a search looks for it alone: always, or in
    # few rows; and whether it makes a search look for it among others.
    numbers: Numbers
    lengths: Numbers
    is_code: Flags
    is_rare: Flags
    is_weighty: Flags

    def searched(self) -> bytes:
        """Numbers that stand for whole values which a search would find in other columns."""
        ends = np.flatnonzero(self.places == 0)
        starts = np.concatenate(([0], ends + 1))[:-1]
        counts = ends - starts
        alone = self._searched_alone(starts[counts == 1], counts)
        few = range(2, MOST_OF_VALUE + 1)
        together = (self._together(starts[counts == count], count) for count in few)
        return least(np.concatenate((alone, *together)), KEPT).tobytes()

    def contained(self) -> bytes:
        """Numbers that stand for the words, and the few words in a row, that a search may find."""
        places = self.places[: self._read()]
        single = np.unique(places)
        alone = self.numbers[single[self.is_code[single] | self.is_rare[single]]]
        runs = (self._together(_starts_of_runs(places, count), count) for count in (2, 3))
        return b"".join(least(found, KEPT).tobytes() for found in (alone, *runs))

    def _read(self) -> int:
        """Where reading ends: before the value with the word that is one too many."""
        words = np.cumsum(self.places != 0)
        if not len(words) or words[-1] <= MOST_READ:
            return len(words)
        ends = np.flatnonzero((self.places == 0) & (words <= MOST_READ))
        return int(ends[-1]) + 1 if len(ends) else 0

    def _searched_alone(self, starts: Numbers, counts: Numbers) -> Numbers:
        """The numbers of values that are one word, if a search looks for it."""
        words = self.places[starts]
        rows = np.bincount(words, self.rows[counts == 1], len(self.numbers))
        is_searched = self.is_code | (self.is_rare & (rows <= MANY_ROWS))
        return self.numbers[words[is_searched[words]]]

    def _together(self, starts: Numbers, count: int) -> Numbers:
        """Numbers of so many words in a row, in any order, if a search looks for them."""
        words = [self.places[starts + place] for place in range(count)]
        is_long = sum(self.lengths[each] for each in words) >= SHORTEST
        chosen = is_long & np.logical_or.reduce([self.is_weighty[each] for each in words])
        found, *others = _in_order([self.numbers[each[chosen]] for each in words])
        for each in others:
            found = found * APART + each
        return found


def read_words(values: Iterable[str]) -> ReadWords:
    """Read the words of values; nothing in those without a letter is searched for."""
    rows = Counter(values)
    text = END.join([*rows, ""])
    if text.count(END) != len(rows):
        text = END.join([*(value.replace(END, " ") for value in rows), ""])
    found = words_and_ends(_folded(text)) if LETTER.search(text) else [END] * len(rows)
    known = {word: place for place, word in enumerate(dict.fromkeys([END, *found]))}
    # What is done for each word is done by functions written in C: it takes a third of the time.
    places = np.fromiter(map(known.__getitem__, found), np.int64, len(found))
    words = tuple(known)
    lengths = np.fromiter(map(len, words), np.int64, len(words))
    is_alpha = _flags(map(str.isalpha, words))
    return ReadWords(
        rows=np.fromiter(rows.values(), np.int64, len(rows)),
        places=places,
        numbers=numbers_of(words),
        lengths=lengths,
        is_code=(lengths >= SHORTEST_CODE) & ~is_alpha & ~_flags(map(str.isdigit, words)),
        is_rare=(lengths >= SHORTEST) & is_alpha & ~_flags(map(_known().__contains__, words)),
        is_weighty=(lengths >= SHORTEST_WEIGHTY)
        & is_alpha
        & ~_flags(map(_everyday().__contains__, words)),
    )


def words_and_ends(text: str) -> list[str]:
    """Each word of a text, and each end of a line; of ASCII without a pattern, which is slower."""
    if not text.isascii():
        return WORD_OR_END.findall(text)
    spaced = text.encode().translate(WITH_BLANKS).decode().replace(END, f" {END} ")
    return [*filter(None, spaced.split(" "))]


def _flags(of_words: Iterable[bool]) -> Flags:
    return np.fromiter(of_words, np.bool_)


def _in_order(columns: list[Numbers]) -> list[Numbers]:
    """The numbers of each row in order; few columns are sorted faster than many rows."""
    for _ in columns:
        for place in range(len(columns) - 1):
            one, other = columns[place : place + 2]
            columns[place : place + 2] = np.minimum(one, other), np.maximum(one, other)
    return columns


def _starts_of_runs(places: Numbers, count: int) -> Numbers:
    """Where so many words stand in a row in one value."""
    starts = max(0, len(places) - count + 1)
    is_word = places != 0
    shifted = [is_word[place : place + starts] for place in range(count)]
    return np.flatnonzero(np.logical_and.reduce(shifted))


def _folded(text: str) -> str:
    """A text without case and accents."""
    if not text.isascii():
        parts = unicodedata.normalize("NFKD", text)
        text = "".join(part for part in parts if not unicodedata.combining(part))
    return text.lower()


@cache
def _everyday() -> frozenset[str]:
    return _of_pools(EVERYDAY)


@cache
def _known() -> frozenset[str]:
    return _everyday() | _of_pools(OF_FAKES)


def _of_pools(kinds: Iterable[str]) -> frozenset[str]:
    texts = END.join(
        text for kind in kinds for locale in LOCALES for text in pool(kind, locale).to_list()
    )
    return frozenset(WORD_OR_END.findall(_folded(texts))) - {END}
