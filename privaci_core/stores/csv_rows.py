"""Writes rows as CSV: texts in quotes, so that an empty one is not NULL, which is nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from privaci_core.stores.json_rows import NUMBERS, truth_values
from privaci_core.stream.binary_rows import payload

if TYPE_CHECKING:
    from collections.abc import Sequence

    from privaci_core.stores.parquet_types import Field
    from privaci_core.stream.binary_rows import Buffer

# Their texts hold no comma, quote or line break.
BARE = NUMBERS | {"date", "time", "timetz", "timestamp", "timestamptz", "uuid"}


def header_of(fields: Sequence[Field]) -> bytes:
    """The names of the columns."""
    names = (field.name.replace('"', '""') for field in fields)
    return (",".join(f'"{name}"' for name in names) + "\n").encode()


def csv_lines(batch: pa.RecordBatch, fields: Sequence[Field]) -> Buffer:
    """The rows, whose columns are the texts that Postgres prints."""
    parts: list[pa.Array | pa.Scalar] = []
    for place, field in enumerate(fields):
        parts += [pa.scalar(",")] if place else []
        parts += [_csv_of(field, batch.column(place)).fill_null("")]
    return payload(pc.binary_join_element_wise(*parts, "\n", ""))


def _csv_of(field: Field, texts: pa.Array) -> pa.Array:
    if field.kind == "bool" and not field.is_list:
        return truth_values(texts)
    if field.kind in BARE and not field.is_list:
        return texts
    return pc.binary_join_element_wise('"', pc.replace_substring(texts, '"', '""'), '"', "")
