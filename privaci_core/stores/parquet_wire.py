"""Turns the files of a table into rows of COPY's binary form, which a server parses faster."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from privaci_core.codecs.codec import TEXT
from privaci_core.codecs.dates import DAY_MICROS, EPOCH_DAYS
from privaci_core.codecs.registry import codec_of
from privaci_core.compiled.loops import LOADED, Cut, write_rows
from privaci_core.stream.binary_rows import Block, binary, join

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from privaci_core.stores.parquet_types import Field
    from privaci_core.stream.binary_rows import Buffer

# How each type that has one width is sent: its numbers, and where Postgres begins to count.
NUMBERS = {
    "int2": (">i2", 0),
    "int4": (">i4", 0),
    "int8": (">i8", 0),
    "oid": (">u4", 0),
    "float4": (">f4", 0),
    "float8": (">f8", 0),
    "date": (">i4", EPOCH_DAYS),
    "time": (">i8", 0),
    "timestamp": (">i8", EPOCH_DAYS * DAY_MICROS),
    "timestamptz": (">i8", EPOCH_DAYS * DAY_MICROS),
    "bool": (">u1", 0),
}
# What Arrow calls the numbers of these types.
AS_NUMBERS = {"date": pa.int32(), "bool": pa.uint8()} | dict.fromkeys(
    ("time", "timestamp", "timestamptz"), pa.int64()
)
# XML sent as binary is read by the encoding that it declares, not by the session's.
TEXT_ALONE = frozenset({"xml"})


def is_wireable(fields: Sequence[Field]) -> bool:
    """Whether every column has a binary form that is known; a row has one form alone."""
    return bool(fields) and all(_is_wireable(field) for field in fields)


def _is_wireable(field: Field) -> bool:
    if field.is_list or field.form == "bytes" or field.kind in TEXT_ALONE:
        return False
    is_number = field.form == "typed" and field.kind in NUMBERS
    return is_number or codec_of(field.kind) is not None


def binary_rows_of(file: Buffer, fields: Sequence[Field]) -> Iterator[Buffer]:
    """The rows of a file, a row group at a time, without the frame of the stream."""
    opened = pq.ParquetFile(pa.BufferReader(file))
    for group in range(opened.num_row_groups):
        table = opened.read_row_group(group).combine_chunks()
        columns = [
            _wire(field, pa.concat_arrays(table.column(place).chunks))
            for place, field in enumerate(fields)
            if len(table)
        ]
        if columns:
            yield _joined(columns, len(table))


def _joined(columns: Sequence[pa.Array], count: int) -> Buffer:
    """Rows that have these columns alone: no rest comes after them."""
    if LOADED:
        none = np.zeros(count, np.int64)
        rest = none.astype(np.int32)
        return write_rows(Cut(tuple(columns), np.empty(0, np.uint8), none, rest), len(columns))
    return join(Block(tuple(columns), pa.repeat(pa.scalar(b"", pa.binary()), count)), len(columns))


def _wire(field: Field, column: pa.Array) -> pa.Array:
    """The binary form of each value."""
    if field.form == "typed":
        if field.kind in NUMBERS:
            return _numbers(field.kind, column)
        if field.kind == "uuid":
            return column.storage.cast(pa.binary())
        if field.kind == "bytea":
            return column
    codec = codec_of(field.kind)
    if codec is TEXT:
        return column.cast(pa.binary())
    assert codec is not None  # noqa: S101 - is_wireable asked
    return codec.encode(pl.Series(column.cast(pa.string())))


def _numbers(kind: str, column: pa.Array) -> pa.Array:
    form, begin = NUMBERS[kind]
    present = column.drop_null().cast(AS_NUMBERS.get(kind, column.type))
    words = (present.to_numpy(zero_copy_only=False) - begin).astype(form)
    valid = column.is_valid().to_numpy(zero_copy_only=False)
    width = words.dtype.itemsize
    offsets = np.concatenate((np.zeros(1, np.int32), np.cumsum(valid, dtype=np.int32))) * width
    found = binary(words.view(np.uint8), offsets.astype(np.int32), valid)
    return found if column.null_count else binary(words.view(np.uint8), offsets.astype(np.int32))
