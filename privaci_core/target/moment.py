"""Keeps in the target which moment `now()` means in predicates, for a resume and for `verify`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from privaci_core.target.event_triggers import without_event_triggers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from privaci_core.postgres.session import Connection

DROP = "DROP TABLE IF EXISTS _privaci.moment, _privaci.moment_of_table"
TABLE = "CREATE TABLE _privaci.moment (at timestamptz NOT NULL)"
OF_TABLE = """
CREATE TABLE IF NOT EXISTS _privaci.moment_of_table
    (relation text PRIMARY KEY, at timestamptz NOT NULL)
"""
RECORD_OF_TABLE = """
INSERT INTO _privaci.moment_of_table (relation, at) VALUES (%s, %s)
ON CONFLICT (relation) DO UPDATE SET at = excluded.at
"""
IS_THERE = "SELECT pg_catalog.to_regclass('_privaci.moment') IS NOT NULL"
IS_THERE_OF_TABLES = "SELECT pg_catalog.to_regclass('_privaci.moment_of_table') IS NOT NULL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moments:
    """When rows of the target were chosen, if their predicates say `now()`."""

    # Of the whole refresh; None if it had no such predicate.
    whole: datetime | None = None
    # Of tables that were exchanged since, by name.
    of_tables: Mapping[str, datetime] = field(default_factory=dict)

    def of(self, table: str) -> datetime | None:
        """The moment at which a table's rows were chosen."""
        return self.of_tables.get(table, self.whole)


def record_moment(target: Connection, moment: datetime | None) -> None:
    """Record the moment that predicates of this refresh mean, if any says `now()`."""
    if moment is None and read_moments(target) == Moments():
        return
    with without_event_triggers(target):
        target.execute(DROP)
        if moment is not None:
            target.execute(TABLE)
            target.execute("INSERT INTO _privaci.moment VALUES (%s)", [moment])


def record_moment_of_tables(target: Connection, moments: Iterable[tuple[str, datetime]]) -> None:
    """Record the moment of tables that are exchanged; the others keep theirs."""
    rows = list(moments)
    if rows:
        target.execute(OF_TABLE)
        target.cursor().executemany(RECORD_OF_TABLE, rows)


def read_moments(target: Connection) -> Moments:
    """The moments that the target's rows were chosen at."""
    whole: datetime | None = None
    of_tables: dict[str, datetime] = {}
    if target.execute(IS_THERE).fetchone() == (True,):
        row = target.execute("SELECT at FROM _privaci.moment").fetchone()
        whole = row[0] if row else None
    if target.execute(IS_THERE_OF_TABLES).fetchone() == (True,):
        of_tables = dict(target.execute("SELECT * FROM _privaci.moment_of_table").fetchall())
    return Moments(whole=whole, of_tables=of_tables)
