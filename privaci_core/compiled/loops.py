"""Calls the loops over rows and values that the installation compiled."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from privaci_core.compiled import library
from privaci_core.compiled.library import AT, COUNT, at, called, declare
from privaci_core.compiled.texts import text_buffers, texts_from

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

U64 = npt.NDArray[np.uint64]
Positions = npt.NDArray[np.int64]
# One byte for each letter: a row for each value, a column for each place.
Letters = npt.NDArray[np.uint8]

# Positions in a block of rows are words of 32 bits.
LARGEST_BLOCK = 2**31 - 1
FIELD_COUNT_BYTES = 2
FIELD_LENGTH_BYTES = 4
KEY_BYTES = 64
DIGEST_WORDS = 4
WORD_DIGITS = 16
# An escaped byte takes two; a field of COPY text is at least as long as NULL and a tab.
ESCAPED_BYTES, TEXT_FIELD_BYTES = 2, 3
# The loops that find the fields of each form of COPY, and those that gather a field's values.
FINDERS = {"binary": "find_fields", "text": "find_text_fields"}
GATHERERS = {"binary": "gather_field", "text": "gather_text_field"}

declare(
    {
        "read_rows": (COUNT, (AT, AT, AT, COUNT, COUNT, COUNT, AT, AT, AT)),
        "find_fields": (COUNT, (AT, AT, COUNT, COUNT, AT, AT, AT, AT, AT)),
        "gather_field": (None, (AT, AT, AT, COUNT, AT)),
        "write_rows": (COUNT, (AT, AT, AT, COUNT, COUNT, AT, AT, AT, AT, COUNT, AT)),
        "find_text_fields": (COUNT, (AT, AT, COUNT, COUNT, AT, AT, AT, AT, AT)),
        "gather_text_field": (None, (AT, AT, AT, COUNT, AT)),
        "write_text_rows": (COUNT, (AT, AT, AT, COUNT, COUNT, AT, AT, AT, AT, AT)),
        "has_instructions": (COUNT, ()),
        "hash_values": (None, (AT, AT, AT, COUNT, COUNT, AT)),
        "write_hex": (None, (AT, COUNT, AT)),
        "write_decimal": (None, (AT, COUNT, COUNT, AT)),
        "fold_texts": (COUNT, (AT, AT, COUNT, AT, AT)),
        "find_alike": (COUNT, (AT, AT, AT, AT, COUNT, AT)),
    }
)
LOADED = library.LOADED
# Whether the processor has instructions for SHA-256, four times as fast as arithmetic.
INSTRUCTIONS = LOADED and bool(called().has_instructions())


@dataclass(frozen=True, slots=True)
class Cut:
    """The leading fields of some rows as Arrow vectors, and where the rest of each row is."""

    columns: tuple[pa.Array, ...]
    buffer: npt.NDArray[np.uint8]
    ends: Positions
    tails: npt.NDArray[np.int32]


class Libpq(NamedTuple):
    """The addresses of two functions of libpq: one returns a message of a COPY, one frees it."""

    get_copy_data: int
    free_memory: int


class Progress(ctypes.Structure):
    """How full a block is, and a row that is too long for a block and stays in libpq's memory."""

    _fields_ = (("bytes", COUNT), ("rows", COUNT), ("long_size", COUNT), ("long_row", AT))


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
    places = (*at(*block), ctypes.byref(so_far))
    found: int = called().read_rows(*libpq, connection, *sizes, len(block[1]), *places)
    return found


