"""Deals rows into folders by a column, as Hive names them: `placed_at_month=2026-01`."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from privaci_core.errors import CopyError
from privaci_core.stores.json_rows import truth_values
from privaci_core.stores.sink import DOCS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from privaci_core.policy.sink import Folders
    from privaci_core.stores.sink import FileTable

# What Hive calls the folder of rows without a value.
WITHOUT_VALUE = "__HIVE_DEFAULT_PARTITION__"
# How much of a date is the folder's name; a year has four digits.
LENGTHS = {"year": 4, "month": 7, "day": 10}
# A day of our era; those before it, and the infinite ones, have no folder of their own.
DATE = r"^(\d{4}-\d{2}-\d{2})[^B]*$"
# Each folder of a group of rows is a file that is open.
MOST_FOLDERS = 1_000


def without_folder_column(table: FileTable) -> tuple[str, ...]:
    """The columns that files hold: a value that the folder's name says is not repeated."""
    folders = table.folders
    left_out = folders.column if folders is not None and folders.by == "value" else None
    return tuple(name for name in table.order if name != left_out)


def by_folder(group: pa.RecordBatch, table: FileTable) -> Iterator[tuple[str, pa.RecordBatch]]:
    """The rows of each folder, with the columns of its files in their order."""
    ordered = group.select(list(without_folder_column(table)))
    folders = table.folders
    if folders is None:
        yield "", ordered
        return
    values = group.column(folders.column)
    kinds = {field.name: field.kind for field in table.fields}
    if kinds[folders.column] == "bool" and pa.types.is_string(values.type):
        values = truth_values(values)
    names = _names(values, folders)
    places = pl.DataFrame({"name": names}).with_row_index("place")
    found = places.group_by("name", maintain_order=True).agg("place")
    if found.height > MOST_FOLDERS:
        raise _too_many(table, folders)
    for name, rows in found.iter_rows():
        yield f"{_key(folders)}={name}", ordered.take(pa.array(rows, pa.int64()))


def _key(folders: Folders) -> str:
    suffix = "" if folders.by == "value" else f"_{folders.by}"
    return quote(f"{folders.column}{suffix}", safe=" ")


def _names(values: pa.Array, folders: Folders) -> pl.Series:
    """The name of each row's folder: texts, one for each distinct value."""
    if pa.types.is_timestamp(values.type):
        # In UTC already: to print a zone, Arrow needs the machine's files of time zones.
        values = values.cast(pa.timestamp("us"))
    texts = pl.Series(pc.cast(values, pa.string()))
    if folders.by != "value":
        texts = texts.str.extract(DATE).str.slice(0, LENGTHS[folders.by])
    distinct = texts.unique().drop_nulls()
    spelled = pl.Series([quote(text, safe=" ") for text in distinct], dtype=pl.String)
    return texts.replace_strict(distinct, spelled, default=None).fill_null(WITHOUT_VALUE)


def _too_many(table: FileTable, folders: Folders) -> CopyError:
    return CopyError(
        f"Dealing the rows of {table.name} into folders",
        f"{folders.column} has more than {MOST_FOLDERS:,} different values",
        "Name a column with fewer values in sink.partition_by, or write by: month.",
        DOCS,
    )
