"""Compares the tables of a baseline with those of a target, column by column."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from privaci_core.catalog.catalog import Catalog, Column

    Shape = Mapping[str, Mapping[str, str]]


def shape_of(catalog: Catalog) -> dict[str, dict[str, str]]:
    """The columns of each table with their types; partitioned tables and partitions alike."""
    return {
        relation.qualified: {
            column.name: _type(column) for column in catalog.columns.get(relation.oid, ())
        }
        for relation in catalog.row_tables
    }


def differences_of_shape(kept: Shape, there: Shape) -> Iterator[str]:
    """What a target has otherwise than a baseline, a sentence for each table or column."""
    for table in sorted(kept.keys() | there.keys()):
        if table not in there:
            yield f"{table} is not in the target"
        elif table not in kept:
            yield f"{table} is not in the baseline"
        else:
            yield from _of_columns(table, kept[table], there[table])


def _of_columns(table: str, kept: Mapping[str, str], there: Mapping[str, str]) -> Iterator[str]:
    for column in sorted(kept.keys() | there.keys()):
        if column not in there:
            yield f"{table}: the target has no column {column}"
        elif column not in kept:
            yield f"{table}: the baseline has no column {column}"
        elif kept[column] != there[column]:
            types = f"{there[column]} in the target, {kept[column]} in the baseline"
            yield f"{table}: the column {column} is {types}"


def _type(column: Column) -> str:
    return f"{column.type} GENERATED" if column.generated else column.type
