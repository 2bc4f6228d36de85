"""Turns a table's COPY text into Parquet files and back, exactly, without an object per row."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import csv

from privaci_core.stores.parquet_types import NEXT, Field, UnfitError
from privaci_core.stream.binary_rows import payload
from privaci_core.stream.text_rows import ESCAPED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from privaci_core.stream.binary_rows import Buffer, Rows

# The rows of a row group come from about so much text, and a file is about as large: a few of each
# are in memory at once.
# A file that is a little smaller than a power of two grows into no second one.
GROUP_BYTES, FILE_BYTES = 8 << 20, 28 << 20
# Higher levels take longer, and make files that are hardly smaller.
COMPRESSION, LEVEL = "zstd", 1
# A column is written by a dictionary if its first rows have few different values; others become
# larger by one, and take twice as long.
SAMPLE_ROWS, FEW_VALUES = 4096, 256
TYPE_KEY, FORM_KEY, TABLE_KEY = b"privaci.type", b"privaci.form", b"privaci.table"
NULL = "\\N"
ESCAPE = re.compile(rb"\\.", re.DOTALL)
LETTERS = {key.encode(): value.encode() for key, value in ESCAPED.items()}
COLUMN = re.compile(r"In CSV column #(\d+)")
PARSE = csv.ParseOptions(
    delimiter="\t",
    quote_char=False,
    double_quote=False,
    escape_char=False,
    newlines_in_values=False,
    ignore_empty_lines=False,
)
# Strings are in quotes and NULL is not: what COPY's CSV takes.
WRITE = csv.WriteOptions(include_header=False, quoting_style="needed")


def files_of(blocks: Iterable[Rows], fields: Sequence[Field], table: str) -> Iterator[Buffer]:
    """Parquet files that hold the rows in their order, each of a bounded size; one at least.

    Raises `UnfitError` if a column's form cannot hold one of its values.
    """
    schema = schema_of(fields, table)
    groups = groups_of(blocks, fields)
    group = next(groups, None)
    while True:
        sink = pa.BufferOutputStream()
        with writer_to(sink, schema, group) as writer:
            while group is not None:
                writer.write_batch(group, row_group_size=max(len(group), 1))
                group = next(groups, None)
                if sink.tell() >= FILE_BYTES:
                    break
        yield memoryview(sink.getvalue()).cast("B")
        if group is None:
            return


def writer_to(
    sink: pa.BufferOutputStream, schema: pa.Schema, first: pa.RecordBatch | None
) -> pq.ParquetWriter:
    """A writer of one file, whose first rows are known."""
    words = [
        each.name
        for place, each in enumerate(schema)
        if first is not None and _has_few_values(first.column(place))
    ]
    return pq.ParquetWriter(
        sink, schema, compression=COMPRESSION, compression_level=LEVEL, use_dictionary=words
    )


def _has_few_values(column: pa.Array) -> bool:
    """Whether the first rows repeat their values; of types whose equal values are alike.

    Equal floats are not equal bits: a dictionary could hold -0 for 0.
    """
    kind = column.type
    is_alike = pa.types.is_string(kind) or pa.types.is_integer(kind) or pa.types.is_date(kind)
    if not (is_alike or pa.types.is_decimal(kind)):
        return False
    return int(pc.count_distinct(column.slice(0, SAMPLE_ROWS)).as_py()) <= FEW_VALUES


def schema_of(fields: Sequence[Field], table: str) -> pa.Schema:
    """The schema of a file: each field says which type Postgres gives it, and in which form."""
    return pa.schema(
        [
            pa.field(
                field.name,
                field.codec.held,
                metadata={TYPE_KEY: field.type.encode(), FORM_KEY: field.form.encode()},
            )
            for field in fields
        ],
        metadata={TABLE_KEY: json.dumps(table).encode()},
    )


def groups_of(blocks: Iterable[Rows], fields: Sequence[Field]) -> Iterator[pa.RecordBatch]:
    """The rows of each row group as vectors."""
    held: list[Rows] = []
    size = 0
    for block in blocks:
        held.append(block)
        size += len(block.buffer)
        if size >= GROUP_BYTES:
            yield _group_of(held, fields)
            size = 0
    if held:
        yield _group_of(held, fields)


def _group_of(blocks: list[Rows], fields: Sequence[Field]) -> pa.RecordBatch:
    text = blocks[0].buffer if len(blocks) == 1 else b"".join(block.buffer for block in blocks)
    blocks.clear()
    return group_of(text, fields)


def group_of(text: Buffer, fields: Sequence[Field]) -> pa.RecordBatch:
    """The rows as vectors; names all columns at once whose forms do not hold them."""
    fitting = tuple(fields)
    while True:
        try:
            group = _parsed(text, fitting)
        except _MisfitError as misfit:
            fitting = _with_next_form(fitting, misfit.place)
            continue
        if fitting != tuple(fields):
            raise UnfitError(fitting)
        return group


class _MisfitError(Exception):
    def __init__(self, place: int) -> None:
        super().__init__(place)
        self.place = place


def _parsed(text: Buffer, fields: Sequence[Field]) -> pa.RecordBatch:
    names = [str(place) for place in range(len(fields))]
    options = csv.ConvertOptions(
        column_types={name: field.codec.parsed for name, field in zip(names, fields, strict=True)},
        null_values=[NULL],
        strings_can_be_null=True,
        true_values=["t"],
        false_values=["f"],
    )
    # One block: a row may be longer than any size that is chosen beforehand.
    read = csv.ReadOptions(column_names=names, block_size=len(text) + 1)
    try:
        found = csv.read_csv(pa.BufferReader(text), read, PARSE, options)
    except pa.ArrowInvalid as error:
        # Its text quotes the value.
        column = COLUMN.search(str(error))
        raise (_MisfitError(int(column[1])) if column else ValueError("other columns")) from None
    vectors = [column.combine_chunks() for column in found.columns]
    held = [_held(place, fields[place], vector) for place, vector in enumerate(vectors)]
    return pa.record_batch(held, schema=schema_of(fields, ""))


def _held(place: int, field: Field, vector: pa.Array) -> pa.Array:
    codec = field.codec
    if pa.types.is_binary(codec.parsed):
        return _unescaped_bytes(vector)
    if pa.types.is_string(codec.parsed):
        vector = _unescaped(vector)
    if codec.hold is None:
        return vector
    try:
        return codec.hold(vector)
    except (ValueError, pa.ArrowInvalid, pl.exceptions.PolarsError):
        raise _MisfitError(place) from None


def _unescaped(texts: pa.Array) -> pa.Array:
    """The values without escapes; most columns have no backslash."""
    # Looked for in all values at once: a search in each takes as long as to parse them.
    if b"\\" not in bytes(payload(texts)):
        return texts
    found = pl.Series(texts).str.replace_many(ESCAPED, leftmost=True)
    return found.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(pa.string())


def _unescaped_bytes(values: pa.Array) -> pa.Array:
    """As texts; only a database without an encoding has such values, and few of them."""
    return pa.array([_unescaped_one(value) for value in values.to_pylist()], pa.binary())


def _unescaped_one(value: bytes | None) -> bytes | None:
    if value is None or b"\\" not in value:
        return value
    return ESCAPE.sub(lambda found: LETTERS.get(found[0], found[0][1:]), value)


def _with_next_form(fields: Sequence[Field], place: int) -> tuple[Field, ...]:
    """The fields, one of them in a form that holds more."""
    return tuple(
        replace(field, form=NEXT[field.form]) if at == place else field
        for at, field in enumerate(fields)
    )


def rows_of(file: Buffer, fields: Sequence[Field]) -> Iterator[Buffer]:
    """The rows of a file as COPY's CSV, a row group at a time."""
    opened = pq.ParquetFile(pa.BufferReader(file))
    for group in range(opened.num_row_groups):
        table = opened.read_row_group(group).combine_chunks()
        columns = [_printed(field, table.column(place)) for place, field in enumerate(fields)]
        sink = pa.BufferOutputStream()
        csv.write_csv(pa.table(columns, names=[str(at) for at in range(len(columns))]), sink, WRITE)
        yield memoryview(sink.getvalue()).cast("B")


def _printed(field: Field, column: pa.ChunkedArray) -> pa.ChunkedArray | pa.Array:
    codec = field.codec
    if codec.print is None:
        return column
    return pa.chunked_array([codec.print(chunk) for chunk in column.chunks] or [[]])
