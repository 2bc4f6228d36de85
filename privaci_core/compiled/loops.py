"""Calls the loops over rows and values that the installation compiled."""

from __future__ import annotations

import ctypes
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Sequence

U64 = npt.NDArray[np.uint64]
Positions = npt.NDArray[np.int64]
# One byte for each letter: a row for each value, a column for each place.
Letters = npt.NDArray[np.uint8]

SWITCH = "PRIVACI_KERNEL"
SOURCE = Path(__file__).with_name("loops.c")
LIBRARY = Path(__file__).with_name("libloops.so")
# Positions in a block of rows are words of 32 bits.
LARGEST_BLOCK = 2**31 - 1
FIELD_COUNT_BYTES = 2
FIELD_LENGTH_BYTES = 4
OFFSET_BYTES = 8
KEY_BYTES = 64
DIGEST_WORDS = 4
WORD_DIGITS = 16

_AT, _COUNT = ctypes.c_void_p, ctypes.c_int64
# What each loop returns, and its arguments.
_LOOPS = {
    "read_rows": (_COUNT, (_AT, _AT, _AT, _COUNT, _COUNT, _COUNT, _AT, _AT, _AT)),
    "find_fields": (_COUNT, (_AT, _AT, _COUNT, _COUNT, _AT, _AT, _AT, _AT, _AT)),
    "gather_field": (None, (_AT, _AT, _AT, _COUNT, _AT)),
    "write_rows": (_COUNT, (_AT, _AT, _AT, _COUNT, _COUNT, _AT, _AT, _AT, _AT, _COUNT, _AT)),
    "has_instructions": (_COUNT, ()),
    "hash_values": (None, (_AT, _AT, _AT, _COUNT, _COUNT, _AT)),
    "write_hex": (None, (_AT, _COUNT, _AT)),
    "write_decimal": (None, (_AT, _COUNT, _COUNT, _AT)),
    "fold_texts": (_COUNT, (_AT, _AT, _COUNT, _AT, _AT)),
    "find_alike": (_COUNT, (_AT, _AT, _AT, _AT, _COUNT, _AT)),
}


@dataclass(frozen=True, slots=True)
class Cut:
    """The leading fields of some rows as Arrow vectors, and where the rest of each row is."""

    columns: tuple[pa.Array, ...]
    buffer: npt.NDArray[np.uint8]
    ends: Positions
    tails: npt.NDArray[np.int32]


def source_mark(source: bytes) -> int:
    """A hash of the C source; a library that was compiled from another source is not called."""
    return int.from_bytes(hashlib.sha256(source).digest()[:4], "big")


def load() -> ctypes.CDLL | None:
    """The compiled loops, unless they are missing, out of date or switched off."""
    if os.environ.get(SWITCH) == "off" or not LIBRARY.exists():
        return None
    library = ctypes.CDLL(str(LIBRARY))
    library.source_mark.restype = ctypes.c_uint32
    if library.source_mark() != source_mark(SOURCE.read_bytes()):
        return None
    for name, (result, arguments) in _LOOPS.items():
        loop = getattr(library, name)
        loop.restype, loop.argtypes = result, arguments
    return library


_library = load()
LOADED = _library is not None
# Whether the processor has instructions for SHA-256, four times as fast as arithmetic.
INSTRUCTIONS = _library is not None and bool(_library.has_instructions())


class Libpq(NamedTuple):
    """The addresses of two functions of libpq: one returns a message of a COPY, one frees it."""

    get_copy_data: int
    free_memory: int


class Progress(ctypes.Structure):
    """How full a block is, and a row that is too long for a block and stays in libpq's memory."""

    _fields_ = (("bytes", _COUNT), ("rows", _COUNT), ("long_size", _COUNT), ("long_row", _AT))


def read_rows(
    libpq: Libpq,
    connection: int,
    sizes: tuple[int, int],
    block: tuple[npt.NDArray[np.uint8], Positions],
    so_far: Progress,
) -> int:
    """Fill a block with rows of a COPY.

    Returns 1 when it is full, 0 when the caller must wait for the server, less than 0 at the end.
    The sizes are those of a full block and of the longest row that goes into one.
    """
    at = (*_at(*block), ctypes.byref(so_far))
    found: int = _called().read_rows(*libpq, connection, *sizes, len(block[1]), *at)
    return found


