"""Calls the loops that add rows of COPY to a ledger, and compare columns place by place."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from privaci_core.compiled.library import AT, COUNT, at, called, declare

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    Words = npt.NDArray[np.uint64]
    Buffer = bytes | bytearray | memoryview

# The length of a value that is not there.
NO_VALUE = -1

declare(
    {
        "add_binary_rows": (COUNT, (AT, AT, COUNT)),
        "add_text_rows": (COUNT, (AT, AT, COUNT)),
        "add_long_row": (COUNT, (AT, COUNT, AT, AT, AT, COUNT)),
        "compare_columns": (None, (AT, AT, AT, COUNT, AT, AT, AT, COUNT, COUNT, AT)),
    }
)


class _Ledger(ctypes.Structure):
    """The loops' own view of a ledger."""

    _fields_ = (
        ("key", AT),
        ("seeds", AT),
        ("forms", AT),
        ("columns", COUNT),
        ("sums", AT),
        ("nulls", AT),
        ("rows", COUNT),
        ("whole", ctypes.c_uint64),
    )


class CompiledSums:
    """Keyed sums of the rows that it was given; `forms` is 1 for a column of XML."""

    def __init__(self, key: Words, seeds: Words, forms: npt.NDArray[np.uint8]) -> None:
        self._inputs = key, seeds, forms
        self.sums, self._nulls = np.zeros(len(seeds), np.uint64), np.zeros(len(seeds), np.int64)
        places = at(key, seeds, forms), at(self.sums, self._nulls)
        self._ledger = _Ledger(*places[0], len(seeds), *places[1], 0, 0)
        self._at = ctypes.addressof(self._ledger)

    @property
    def rows(self) -> int:
        """How many rows were added."""
        return int(self._ledger.rows)

    @property
    def whole(self) -> int:
        """The sum over whole rows."""
        return int(self._ledger.whole)

    @property
    def nulls(self) -> list[int]:
        """How many values of each column are not there."""
        return [int(count) for count in self._nulls]

    def add_binary(self, rows: Buffer) -> None:
        """Add whole rows of COPY binary, without the stream's header and trailer."""
        data = np.frombuffer(rows, np.uint8)
        _accept(called().add_binary_rows(self._at, *at(data), len(data)))

    def add_text(self, rows: Buffer) -> None:
        """Add whole rows of COPY text."""
        data = np.frombuffer(rows, np.uint8)
        _accept(called().add_text_rows(self._at, *at(data), len(data)))

    def add_long_row(self, fields: Sequence[Buffer | None], tail: Buffer) -> None:
        """Add a row of COPY binary whose first values lie outside it."""
        arrays = [np.frombuffer(field or b"", np.uint8) for field in fields]
        places = np.array(at(*arrays), np.uintp)
        lengths = np.array(
            [NO_VALUE if field is None else len(field) for field in fields], np.int64
        )
        rest = np.frombuffer(tail, np.uint8)
        _accept(
            called().add_long_row(self._at, len(fields), *at(places, lengths), *at(rest), len(rest))
        )


def compare_columns(before: pa.Array, after: pa.Array) -> tuple[int, int, int]:
    """How many places of two binary vectors are NULL in both, empty in both, equal and neither."""
    if len(before) != len(after):
        raise ValueError("two vectors of other lengths are not compared")
    found = np.zeros(3, np.int64)
    called().compare_columns(*_parts(before), *_parts(after), len(before), *at(found))
    absent, empty, same = (int(count) for count in found)
    return absent, empty, same


def _parts(column: pa.Array) -> tuple[int | None, int | None, int | None, int]:
    """The addresses of a binary vector's bytes, offsets and bitmap, and where it begins in them."""
    bitmap, offsets, data = column.buffers()
    addresses = (buffer.address if buffer else None for buffer in (data, offsets, bitmap))
    data_at, offsets_at, bitmap_at = addresses
    return data_at, offsets_at, bitmap_at, column.offset


def _accept(result: int) -> None:
    if result:
        raise ValueError("a row is not as long as its lengths say, or has other columns")
