"""Streams the rows of one table, or of one chunk of it, from the source through its masks into the target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from psycopg import sql

from privaci_core.ahead import ahead
from privaci_core.load import load_blocks
from privaci_core.postgres import driver_errors
from privaci_core.read import read_blocks

if TYPE_CHECKING:
    from privaci_core.plan import TablePlan
    from privaci_core.postgres import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What one stream brought into the target."""

    rows: int
    bytes: int

    def __add__(self, other: Loaded) -> Loaded:
        return Loaded(rows=self.rows + other.rows, bytes=self.bytes + other.bytes)


def copy_rows(source: Connection, target: Connection, table: TablePlan, where: sql.Composable | None = None) -> Loaded:
    """Copy the rows that `where` selects; the caller's target transaction decides whether they stay."""
    buffers = (rows.buffer for rows in read_blocks(source, read_statement(table, where)))
    with driver_errors(f"Copying {table.name} into the target"):
        rows, size = load_blocks(target, load_statement(table), ahead(buffers, source.cancel_safe))
    return Loaded(rows=rows, bytes=size)


def read_statement(table: TablePlan, where: sql.Composable | None) -> sql.Composed:
    """COPY of the source columns, masked ones first, by name; without a condition Postgres skips its executor."""
    if where is None:
        rows = sql.SQL("{} ({})").format(table.identifier, table.columns)
    else:
        rows = sql.SQL("(SELECT {} FROM ONLY {} WHERE {})").format(table.columns, table.identifier, where)
    return sql.SQL("COPY {} TO STDOUT (FORMAT {})").format(rows, sql.SQL(table.format))


def load_statement(table: TablePlan) -> sql.Composed:
    """COPY into the same columns of the target, in the same order, by name."""
    form = sql.SQL(table.format)
    return sql.SQL("COPY {} ({}) FROM STDIN (FORMAT {})").format(table.identifier, table.columns, form)
