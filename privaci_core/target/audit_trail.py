"""Keeps the append-only audit trail: who did what to which column, in names and counts."""

from __future__ import annotations

from dataclasses import asdict, astuple, dataclass
from typing import TYPE_CHECKING, Literal

import polars as pl
from psycopg import sql

from privaci_core.postgres.driver_errors import driver_errors
from privaci_core.target.trail_views import add_views, set_aside_theirs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from privaci_core.postgres.session import Connection

Event = Literal[
    "begun", "table loaded", "column masked", "warning", "check", "published", "refused", "restored"
]
TABLE = """
CREATE SCHEMA IF NOT EXISTS _privaci;
CREATE TABLE _privaci.audit_log (
    refresh text NOT NULL, run text NOT NULL, who text NOT NULL, at timestamptz NOT NULL,
    event text NOT NULL, relation text NOT NULL, column_name text NOT NULL, rule text NOT NULL,
    reason text NOT NULL, rows bigint, said text NOT NULL,
    place bigint GENERATED ALWAYS AS IDENTITY);
COMMENT ON TABLE _privaci.audit_log IS
    'What PrivaCI did to this database; names and counts, no values.';
"""
# Against accidents: the table's owner can still drop the trigger.
REFUSE = "BEGIN RAISE EXCEPTION 'the audit trail is append-only'; END"
APPEND_ONLY = """
CREATE FUNCTION _privaci.refuse() RETURNS trigger LANGUAGE plpgsql AS {};
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON _privaci.audit_log
    FOR EACH STATEMENT EXECUTE FUNCTION _privaci.refuse();
"""
HAS_PLPGSQL = "SELECT FROM pg_catalog.pg_language WHERE lanname = 'plpgsql'"
# Trails of earlier versions have no order but that of their rows on disk, to which nothing but
# additions ever happened.
ADD_ORDER = "ALTER TABLE _privaci.audit_log ADD place bigint GENERATED ALWAYS AS IDENTITY"
HAS_ORDER = """
SELECT EXISTS (SELECT FROM pg_catalog.pg_attribute
               WHERE attrelid = log.oid AND attname = 'place' AND NOT attisdropped)
FROM pg_catalog.pg_class AS log WHERE log.oid = pg_catalog.to_regclass('_privaci.audit_log')
"""
# The trigger that guards the trail, if the trail and the language are there; its state, its code.
GUARD = """
SELECT language.oid IS NOT NULL, trigger.tgenabled::text, function.prosrc
FROM pg_catalog.pg_class AS log
LEFT JOIN pg_catalog.pg_language AS language ON language.lanname = 'plpgsql'
LEFT JOIN pg_catalog.pg_trigger AS trigger
  ON trigger.tgrelid = log.oid AND trigger.tgname = 'append_only' AND NOT trigger.tgisinternal
  AND trigger.tgtype = 58 AND trigger.tgqual IS NULL AND trigger.tgattr = ''
LEFT JOIN pg_catalog.pg_proc AS function ON function.oid = trigger.tgfoid
WHERE log.oid = pg_catalog.to_regclass('_privaci.audit_log')
"""
# Enabled at the origin, as a trigger is created, or always.
ENABLED = frozenset({"O", "A"})
GUARDED = "_privaci.audit_log: append_only"
COLUMNS = "refresh, run, who, at, event, relation, column_name, rule, reason, rows, said"
READ = sql.SQL("COPY (SELECT {} FROM _privaci.audit_log ORDER BY {} LIMIT {}) TO STDOUT")
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
    """Add lines to the trail of a database; a missing trail is created."""
    with driver_errors("Writing the audit trail into the target"):
        _create(target)
        with target.cursor().copy(WRITE) as copy:
            for entry in entries:
                copy.write_row(astuple(entry))


def carry_trail(old: Connection, new: Connection) -> None:
    """Copy the trail of a database into the one that replaces it."""
    with driver_errors("Copying the audit trail into the new database"):
        if has_order(old) is None:
            return
        _create(new)
        # A trail can hold years of refreshes: it is streamed.
        with new.cursor().copy(WRITE) as copy:
            for block in lines_of(old):
                copy.write(block)


def lines_of(connection: Connection, first: int | None = None) -> Iterator[bytes]:
    """The lines of a trail in their order, as COPY writes them: all, or so many of the first."""
    order = "place" if has_order(connection) else "ctid"
    read = READ.format(sql.SQL(COLUMNS), sql.SQL(order), sql.Literal(first))
    with connection.cursor().copy(read) as blocks:
        yield from map(bytes, blocks)


def has_order(connection: Connection) -> bool | None:
    """Whether the lines of a trail are numbered; None where there is no trail."""
    row = connection.execute(HAS_ORDER).fetchone()
    return row[0] if row else None


def unguarded(target: Connection) -> dict[str, str]:
    """What is wrong with the trigger that keeps the trail append-only, in words."""
    with driver_errors("Reading the trigger of the audit trail"):
        row = target.execute(GUARD).fetchone()
    # A trail needs no trigger where it could not have one.
    if row is None or not row[0]:
        return {}
    _, state, code = row
    if state is None:
        return {GUARDED: "the trigger is not in the target"}
    if code != REFUSE:
        return {GUARDED: "the trigger calls another function"}
    return {} if state in ENABLED else {GUARDED: "the trigger is disabled"}


def write_parquet(entries: Sequence[Entry], path: Path) -> None:
    """Write the lines as a Parquet file, for analysts."""
    names = COLUMNS.replace("column_name", "column").split(", ")
    columns: dict[str, pl.DataType] = dict.fromkeys(names, pl.String())
    columns |= {"at": pl.Datetime(time_zone="UTC"), "rows": pl.Int64()}
    rows = [asdict(entry) for entry in entries]
    pl.DataFrame(rows, schema=columns).write_parquet(path)


def _create(target: Connection) -> None:
    set_aside_theirs(target)
    ordered = has_order(target)
    if ordered is None:
        target.execute(TABLE)
        if target.execute(HAS_PLPGSQL).rowcount:
            target.execute(sql.SQL(APPEND_ONLY).format(sql.Literal(REFUSE)))
    elif not ordered:
        target.execute(ADD_ORDER)
    add_views(target)
