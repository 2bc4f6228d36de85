"""Calls the compiled search for originals: a table of fingerprints, and one pass over texts."""

from __future__ import annotations

import ctypes
import secrets
from typing import TYPE_CHECKING

import numpy as np

from privaci_core.compiled.library import AT, COUNT, WORD, at, called, declare
from privaci_core.compiled.texts import text_buffers

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    import pyarrow as pa

    Numbers = npt.NDArray[np.int64]

CLASSES, DIGIT_LENGTHS, SAMPLES = 10, 41, 128
# What a column is searched for: nothing, what no fake can be, every original.
FOR_NOTHING, FOR_SURE_ONES, FOR_ALL = 0, 1, 2

declare(
    {
        "search_new": (AT, (WORD, WORD, AT, COUNT, COUNT)),
        "search_free": (None, (AT,)),
        "search_mark_words": (None, (AT, AT, AT, COUNT, COUNT)),
        "search_add": (None, (AT, COUNT, AT, AT, COUNT, AT)),
        "search_seal": (COUNT, (AT, AT, AT)),
        "search_numbers": (COUNT, (AT, AT, AT, AT)),
        "search_bytes": (COUNT, (AT,)),
        "search_text": (None, (AT, AT, COUNT, AT, COUNT)),
        "search_binary_rows": (COUNT, (AT, AT, AT, COUNT, AT, AT, COUNT, AT)),
        "search_text_rows": (COUNT, (AT, AT, AT, COUNT, AT, AT, COUNT, AT)),
    }
)

COLUMN = np.dtype([("oid", "u4"), ("what", "i4"), ("own", "i8")])


class _Types(ctypes.Structure):
    _fields_ = (("oids", AT), ("inner", AT), ("forms", AT), ("count", COUNT))


class _Tally(ctypes.Structure):
    _fields_ = (
        ("found", AT),
        ("last", AT),
        ("numbers", AT),
        ("lengths", AT),
        ("rows", COUNT),
        ("hits", COUNT),
    )


class Types:
    """How the values of each type are written, by the type's oid."""

    def __init__(self, types: Sequence[tuple[int, int, int]]) -> None:
        known = np.array(sorted(types), np.uint32).reshape(-1, 3)
        self._oids, self._forms, self._inner = (
            np.ascontiguousarray(known[:, place], kind)
            for place, kind in enumerate((np.uint32, np.uint8, np.uint32))
        )
        oids, inner, forms = at(self._oids, self._inner, self._forms)
        self.struct = _Types(oids, inner, forms, len(known))


class Tally:
    """What was found in each column of one table, by the masked column that it came from."""

    def __init__(self, width: int, masked: int) -> None:
        shape = max(width, 1), max(masked, 1)
        self.found, self._last, self.numbers = (np.zeros(shape, np.uint32) for _ in range(3))
        self.lengths = np.zeros((shape[0], DIGIT_LENGTHS), np.int64)
        self.struct = _Tally(*at(self.found, self._last, self.numbers, self.lengths), 0, 0)

    @property
    def hits(self) -> int:
        """How often anything was found; without that the other numbers are all zero."""
        return int(self.struct.hits)

    def add(self, other: Tally) -> None:
        """Add what was found in other rows of the same table."""
        self.found += other.found
        self.numbers += other.numbers
        self.lengths += other.lengths
        self.struct.hits += other.struct.hits


class Fingerprints:
    """The originals of masked columns as fingerprints under a key of this search alone."""

    def __init__(self, fold: npt.NDArray[np.uint16], columns: int, most: int) -> None:
        self.columns = columns
        keys = secrets.randbits(64), secrets.randbits(64)
        self._index = called().search_new(*keys, *at(fold), columns, most)
        if not self._index:
            raise MemoryError

    def __del__(self) -> None:
        called().search_free(getattr(self, "_index", None))

    def mark_words(self, texts: pa.LargeStringArray, mark: int) -> None:
        """Mark the words of some texts: what has no other words does not identify."""
        called().search_mark_words(self._index, *text_buffers(texts), len(texts), mark)

    def add(
        self, column: int, values: pa.LargeStringArray, likeness: npt.NDArray[np.uint8]
    ) -> None:
        """Take the originals of one column."""
        if len(likeness) != len(values):
            raise ValueError("as many marks as values are needed")
        called().search_add(self._index, column, *text_buffers(values), len(values), *at(likeness))

    def numbers(self) -> tuple[Numbers, list[list[int]], int]:
        """By column how many numbers of each length, and a sample; how many found no room."""
        lengths = np.zeros((max(self.columns, 1), DIGIT_LENGTHS), np.int64)
        samples = np.zeros((max(self.columns, 1), SAMPLES), np.uint64)
        sampled = np.zeros(max(self.columns, 1), np.uint64)
        dropped: int = called().search_numbers(self._index, *at(lengths, samples, sampled))
        taken = [
            row[: min(int(count), SAMPLES)].tolist()
            for row, count in zip(samples, sampled, strict=True)
        ]
        return lengths, taken, dropped

    def seal(self, counted_up: npt.NDArray[np.uint8]) -> list[int]:
        """Make ready for the search; returns how many originals each class has."""
        classes = np.zeros(CLASSES, np.int64)
        if not called().search_seal(self._index, *at(counted_up, classes)):
            raise MemoryError
        return [int(count) for count in classes]

    @property
    def size(self) -> int:
        """How much memory the fingerprints take."""
        return int(called().search_bytes(self._index))

    def search_text(self, text: bytes, tally: Tally, what: int) -> None:
        """Search a text that is no row; a tally takes the parts of one text."""
        called().search_text(self._index, text, len(text), ctypes.byref(tally.struct), what)

    def search_rows(
        self,
        types: Types,
        columns: npt.NDArray[np.void],
        rows: tuple[bytes | bytearray | memoryview, Numbers],
        tally: Tally,
        *,
        text: bool,
    ) -> None:
        """Search COPY rows; the lock of the interpreter is free meanwhile."""
        buffer, lengths = np.frombuffer(rows[0], np.uint8), np.ascontiguousarray(rows[1], np.int64)
        if int(lengths.sum()) > len(buffer) or len(columns) > len(tally.found):
            raise ValueError("the rows are longer than their block, or wider than the tally")
        loop = called().search_text_rows if text else called().search_binary_rows
        given = ctypes.byref(types.struct), *at(columns), len(columns), *at(buffer, lengths)
        state = loop(self._index, *given, len(lengths), ctypes.byref(tally.struct))
        if state != -1:
            raise ValueError("a row is shorter than what its lengths say")
