"""Keeps in the target what has to be run behind its rows, so that whoever finishes the copy need not have begun it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from privaci_core.ddl.dump import Entry

if TYPE_CHECKING:
    from collections.abc import Iterable

    from privaci_core.postgres.session import Connection

TABLE = """
CREATE TABLE _privaci.entry (
    place integer PRIMARY KEY, id integer NOT NULL, kind text NOT NULL, schema text NOT NULL, name text NOT NULL,
    owner text NOT NULL, needs integer[] NOT NULL, sql text NOT NULL)
"""


def keep_entries(target: Connection, entries: Iterable[Entry]) -> None:
    """Write the entries of the dump's last section, in their order."""
    target.execute("DROP TABLE IF EXISTS _privaci.entry")
    target.execute(TABLE)
    rows = [
        (place, e.id, e.kind, e.schema, e.name, e.owner, list(e.needs), e.sql)
        for place, e in enumerate(entries)
    ]
    with target.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO _privaci.entry VALUES (%s, %s, %s, %s, %s, %s, %s, %s)", rows
        )


def kept_entries(target: Connection) -> tuple[Entry, ...]:
    """Read them back."""
    rows = target.execute(
        "SELECT id, kind, schema, name, owner, needs, sql FROM _privaci.entry ORDER BY place"
    )
    return tuple(
        Entry(id=id_, kind=kind, schema=schema, name=name, owner=owner, needs=tuple(needs), sql=sql)
        for id_, kind, schema, name, owner, needs, sql in rows
    )
