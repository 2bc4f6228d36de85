"""Creates event triggers disabled, and gives each its own state at publication."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from psycopg import sql

from privaci_core.ddl.deferred import stored_entries

if TYPE_CHECKING:
    from collections.abc import Iterable

    from privaci_core.ddl.dump import Entry
    from privaci_core.postgres.session import Connection

KIND = "EVENT TRIGGER"
# How pg_dump ends an event trigger in another state than enabled. An earlier version kept the
# statement about its owner with it.
STATE = re.compile(
    r" (ENABLE REPLICA|ENABLE ALWAYS|DISABLE);(?:\s*ALTER EVENT TRIGGER [^\n]* OWNER TO [^\n]*;)?\Z"
)
HAS_ENTRIES = "SELECT pg_catalog.to_regclass('_privaci.entry') IS NOT NULL"
EXISTS = "SELECT FROM pg_catalog.pg_event_trigger WHERE evtname = %s"


def disabled(connection: Connection, entry: Entry) -> Entry:
    """The entry with a statement that disables the event trigger in the moment it is created.

    Everything that follows until publication is our own DDL.
    """
    return replace(entry, sql=f"{entry.sql}\n{_statement(connection, entry.name, 'DISABLE')};")


def states_to_give(target: Connection) -> list[str]:
    """The statements that give each event trigger of the target the state that its dump names."""
    if target.execute(HAS_ENTRIES).fetchone() != (True,):
        return []
    return states_of(target, stored_entries(target))


def states_of(target: Connection, entries: Iterable[Entry]) -> list[str]:
    """The same for the event triggers among some entries."""
    return [
        _statement(target, entry.name, _state(entry))
        for entry in _event_triggers(entries)
        if target.execute(EXISTS, [entry.name]).rowcount
    ]


def _event_triggers(entries: Iterable[Entry]) -> Iterable[Entry]:
    return (entry for entry in entries if entry.kind == KIND)


def _state(entry: Entry) -> str:
    found = STATE.search(entry.sql)
    return found[1] if found else "ENABLE"


def _statement(connection: Connection, name: str, state: str) -> str:
    alter = sql.SQL("ALTER EVENT TRIGGER {} {}")
    return alter.format(sql.Identifier(name), sql.SQL(state)).as_string(connection)
