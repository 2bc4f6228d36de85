"""Looks for what a copy must not be: of another size than its source, or holding what should have been masked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from psycopg import sql

from privaci_core.postgres import driver_errors

if TYPE_CHECKING:
    from privaci_core.plan import ColumnPlan, TablePlan
    from privaci_core.postgres import Connection

# How many originals of a column are looked for; they are held for one query and never leave this process.
SAMPLE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """A masked column of the target that holds originals: how many of how many looked for."""

    column: str
    found: int
    of: int


def row_counts(source: Connection, target: Connection, table: TablePlan) -> tuple[int, int]:
    """The rows of a table that should be there, and those that are; of all partitions where rows change theirs."""
    only = sql.SQL("ONLY " if table.into == table.identifier else "")
    count = sql.SQL("SELECT pg_catalog.count(*) FROM {}{}").format(only, table.into)
    wanted = count + sql.SQL(" WHERE {}").format(table.condition) if table.condition else count
    with driver_errors(f"Counting the rows of {table.name}"):
        expected, found = source.execute(wanted).fetchone(), target.execute(count).fetchone()
    return (expected or (0,))[0], (found or (0,))[0]


def leaks(source: Connection, target: Connection, table: TablePlan) -> tuple[Leak, ...]:
    """The masked columns of a table in which originals of the same column are found."""
    found = (_leak(source, target, table, column) for column in table.masked)
    return tuple(leak for leak in found if leak.found)


def _leak(source: Connection, target: Connection, table: TablePlan, column: ColumnPlan) -> Leak:
    """Look for a sample of the distinct originals; a fake may meet an original that another row had."""
    name = sql.Identifier(column.name)
    sample = sql.SQL(
        "SELECT DISTINCT {column}::text FROM ONLY {table} WHERE {column}::text <> '' LIMIT {limit}"
    ).format(column=name, table=table.identifier, limit=sql.Literal(SAMPLE))
    present = sql.SQL(
        "SELECT pg_catalog.count(DISTINCT {column}::text) FROM {table} WHERE {column}::text = ANY (%s)"
    ).format(column=name, table=table.into)
    with driver_errors(f"Looking for originals in {table.name}.{column.name}"):
        originals = [row[0] for row in source.execute(sample)]
        found = (target.execute(present, [originals]).fetchone() or (0,))[0]
    return Leak(column=f"{table.name}.{column.name}", found=found, of=len(originals))
