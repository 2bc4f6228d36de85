"""Splits blocks of COPY binary rows into masked columns and tails, and joins them again."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# Signature, flags and extension length: the start of every binary COPY stream.
HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
FIELD_COUNT = struct.Struct(">h")
FIELD_LENGTH = struct.Struct(">i")
NULL_LENGTH = -1
# Large, so that the fixed cost of a vector call (about 0.1 ms) does not count; small enough for
# the processor's cache.
BLOCK_BYTES = 1 << 22
# A block has at most so many rows, so that their lengths take a megabyte at most.
MOST_ROWS = 1 << 17
# A longer row is its own block, in libpq's own memory, so that it is not copied.
HUGE_ROW_BYTES = 1 << 24

Buffer = bytes | bytearray | memoryview


@dataclass(frozen=True, slots=True)
class Rows:
    """Whole rows as the server sent them, end to end in one buffer."""

    buffer: Buffer
    lengths: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Block:
    """The leading columns of some rows as Arrow binary vectors, and the unchanged rest of each."""

    columns: tuple[pa.Array, ...]
    tail: pa.Array


def split(rows: Rows, leading: int) -> Block:
    """Cut the leading fields out of binary rows; the tails are never read."""
    count, ends = len(rows.lengths), np.cumsum(rows.lengths)
    words = _length_words(rows.buffer)
    edges = np.empty((count, 2 * leading + 1), np.int32)
    nulls = []
    position = ends - rows.lengths + FIELD_COUNT.size
    for field in range(leading):
        length = words[position].astype(np.int64)
        nulls.append(length == NULL_LENGTH)
        edges[:, 2 * field] = position = position + FIELD_LENGTH.size
        edges[:, 2 * field + 1] = position = position + np.maximum(length, 0)
    edges[:, 2 * leading] = ends
    block = cut(rows.buffer, edges)
    return Block(tuple(map(_with_nulls, block.columns, nulls)), block.tail)


def join(block: Block, field_count: int) -> Buffer:
    """Write columns back before their tails: the data of one Arrow join is the COPY stream."""
    parts: list[pa.Array] = []
    lead = FIELD_COUNT.pack(field_count)
    for column in block.columns:
        parts += [_length_prefix(column, lead), column.fill_null(b"")]
        lead = b""
    return payload(pc.binary_join_element_wise(*parts, block.tail, b""))


def framed(buffers: Iterator[Buffer]) -> Iterator[Buffer]:
    """Put the header of a binary stream before its rows and the trailer after them."""
    yield HEADER
    yield from buffers
    yield TRAILER


def payload(array: pa.Array) -> memoryview:
    """The bytes of a binary array, end to end, without a copy."""
    if len(array) == 0:
        return memoryview(b"")
    _, offsets, data = array.buffers()
    edges = np.frombuffer(offsets, np.int64 if pa.types.is_large_binary(array.type) else np.int32)
    return memoryview(data)[edges[array.offset] : edges[array.offset + len(array)]]


def split_one(row: Buffer, leading: int) -> tuple[list[Buffer | None], memoryview]:
    """The leading fields of one huge row, and its tail, not copied."""
    view, position = memoryview(row), FIELD_COUNT.size
    fields: list[Buffer | None] = []
    for _ in range(leading):
        (length,) = FIELD_LENGTH.unpack_from(view, position)
        position += FIELD_LENGTH.size
        fields.append(None if length == NULL_LENGTH else view[position : position + length])
        position += max(length, 0)
    return fields, view[position:]


def join_one(fields: Sequence[Buffer | None], tail: Buffer, field_count: int) -> list[Buffer]:
    """The pieces of one huge row, to write one after another."""
    pieces: list[Buffer] = [FIELD_COUNT.pack(field_count)]
    for field in fields:
        pieces += [FIELD_LENGTH.pack(NULL_LENGTH if field is None else len(field)), field or b""]
    return [*pieces, tail]


def binary(
    data: Buffer | np.ndarray, offsets: np.ndarray, valid: np.ndarray | None = None
) -> pa.Array:
    """A zero-copy Arrow binary vector over a buffer; `valid` marks the values that are not NULL."""
    bitmap = None if valid is None else pa.py_buffer(np.packbits(valid, bitorder="little"))
    return pa.Array.from_buffers(
        pa.binary(), len(offsets) - 1, [bitmap, pa.py_buffer(offsets), pa.py_buffer(data)]
    )


def _length_words(buffer: Buffer) -> np.ndarray:
    """A view of the buffer that reads a big-endian length word at every byte."""
    return np.ndarray(
        (max(len(buffer) - FIELD_LENGTH.size + 1, 0),), ">i4", buffer=buffer, strides=(1,)
    )


def cut(buffer: Buffer, edges: np.ndarray) -> Block:
    """Take the columns out of rows of pieces: gap, value, gap, value, ..., tail.

    `edges` has the end of each piece, row by row.
    """
    count, pieces = edges.shape
    whole = binary(buffer, np.concatenate((np.zeros(1, np.int32), edges.ravel().astype(np.int32))))
    first = np.arange(count, dtype=np.int32) * pieces
    columns = tuple(whole.take(pa.array(first + place)) for place in range(1, pieces, 2))
    return Block(columns, whole.take(pa.array(first + pieces - 1)))


def _with_nulls(column: pa.Array, null: np.ndarray) -> pa.Array:
    if not null.any():
        return column
    _, offsets, data = column.buffers()
    bitmap = pa.py_buffer(np.packbits(~null, bitorder="little"))
    return pa.Array.from_buffers(column.type, len(column), [bitmap, offsets, data])


def _length_prefix(column: pa.Array, lead: bytes) -> pa.Array:
    """The length word of each value, after `lead`: before the first field, the field count."""
    lengths = (
        pc.binary_length(column).fill_null(NULL_LENGTH).to_numpy(zero_copy_only=False).astype(">i4")
    )
    width = len(lead) + FIELD_LENGTH.size
    words = np.empty((len(column), width), np.uint8)
    words[:, : len(lead)] = np.frombuffer(lead, np.uint8)
    words[:, len(lead) :] = lengths.view(np.uint8).reshape(-1, FIELD_LENGTH.size)
    return binary(words, np.arange(0, words.size + 1, width, dtype=np.int32))
