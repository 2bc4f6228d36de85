"""Looks for what a copy must not be: of another size than its source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql

from privaci_core.postgres import driver_errors

if TYPE_CHECKING:
    from privaci_core.plan import TablePlan
    from privaci_core.postgres import Connection


def row_counts(source: Connection, target: Connection, table: TablePlan) -> tuple[int, int]:
    """The rows of a table that should be there, and those that are; of all partitions where rows change theirs."""
    only = sql.SQL("ONLY " if table.into == table.identifier else "")
    count = sql.SQL("SELECT pg_catalog.count(*) FROM {}{}").format(only, table.into)
    wanted = count + sql.SQL(" WHERE {}").format(table.condition) if table.condition else count
    with driver_errors(f"Counting the rows of {table.name}"):
        expected, found = source.execute(wanted).fetchone(), target.execute(count).fetchone()
    return (expected or (0,))[0], (found or (0,))[0]
