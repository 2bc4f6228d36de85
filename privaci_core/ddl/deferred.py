"""Stores the DDL that runs after the rows in the target: another process may finish the copy."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from privaci_core.ddl.dump import Entry
from privaci_core.ddl.exclusions import added_at_once

if TYPE_CHECKING:
    from collections.abc import Iterable

    from privaci_core.ddl.dump import Dump
    from privaci_core.postgres.session import Connection

TABLE = """
CREATE TABLE _privaci.entry (
    place integer PRIMARY KEY,
    id integer NOT NULL,
    kind text NOT NULL,
    schema text NOT NULL,
    name text NOT NULL,
    owner text NOT NULL,
    needs integer[] NOT NULL,
    sql text NOT NULL)
"""
INSERT = "INSERT INTO _privaci.entry VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"
SELECT = "SELECT id, kind, schema, name, owner, needs, sql FROM _privaci.entry ORDER BY place"


def store_entries(target: Connection, entries: Iterable[Entry]) -> None:
    """Write the entries of the dump's last section, in their order."""
    target.execute("DROP TABLE IF EXISTS _privaci.entry")
    target.execute(TABLE)
    rows = [
        (place, e.id, e.kind, e.schema, e.name, e.owner, list(e.needs), e.sql)
        for place, e in enumerate(entries)
    ]
    with target.cursor() as cursor:
        cursor.executemany(INSERT, rows)


def stored_entries(target: Connection) -> tuple[Entry, ...]:
    """Read the entries back."""
    return tuple(
        Entry(id=id_, kind=kind, schema=schema, name=name, owner=owner, needs=tuple(needs), sql=sql)
        for id_, kind, schema, name, owner, needs, sql in target.execute(SELECT)
    )


def with_those_left(target: Connection, own: Dump) -> tuple[Entry, ...]:
    """What a target has now, and what an unfinished refresh of it has dropped or not yet built."""
    row = target.execute("SELECT pg_catalog.to_regclass('_privaci.entry')").fetchone()
    left = stored_entries(target) if row and row[0] is not None else ()
    known = {_object_of(entry) for entry in left}
    # The numbers of two dumps have nothing to do with one another.
    shift = 1 + max((number for entry in left for number in (entry.id, *entry.needs)), default=-1)
    more = (
        replace(entry, id=entry.id + shift, needs=tuple(need + shift for need in entry.needs))
        # What was kept is in this form already.
        for entry in added_at_once(own)
        if _object_of(entry) not in known
    )
    return (*left, *more)


def _object_of(entry: Entry) -> tuple[str, str, str]:
    return entry.kind, entry.schema, entry.name
