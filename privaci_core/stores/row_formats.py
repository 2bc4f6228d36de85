"""Lists the formats of files, and makes the bytes of one file from groups of rows."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from privaci_core.stores.csv_rows import csv_lines, header_of
from privaci_core.stores.json_rows import json_lines
from privaci_core.stores.parquet import FORM_KEY, TABLE_KEY, TYPE_KEY, writer_to
from privaci_core.stores.sink import AS_IT_IS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from privaci_core.stores.parquet_types import Field
    from privaci_core.stream.binary_rows import Buffer

MASK_KEY = b"privaci.mask"


class Encoder(Protocol):
    """Takes groups of rows, and returns the pieces of the file that holds them."""

    def add(self, group: pa.RecordBatch) -> None:
        """Add rows behind those that are there."""

    def size(self) -> int:
        """About how large the file is so far."""

    def close(self) -> Sequence[Buffer]:
        """The whole file; its pieces are not joined, which would take its memory twice."""


class ParquetFile:
    """Rows as Parquet; each column says its type in Postgres, and what masked it."""

    def __init__(self, fields: Sequence[Field], table: str, masks: Mapping[str, str]) -> None:
        self._sink = pa.BufferOutputStream()
        self._schema = _schema_of(fields, table, masks)
        self._writer: pq.ParquetWriter | None = None

    def add(self, group: pa.RecordBatch) -> None:
        """Add rows as one row group."""
        found = pa.record_batch(group.columns, schema=self._schema)
        self._writer = self._writer or writer_to(self._sink, self._schema, found)
        self._writer.write_batch(found, row_group_size=max(len(found), 1))

    def size(self) -> int:
        """How many bytes its row groups take."""
        return int(self._sink.tell())

    def close(self) -> Sequence[Buffer]:
        """The whole file."""
        writer = self._writer or writer_to(self._sink, self._schema, None)
        writer.close()
        return [memoryview(self._sink.getvalue()).cast("B")]


class Lines:
    """Rows as lines of text."""

    def __init__(
        self,
        head: bytes,
        lines_of: Callable[[pa.RecordBatch, Sequence[Field]], Buffer],
        fields: Sequence[Field],
    ) -> None:
        self._pieces: list[Buffer] = [head]
        self._size, self._lines_of, self._fields = len(head), lines_of, fields

    def add(self, group: pa.RecordBatch) -> None:
        """Add the lines of some rows."""
        # Arrow's own buffer may be twice as large as what it holds.
        lines = bytes(self._lines_of(group, self._fields))
        self._pieces.append(lines)
        self._size += len(lines)

    def size(self) -> int:
        """How many bytes its lines take."""
        return self._size

    def close(self) -> Sequence[Buffer]:
        """The whole file."""
        return self._pieces


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A format of files: the end of their names, and what writes one."""

    ending: str
    # Whether columns have types of their own; else rows are what Postgres prints.
    is_typed: bool
    open: Callable[[Sequence[Field], str, Mapping[str, str]], Encoder]

    def fields(self, fields: Sequence[Field]) -> tuple[Field, ...]:
        """The fields in the form that the format writes."""
        return tuple(fields) if self.is_typed else tuple(replace(f, form="text") for f in fields)


FORMATS = {
    "parquet": Format(ending="parquet", is_typed=True, open=ParquetFile),
    "jsonl": Format(
        ending="jsonl", is_typed=False, open=lambda fields, *_: Lines(b"", json_lines, fields)
    ),
    "csv": Format(
        ending="csv",
        is_typed=False,
        open=lambda fields, *_: Lines(header_of(fields), csv_lines, fields),
    ),
}


def _schema_of(fields: Sequence[Field], table: str, masks: Mapping[str, str]) -> pa.Schema:
    """The schema of a file: each field says which type Postgres gives it, and what masked it."""
    return pa.schema(
        [pa.field(each.name, each.codec.held, metadata=_said(each, masks)) for each in fields],
        metadata={TABLE_KEY: json.dumps(table).encode()},
    )


def _said(field: Field, masks: Mapping[str, str]) -> dict[bytes, bytes]:
    return {
        TYPE_KEY: field.type.encode(),
        FORM_KEY: field.form.encode(),
        MASK_KEY: masks.get(field.name, AS_IT_IS).encode(),
    }
