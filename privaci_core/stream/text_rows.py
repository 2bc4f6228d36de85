"""Splits blocks of COPY text rows into masked columns and tails, and joins them again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from privaci_core.stream.binary_rows import Block, Buffer, Rows, cut, payload

if TYPE_CHECKING:
    from collections.abc import Sequence

TAB, NEWLINE = 9, 10
NULL = b"\\N"
# COPY's escapes; any other letter after a backslash is itself.
ESCAPED = {
    "\\\\": "\\",
    "\\t": "\t",
    "\\n": "\n",
    "\\r": "\r",
    "\\b": "\b",
    "\\f": "\f",
    "\\v": "\v",
}


def split(rows: Rows, leading: int) -> Block:
    """Cut the leading fields out of text rows; a tail begins with the separator before it."""
    block = _cut(rows, leading)
    return Block(tuple(_unescaped(column) for column in block.columns), block.tail)


def escaped_fields(rows: Rows, leading: int) -> tuple[pa.Array, ...]:
    """The leading fields of text rows as they are written, escapes and all."""
    return tuple(_with_nulls(column) for column in _cut(rows, leading).columns)


def _cut(rows: Rows, leading: int) -> Block:
    count = len(rows.lengths)
    ends = np.cumsum(rows.lengths)
    data = np.frombuffer(rows.buffer, np.uint8)
    # A tab inside a value is escaped, so each tab or newline of the stream ends a field.
    separators = np.flatnonzero((data == TAB) | (data == NEWLINE))
    first = np.searchsorted(separators, ends - rows.lengths)
    edges = np.empty((count, 2 * leading + 1), np.int64)
    start = ends - rows.lengths
    for field in range(leading):
        edges[:, 2 * field] = start
        edges[:, 2 * field + 1] = separators[first + field]
        start = separators[first + field] + 1
    edges[:, 2 * leading] = ends
    return cut(rows.buffer, edges)


def join(block: Block, _field_count: int) -> Buffer:
    """Write masked columns back in front of their tails."""
    tab = pa.scalar(b"\t", pa.binary())
    parts: list[pa.Array] = []
    for column in block.columns:
        parts += [tab, _escaped(column)]
    return payload(pc.binary_join_element_wise(*parts[1:], block.tail, b""))


def split_one(row: Buffer, leading: int) -> tuple[list[Buffer | None], memoryview]:
    """The leading fields of one huge row, and its tail, not copied."""
    data, start = bytes(row) if leading else b"", 0
    fields: list[Buffer | None] = []
    for _ in range(leading):
        tab = data.find(b"\t", start)
        end = tab if tab >= 0 else len(data) - 1
        fields.append(data[start:end])
        start = end + 1
    columns = _unescaped(pa.array(fields, pa.binary()))
    return columns.to_pylist(), memoryview(data)[start - 1 :]


def join_one(fields: Sequence[Buffer | None], tail: Buffer, _field_count: int) -> list[Buffer]:
    """The pieces of one huge row, to write one after another."""
    return [b"\t".join(_escaped(pa.array(fields, pa.binary())).to_pylist()), tail]


def _unescaped(column: pa.Array) -> pa.Array:
    """The values without escapes; most blocks have no backslash but those of NULL."""
    present = _with_nulls(column)
    if not pc.any(pc.match_substring(present, b"\\")).as_py():
        return present
    text = pl.Series(present.cast(pa.string())).str.replace_many(ESCAPED, leftmost=True)
    return _binary(text)


def _with_nulls(column: pa.Array) -> pa.Array:
    return pc.if_else(pc.equal(column, NULL), pa.scalar(None, pa.binary()), column)


def _escaped(column: pa.Array) -> pa.Array:
    if pc.any(pc.match_substring_regex(column, r"[\\\t\n\r\x08\x0c\x0b]")).as_py():
        text = pl.Series(column.cast(pa.string())).str.replace_many(
            {value: key for key, value in ESCAPED.items()}
        )
        column = _binary(text)
    return column.fill_null(NULL)


def _binary(text: pl.Series) -> pa.Array:
    return (
        text.to_arrow(compat_level=pl.CompatLevel.oldest())
        .cast(pa.large_binary())
        .cast(pa.binary())
    )
