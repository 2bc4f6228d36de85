"""Keeps a table's triggers from changing a row that is put back."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from psycopg import sql

from privaci_core.target.event_triggers import STATES, without_event_triggers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from privaci_core.catalog.catalog import Relation
    from privaci_core.postgres.session import Connection

# Those that fire for a row before it is updated: the bits 1, 2 and 16 of tgtype.
BEFORE_UPDATE = """
SELECT tgname, tgenabled::text FROM pg_catalog.pg_trigger
WHERE tgrelid = %s AND NOT tgisinternal AND tgenabled <> 'D' AND tgtype & 19 = 19 ORDER BY tgname
"""
SET = sql.SQL("ALTER TABLE ONLY {} {} TRIGGER {}")


@contextmanager
def triggers_off(connection: Connection, table: Relation) -> Iterator[None]:
    """Disable what changes rows before an update, and enable it again in the same transaction.

    Other sessions see no change; they wait until the transaction ends to write to the table.
    """
    with without_event_triggers(connection):
        firing = connection.execute(BEFORE_UPDATE, [table.oid]).fetchall()
        for name, _ in firing:
            connection.execute(_set(table, name, "DISABLE"))
        yield
        for name, state in firing:
            connection.execute(_set(table, name, STATES[state]))


def _set(table: Relation, name: str, state: str) -> sql.Composed:
    return SET.format(table.identifier, sql.SQL(state), sql.Identifier(name))
