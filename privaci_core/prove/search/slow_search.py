"""Searches for originals in Python, where the compiled search is missing: it finds the same."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from privaci_core.compiled.search import DIGIT_LENGTHS, FOR_ALL, FOR_NOTHING, SAMPLES
from privaci_core.prove.search.forms import (
    FEWEST_DIGITS,
    JOINED_LETTERS,
    JOINED_WORDS,
    MANY_ROWS,
    ORDER_FREE,
    SEARCHED,
    WIDEST_GAP,
    Class,
    Form,
    forms_of,
    in_order,
    order_free,
    single,
)
from privaci_core.prove.search.row_texts import fields_of, texts_of
from privaci_core.prove.search.words import (
    has_escapes,
    without_any_escapes,
    without_escapes,
    words_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt
    import pyarrow as pa

    from privaci_core.compiled.search import Numbers
    from privaci_core.prove.search.forms import Print
    from privaci_core.prove.search.words import Word

SAMPLED_DIGITS = 18


@dataclass(slots=True)
class _Note:
    class_: Class
    column: int
    is_extra: bool
    is_prefix: bool
    is_word: bool
    is_digits: bool
    count: int


class SlowTypes:
    """How the values of each type are written, by the type's oid."""

    def __init__(self, types: Sequence[tuple[int, int, int]]) -> None:
        self.forms = {oid: (form, inner) for oid, form, inner in types}


class SlowTally:
    """What was found in each column of one table, by the masked column that it came from."""

    def __init__(self, width: int, masked: int) -> None:
        shape = max(width, 1), max(masked, 1)
        self.found, self.numbers = (np.zeros(shape, np.uint32) for _ in range(2))
        self.lengths = np.zeros((shape[0], DIGIT_LENGTHS), np.int64)
        self.seen = set[int]()
        self.hits = 0

    def add(self, other: SlowTally) -> None:
        """Add what was found in other rows of the same table."""
        self.found += other.found
        self.numbers += other.numbers
        self.lengths += other.lengths
        self.hits += other.hits


class _Place(NamedTuple):
    tally: SlowTally
    number: int
    what: int
    own: int
    seen: set[int]