def cut_rows(buffer: bytes | bytearray | memoryview, ends: Positions, leading: int) -> Cut:
    """Gather the leading fields of COPY binary rows; the tails stay where they are."""
    whole, rows = np.frombuffer(buffer, np.uint8), len(ends)
    if len(whole) > LARGEST_BLOCK:
        raise ValueError("a block of rows is longer than its positions can say")
    starts, offsets = np.empty((leading, rows), np.int32), np.empty((leading, rows + 1), np.int32)
    valid, nulls = np.zeros((leading, (rows + 7) // 8), np.uint8), np.zeros(leading, np.int64)
    tails = np.empty(rows, np.int32)
    found = _at(starts, offsets, valid, nulls, tails)
    if _called().find_fields(*_at(whole, ends), rows, leading, *found) >= 0:
        raise ValueError("a row is shorter than what its lengths say")
    columns = map(_gathered, [whole] * leading, starts, offsets, valid, nulls.tolist())
    return Cut(tuple(columns), whole, ends, tails)


def write_rows(rows: Cut, field_count: int) -> memoryview:
    """Write rows whose leading fields come from the columns."""
    count = len(rows.ends)
    if any(column.type != pa.binary() or len(column) != count for column in rows.columns):
        raise ValueError("one column is no vector of bytes, or of other rows")
    leads = FIELD_COUNT_BYTES + FIELD_LENGTH_BYTES * len(rows.columns)
    out = pa.allocate_buffer(count * leads + len(rows.buffer) + sum(map(_bytes_of, rows.columns)))
    data, offsets, valid = (_pointers(rows.columns, place) for place in (2, 1, 0))
    first = np.array([column.offset for column in rows.columns], np.int64)
    written = _called().write_rows(
        *_at(rows.buffer, rows.ends, rows.tails),
        count,
        len(rows.columns),
        *_at(data, offsets, valid, first),
        field_count,
        out.address,
    )
    return memoryview(out)[:written]


def hmac_words(values: pa.LargeStringArray, key: bytes) -> U64:
    """HMAC-SHA256 of each value as four 64-bit words; the key has at most one block."""
    if len(key) > KEY_BYTES:
        raise ValueError("a key of more than a block is not taken")
    words = np.empty((len(values), DIGEST_WORDS), np.uint64)
    block = key.ljust(KEY_BYTES, b"\0")
    _called().hash_values(block, *_text(values), len(values), INSTRUCTIONS, *_at(words))
    return words


def hex_digits(words: U64) -> Letters:
    """The hexadecimal digits of rows of words."""
    digits = np.empty((len(words), DIGEST_WORDS * WORD_DIGITS), np.uint8)
    _called().write_hex(*_at(words), words.size, *_at(digits))
    return digits


def decimal_digits(numbers: U64, count: int) -> Letters:
    """Numbers as so many decimal digits, padded with zeros."""
    numbers, digits = np.ascontiguousarray(numbers), np.empty((len(numbers), count), np.uint8)
    _called().write_decimal(*_at(numbers), len(numbers), count, *_at(digits))
    return digits


def alike(values: pa.LargeStringArray, fakes: pa.LargeStringArray) -> npt.NDArray[np.uint32]:
    """The places where a value may equal its fake but for case and blanks, and a few others."""
    places = np.empty(len(values), np.uint32)
    found = _called().find_alike(*_text(values), *_text(fakes), len(values), *_at(places))
    return places[:found]


def folded(values: pa.LargeStringArray) -> pa.LargeStringArray | None:
    """Texts stripped and in lower case; None if one holds more than ASCII."""
    offsets, room = np.empty(len(values) + 1, np.int64), values.buffers()[2]
    data = pa.allocate_buffer(room.size if room else 0)
    if _called().fold_texts(*_text(values), len(values), data.address, *_at(offsets)) < 0:
        return None
    return pa.LargeStringArray.from_buffers(len(values), pa.py_buffer(offsets), data)


def _called() -> ctypes.CDLL:
    if _library is None:
        raise RuntimeError("The compiled loops are not loaded.")
    return _library


def _gathered(
    whole: npt.NDArray[np.uint8],
    starts: npt.NDArray[np.int32],
    offsets: npt.NDArray[np.int32],
    valid: npt.NDArray[np.uint8],
    nulls: int,
) -> pa.Array:
    data = pa.allocate_buffer(int(offsets[-1]))
    _called().gather_field(*_at(whole, starts, offsets), len(starts), data.address)
    bitmap = pa.py_buffer(valid) if nulls else None
    return pa.Array.from_buffers(
        pa.binary(), len(starts), [bitmap, pa.py_buffer(offsets), data], nulls
    )


def _bytes_of(column: pa.Array) -> int:
    edges = np.frombuffer(column.buffers()[1], np.int32)
    return int(edges[column.offset + len(column)] - edges[column.offset])


def _pointers(columns: Sequence[pa.Array], place: int) -> npt.NDArray[np.uintp]:
    """The address of one buffer of each column; 0 if there is none."""
    buffers = [column.buffers()[place] for column in columns]
    return np.array([buffer.address if buffer else 0 for buffer in buffers], np.uintp)


def _text(values: pa.LargeStringArray) -> tuple[int | None, int | None]:
    """The addresses of the bytes and of the offsets of a vector of texts."""
    _, offsets, data = values.buffers()
    return (
        data.address if data else None,
        offsets.address + OFFSET_BYTES * values.offset if offsets else None,
    )


def _at(*arrays: npt.NDArray[np.generic]) -> list[int]:
    return [array.ctypes.data for array in arrays]
