"""Holds the source's tables for a snapshot: no other session drops, empties or rewrites one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from privaci_core.errors import CopyError
from privaci_core.postgres.driver_errors import driver_errors
from privaci_core.postgres.together import parts_of

if TYPE_CHECKING:
    from privaci_core.postgres.session import Connection

# What the user may not read is refused later, by name.
TABLES = """
SELECT namespace.nspname, class.relname FROM pg_catalog.pg_class AS class
JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace
WHERE class.relkind IN ('r', 'p') AND class.relpersistence <> 't'
  AND namespace.nspname NOT IN ('pg_catalog', 'information_schema', '_privaci')
  AND namespace.nspname !~ '^pg_(toast|temp)'
  AND pg_catalog.has_schema_privilege(namespace.oid, 'USAGE')
  AND pg_catalog.has_table_privilege(class.oid, 'SELECT')
ORDER BY 1, 2
"""
# The snapshot shows the file that a table had; the function tells the one that it has now. TRUNCATE
# and a rewrite leave no row in the new file that an older snapshot could see.
REPLACED = """
SELECT namespace.nspname, class.relname FROM pg_catalog.pg_class AS class
JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace
WHERE class.relkind = 'r' AND class.relpersistence <> 't'
  AND namespace.nspname NOT IN ('pg_catalog', 'information_schema', '_privaci')
  AND pg_catalog.pg_relation_filenode(class.oid) IS DISTINCT FROM class.relfilenode
ORDER BY 1, 2
"""
# How many tables one statement locks.
TABLES_TOGETHER = 1000
# How often the tables are listed again, because one was dropped before it was locked.
ATTEMPTS = 5
DOING = "Holding the source's tables as the snapshot shows them"
NAMED = 5
BEGIN_AGAIN = "Begin a new refresh, with a new snapshot, when that change of the schema has ended."


def hold_tables(source: Connection) -> None:
    """Begin a transaction that holds every table, before its snapshot is taken.

    LOCK takes no snapshot: the first statement after it does, and sees what the locks hold.
    """
    with driver_errors(DOING):
        for attempt in range(1, ATTEMPTS + 1):
            tables = source.execute(TABLES).fetchall()
            source.rollback()
            try:
                _lock(source, tables)
            except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
                source.rollback()
                if attempt == ATTEMPTS:
                    raise
            else:
                return


def hold_shown_tables(source: Connection) -> None:
    """Hold every table of a snapshot that an earlier session took, if they are still the same."""
    with driver_errors(DOING, BEGIN_AGAIN):
        _lock(source, source.execute(TABLES).fetchall())
    refuse_replaced_tables(source)


def refuse_replaced_tables(source: Connection) -> None:
    """Refuse a snapshot whose tables were dropped, emptied or rewritten before they were held."""
    with driver_errors(DOING):
        names = source.execute(REPLACED).fetchall()
    if names:
        shown = ", ".join(sql.Identifier(*name).as_string(source) for name in names[:NAMED])
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        raise CopyError(
            DOING,
            f"another session dropped, emptied or rewrote {shown}{more} since it was taken",
            BEGIN_AGAIN,
            "docs/how-to/limits.md",
        )


def _lock(source: Connection, tables: list[tuple[str, str]]) -> None:
    for part in parts_of(tables, TABLES_TOGETHER):
        names = [sql.SQL("ONLY {}").format(sql.Identifier(*name)) for name in part]
        lock = sql.SQL("LOCK TABLE {} IN ACCESS SHARE MODE").format(sql.SQL(", ").join(names))
        source.execute(lock)