def cut_rows(
    buffer: bytes | bytearray | memoryview, ends: Positions, leading: int, form: str = "binary"
) -> Cut:
    """Gather the leading fields of rows of COPY; the tails stay where they are."""
    whole, rows = np.frombuffer(buffer, np.uint8), len(ends)
    if len(whole) > LARGEST_BLOCK:
        raise ValueError("a block of rows is longer than its positions can say")
    starts, offsets = np.empty((leading, rows), np.int32), np.empty((leading, rows + 1), np.int32)
    valid, nulls = np.zeros((leading, (rows + 7) // 8), np.uint8), np.zeros(leading, np.int64)
    tails = np.empty(rows, np.int32)
    found = at(starts, offsets, valid, nulls, tails)
    if getattr(called(), FINDERS[form])(*at(whole, ends), rows, leading, *found) >= 0:
        raise ValueError("a row is shorter than what its lengths say")
    gather = getattr(called(), GATHERERS[form])
    columns = map(_gathered, [gather] * leading, [whole] * leading, starts, offsets, valid, nulls)
    return Cut(tuple(columns), whole, ends, tails)


def write_rows(rows: Cut, field_count: int) -> memoryview:
    """Write rows of COPY binary whose leading fields come from the columns."""
    leads = FIELD_COUNT_BYTES + FIELD_LENGTH_BYTES * len(rows.columns)
    room = len(rows.ends) * leads + sum(map(_bytes_of, rows.columns))
    return _written("write_rows", rows, room, (field_count,))


def write_text_rows(rows: Cut) -> memoryview:
    """Write rows of COPY text whose leading fields come from the columns."""
    leads = TEXT_FIELD_BYTES * len(rows.columns)
    room = len(rows.ends) * leads + ESCAPED_BYTES * sum(map(_bytes_of, rows.columns))
    return _written("write_text_rows", rows, room, ())


def hmac_words(values: pa.LargeStringArray, key: bytes) -> U64:
    """HMAC-SHA256 of each value as four 64-bit words; the key has at most one block."""
    if len(key) > KEY_BYTES:
        raise ValueError("a key of more than a block is not taken")
    words = np.empty((len(values), DIGEST_WORDS), np.uint64)
    block = key.ljust(KEY_BYTES, b"\0")
    called().hash_values(block, *text_buffers(values), len(values), INSTRUCTIONS, *at(words))
    return words


def hex_digits(words: U64) -> Letters:
    """The hexadecimal digits of rows of words."""
    digits = np.empty((len(words), DIGEST_WORDS * WORD_DIGITS), np.uint8)
    called().write_hex(*at(words), words.size, *at(digits))
    return digits


def decimal_digits(numbers: U64, count: int) -> Letters:
    """Numbers as so many decimal digits, padded with zeros."""
    numbers, digits = np.ascontiguousarray(numbers), np.empty((len(numbers), count), np.uint8)
    called().write_decimal(*at(numbers), len(numbers), count, *at(digits))
    return digits


def alike(values: pa.LargeStringArray, fakes: pa.LargeStringArray) -> npt.NDArray[np.uint32]:
    """The places where a value may equal its fake but for case and blanks, and a few others."""
    places = np.empty(len(values), np.uint32)
    found = called().find_alike(
        *text_buffers(values), *text_buffers(fakes), len(values), *at(places)
    )
    return places[:found]


def folded(values: pa.LargeStringArray) -> pa.LargeStringArray | None:
    """Texts stripped and in lower case; None if one holds more than ASCII."""
    offsets, room = np.empty(len(values) + 1, np.int64), values.buffers()[2]
    data = pa.allocate_buffer(room.size if room else 0)
    if called().fold_texts(*text_buffers(values), len(values), data.address, *at(offsets)) < 0:
        return None
    return texts_from(offsets, data)


def _written(loop: str, rows: Cut, room: int, more: tuple[int, ...]) -> memoryview:
    """What a loop writes of rows, whose columns take at most so much room."""
    count = len(rows.ends)
    if any(column.type != pa.binary() or len(column) != count for column in rows.columns):
        raise ValueError("one column is no vector of bytes, or of other rows")
    # Pages that no row reaches are never touched.
    out = pa.allocate_buffer(room + len(rows.buffer))
    data, offsets, valid = (_pointers(rows.columns, place) for place in (2, 1, 0))
    first = np.array([column.offset for column in rows.columns], np.int64)
    written = getattr(called(), loop)(
        *at(rows.buffer, rows.ends, rows.tails),
        count,
        len(rows.columns),
        *at(data, offsets, valid, first),
        *more,
        out.address,
    )
    return memoryview(out)[:written]


def _gathered(
    gather: Callable[..., None],
    whole: npt.NDArray[np.uint8],
    starts: npt.NDArray[np.int32],
    offsets: npt.NDArray[np.int32],
    valid: npt.NDArray[np.uint8],
    nulls: np.int64,
) -> pa.Array:
    data = pa.allocate_buffer(int(offsets[-1]))
    gather(*at(whole, starts, offsets), len(starts), data.address)
    bitmap = pa.py_buffer(valid) if nulls else None
    return pa.Array.from_buffers(
        pa.binary(), len(starts), [bitmap, pa.py_buffer(offsets), data], int(nulls)
    )


def _bytes_of(column: pa.Array) -> int:
    edges = np.frombuffer(column.buffers()[1], np.int32)
    return int(edges[column.offset + len(column)] - edges[column.offset])


def _pointers(columns: Sequence[pa.Array], place: int) -> npt.NDArray[np.uintp]:
    """The address of one buffer of each column; 0 if there is none."""
    buffers = [column.buffers()[place] for column in columns]
    return np.array([buffer.address if buffer else 0 for buffer in buffers], np.uintp)
