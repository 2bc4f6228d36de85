"""Keeps in the target which moment `now()` means in predicates, for a resume and for `verify`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from privaci_core.target.event_triggers import without_event_triggers

if TYPE_CHECKING:
    from datetime import datetime

    from privaci_core.postgres.session import Connection

DROP = "DROP TABLE IF EXISTS _privaci.moment"
TABLE = "CREATE TABLE _privaci.moment (at timestamptz NOT NULL)"
IS_THERE = "SELECT pg_catalog.to_regclass('_privaci.moment') IS NOT NULL"


def record_moment(target: Connection, moment: datetime | None) -> None:
    """Record the moment that predicates of this refresh mean, if any says `now()`."""
    if moment is None and target.execute(IS_THERE).fetchone() != (True,):
        return
    with without_event_triggers(target):
        target.execute(DROP)
        if moment is not None:
            target.execute(TABLE)
            target.execute("INSERT INTO _privaci.moment VALUES (%s)", [moment])


def read_moment(target: Connection) -> datetime | None:
    """The moment that the target's rows were chosen at, if their predicates say `now()`."""
    if target.execute(IS_THERE).fetchone() != (True,):
        return None
    row = target.execute("SELECT at FROM _privaci.moment").fetchone()
    return row[0] if row else None
