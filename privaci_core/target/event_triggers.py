"""Keeps the target's event triggers from firing on our own bookkeeping."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from psycopg import sql

if TYPE_CHECKING:
    from collections.abc import Iterator

    from privaci_core.postgres.session import Connection

# Those that fire, and that the user may alter; a superuser owns them.
FIRING = """
SELECT evtname, evtenabled::text FROM pg_catalog.pg_event_trigger
WHERE evtenabled <> 'D' AND pg_catalog.pg_has_role(current_user, evtowner, 'USAGE')
ORDER BY evtname
"""
STATES = {"O": "ENABLE", "R": "ENABLE REPLICA", "A": "ENABLE ALWAYS"}


@contextmanager
def without_event_triggers(target: Connection) -> Iterator[None]:
    """Disable event triggers, and enable them again in the same transaction.

    Other sessions see no change: the transaction ends with the states that it began with.
    """
    with target.transaction():
        firing = target.execute(FIRING).fetchall()
        for name, _ in firing:
            _set_state(target, name, "DISABLE")
        yield
        for name, state in firing:
            _set_state(target, name, STATES[state])


def _set_state(target: Connection, name: str, state: str) -> None:
    """Enable or disable one event trigger; no event trigger fires on that."""
    alter = sql.SQL("ALTER EVENT TRIGGER {} {}")
    target.execute(alter.format(sql.Identifier(name), sql.SQL(state)))
