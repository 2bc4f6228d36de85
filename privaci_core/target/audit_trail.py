"""Keeps the audit trail of refreshes: who did what to which column, in names and counts, added to and never changed."""

from __future__ import annotations

from dataclasses import asdict, astuple, dataclass
from typing import TYPE_CHECKING, Literal

import polars as pl
from psycopg import sql

from privaci_core.postgres.driver_errors import driver_errors

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from pathlib import Path

    from privaci_core.postgres.session import Connection

Event = Literal["begun", "table loaded", "column masked", "warning", "check", "published"]
TABLE = """
CREATE SCHEMA IF NOT EXISTS _privaci;
CREATE TABLE _privaci.audit_log (
    refresh text NOT NULL, run text NOT NULL, who text NOT NULL, at timestamptz NOT NULL, event text NOT NULL,
    relation text NOT NULL, column_name text NOT NULL, rule text NOT NULL, reason text NOT NULL, rows bigint,
    said text NOT NULL);
COMMENT ON TABLE _privaci.audit_log IS 'What PrivaCI did to this database; names and counts, no values.';
"""
# The owner could drop it, knowingly; nobody changes it by accident.
APPEND_ONLY = """
CREATE FUNCTION _privaci.refuse() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN RAISE EXCEPTION ''the audit trail is added to, and never changed''; END';
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON _privaci.audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION _privaci.refuse();
"""
COLUMNS = "refresh, run, who, at, event, relation, column_name, rule, reason, rows, said"
READ = sql.SQL("COPY _privaci.audit_log ({}) TO STDOUT").format(sql.SQL(COLUMNS))
WRITE = sql.SQL("COPY _privaci.audit_log ({}) FROM STDIN").format(sql.SQL(COLUMNS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the trail."""

    refresh: str
    run: str
    who: str
    at: datetime
    event: Event
    relation: str = ""
    column: str = ""
    rule: str = ""
    reason: str = ""
    rows: int | None = None
    said: str = ""


def add_to_trail(target: Connection, entries: Iterable[Entry]) -> None:
    """Add to the trail of a database, which is made where there is none."""
    with driver_errors("Writing the audit trail into the target"):
        _make(target)
        _write(target, (astuple(entry) for entry in entries))


def carry_trail(old: Connection, new: Connection) -> None:
    """Bring the trail of a database into the one that takes its place."""
    with driver_errors("Carrying the audit trail over"):
        if not _is_there(old):
            return
        _make(new)
        # Years of nights: as a stream, not in memory.
        with old.cursor().copy(READ) as lines, new.cursor().copy(WRITE) as into:
            for block in lines:
                into.write(block)


def write_parquet(entries: Sequence[Entry], path: Path) -> None:
    """The same lines as a file that analysts read."""
    columns: dict[str, pl.DataType] = dict.fromkeys(
        COLUMNS.replace("column_name", "column").split(", "), pl.String()
    )
    columns |= {"at": pl.Datetime(time_zone="UTC"), "rows": pl.Int64()}
    pl.DataFrame([asdict(entry) for entry in entries], schema=columns).write_parquet(path)


def _is_there(connection: Connection) -> bool:
    return connection.execute("SELECT pg_catalog.to_regclass('_privaci.audit_log')").fetchone() != (
        None,
    )


def _make(target: Connection) -> None:
    if _is_there(target):
        return
    target.execute(TABLE)
    if target.execute("SELECT FROM pg_catalog.pg_language WHERE lanname = 'plpgsql'").rowcount:
        target.execute(APPEND_ONLY)


def _write(target: Connection, rows: Iterable[tuple[object, ...]]) -> None:
    with target.cursor().copy(WRITE) as copy:
        for row in rows:
            copy.write_row(row)