class SlowFingerprints:
    """The originals of masked columns; what does not fit is counted."""

    size = 0

    def __init__(self, fold: npt.NDArray[np.uint16], columns: int, most: int) -> None:
        del fold
        self.columns, self._most, self._dropped = columns, most, 0
        self._notes: dict[Print, _Note] = {}
        self._marks: dict[str, int] = defaultdict(int)
        self._digits: list[list[str]] = [[] for _ in range(max(columns, 1))]
        self._longest = 0

    def mark_words(self, texts: pa.LargeStringArray, mark: int) -> None:
        """Mark the words of some texts: what has no other words does not identify."""
        for text in texts.to_pylist():
            for word in words_of(text):
                self._marks[word.text] |= mark

    def add(
        self, column: int, values: pa.LargeStringArray, likeness: npt.NDArray[np.uint8]
    ) -> None:
        """Take the originals of one column."""
        for text, like in zip(values.to_pylist(), likeness.tolist(), strict=True):
            for form in forms_of(text, like, self._marks):
                self._put(form, column)

    def _put(self, form: Form, column: int) -> None:
        note = self._notes.get(form.print)
        if note is None:
            self._put_new(form, column)
            return
        if note.is_extra and not form.is_extra:
            note.column, note.is_extra = column, False
            self._sample(form, column)
        known = [class_ for class_ in (note.class_, form.class_) if class_ != Class.UNSET]
        note.class_ = min(known, default=Class.UNSET)
        note.is_prefix |= form.is_prefix
        note.is_word |= form.is_word
        note.is_digits |= bool(form.digits)
        note.count += not form.is_extra

    def _put_new(self, form: Form, column: int) -> None:
        if len(self._notes) >= self._most:
            self._dropped += not form.is_extra
            return
        self._notes[form.print] = _Note(
            form.class_,
            column,
            form.is_extra,
            form.is_prefix,
            form.is_word,
            bool(form.digits),
            int(not form.is_extra),
        )
        self._longest = max(self._longest, abs(form.print[0]))
        self._sample(form, column)

    def _sample(self, form: Form, column: int) -> None:
        if form.digits and form.class_ == Class.WHERE_CARRIED:
            self._digits[column].append(form.digits)

    def numbers(self) -> tuple[Numbers, list[list[int]], int]:
        """By column how many numbers of each length, and a sample; how many found no room."""
        lengths = np.zeros((max(self.columns, 1), DIGIT_LENGTHS), np.int64)
        for column, numbers in enumerate(self._digits):
            for digits in numbers:
                lengths[column, len(digits)] += 1
        samples = [
            [int(digits) for digits in numbers if len(digits) <= SAMPLED_DIGITS][:SAMPLES]
            for numbers in self._digits
        ]
        return lengths, samples, self._dropped

    def seal(self, counted_up: npt.NDArray[np.uint8]) -> list[int]:
        """Make ready for the search; returns how many originals each class has."""
        classes = [0] * len(Class)
        for note in self._notes.values():
            if note.class_ in SEARCHED:
                if note.is_word and note.count > MANY_ROWS:
                    note.class_ = Class.SHARED_WORD
                elif note.is_digits and counted_up[note.column]:
                    note.class_ = Class.COUNTED_UP
            classes[note.class_] += not note.is_extra
        return classes

    def search_text(self, text: bytes, tally: SlowTally, what: int) -> None:
        """Search a text that is no row; a tally takes the parts of one text."""
        if what != FOR_NOTHING:
            place = _Place(tally, 0, what, -1, tally.seen)
            self._look(text.decode(errors="replace"), place, is_document=False)

    def search_rows(
        self,
        types: SlowTypes,
        columns: npt.NDArray[np.void],
        rows: tuple[bytes | bytearray | memoryview, Numbers],
        tally: SlowTally,
        *,
        text: bool,
    ) -> None:
        """Search COPY rows."""
        buffer, start = bytes(rows[0]), 0
        given = [(int(each["oid"]), int(each["what"]), int(each["own"])) for each in columns]
        for length in rows[1].tolist():
            fields = fields_of(buffer[start : start + length], text=text)
            start += length
            for number, (field, (oid, what, own)) in enumerate(zip(fields, given, strict=False)):
                if field is not None and what != FOR_NOTHING:
                    place = _Place(tally, number, what, own, set())
                    for part, is_document in texts_of(field, oid, types.forms, text=text):
                        self._look(part, place, is_document=is_document)

    def _look(self, text: str, place: _Place, *, is_document: bool) -> None:
        """A text that may have been escaped is read as it is written, and as it was meant."""
        written = without_escapes(text) if is_document else text
        is_twice = has_escapes(text)
        self._read(written, place, with_numbers=not is_twice)
        if is_twice:
            self._read(without_any_escapes(text), place, with_numbers=True)

    def _read(self, text: str, place: _Place, *, with_numbers: bool) -> None:
        words = list(words_of(text))
        for print_, digits in self._windows(words):
            if digits and not (with_numbers and place.what == FOR_ALL):
                continue
            if digits:
                place.tally.lengths[place.number, digits] += 1
            note = self._notes.get(print_)
            if note is not None:
                self._count(note, place, is_number=digits > 0)

    def _count(self, note: _Note, place: _Place, *, is_number: bool) -> None:
        carried = note.class_ == Class.WHERE_CARRIED and place.what == FOR_ALL
        if note.class_ != Class.EVERYWHERE and not carried:
            return
        if note.column == place.own:
            return
        place.tally.hits += 1
        if is_number:
            place.tally.numbers[place.number, note.column] += 1
        elif note.column not in place.seen:
            place.seen.add(note.column)
            place.tally.found[place.number, note.column] += 1

    def _windows(self, words: list[Word]) -> Iterator[tuple[Print, int]]:
        """Every form that an original in this text could have, and of a number how many digits."""
        texts = [word.text for word in words]
        for end in range(1, len(words) + 1):
            # A number by itself is counted with the joined ones.
            fewest = 1 if words[end - 1].has_letter else 2
            for size in range(fewest, min(ORDER_FREE, end) + 1):
                yield order_free(texts[end - size : end]), 0
            for size in range(ORDER_FREE + 1, min(self._longest, end) + 1):
                yield in_order(texts[end - size : end]), 0
            yield from _joined(words, end)


def _joined(words: list[Word], end: int) -> Iterator[tuple[Print, int]]:
    """Numbers and codes written in groups, the last of them before `end`."""
    text = ""
    for group in range(end - 1, max(end - 1 - JOINED_WORDS, -1), -1):
        word = words[group]
        if not word.has_digit or len(word.text) + len(text) > JOINED_LETTERS:
            return
        text = word.text + text
        if len(text) >= FEWEST_DIGITS:
            digits = len(text) if text.isascii() and text.isdigit() else 0
            if digits or group < end - 1:
                yield single(text), digits
        if word.gap > WIDEST_GAP:
            return
