"""Keeps the registry of test data in a target, and ends its runs when a refresh empties it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql

from privaci_core.postgres.driver_errors import driver_errors
from privaci_core.target.event_triggers import without_event_triggers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from privaci_core.postgres.session import Connection

# No foreign keys among them: a database that is copied on from this one knows none of these tables.
TABLES = """
CREATE SCHEMA IF NOT EXISTS _privaci;
CREATE TABLE _privaci.test_run (
    run text PRIMARY KEY, request text NOT NULL, scenario text NOT NULL, invoker text NOT NULL,
    status text NOT NULL CHECK (status IN ('creating', 'ready', 'cleaned', 'ended')),
    created timestamptz NOT NULL, expires timestamptz NOT NULL, ended timestamptz,
    strategy text NOT NULL, seed text NOT NULL, constraints jsonb NOT NULL,
    requirement_ids text[] NOT NULL, refresh text NOT NULL, database_name text,
    token_sha256 bytea NOT NULL);
CREATE INDEX ON _privaci.test_run (expires) WHERE status IN ('creating', 'ready');
CREATE TABLE _privaci.test_row (
    run text NOT NULL, ordinal int NOT NULL, role text NOT NULL, relation text NOT NULL,
    key jsonb NOT NULL, found boolean NOT NULL, reserved boolean NOT NULL, before jsonb,
    around jsonb, PRIMARY KEY (run, ordinal));
CREATE TABLE _privaci.test_reservation (
    relation text NOT NULL, key jsonb NOT NULL, run text NOT NULL, PRIMARY KEY (relation, key));
CREATE INDEX ON _privaci.test_reservation (run);
CREATE TABLE _privaci.test_event (
    at timestamptz NOT NULL, run text NOT NULL, request text NOT NULL, scenario text NOT NULL,
    invoker text NOT NULL, action text NOT NULL, status text NOT NULL, inputs jsonb NOT NULL,
    outputs jsonb NOT NULL, requirement_ids text[] NOT NULL,
    place bigint GENERATED ALWAYS AS IDENTITY);
CREATE INDEX ON _privaci.test_event (run);
COMMENT ON TABLE _privaci.test_run IS 'Runs of test data in this database.';
COMMENT ON TABLE _privaci.test_row IS 'The rows of each run of test data; a reset removes them.';
COMMENT ON TABLE _privaci.test_reservation IS 'Rows that a run of test data has to itself.';
COMMENT ON TABLE _privaci.test_event IS 'What was done for runs of test data.';
"""
# Against accidents, as that of the audit trail.
APPEND_ONLY = """
CREATE OR REPLACE FUNCTION _privaci.refuse_event_changes() RETURNS trigger LANGUAGE plpgsql AS
    $$BEGIN RAISE EXCEPTION 'the trail of test data is append-only'; END$$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON _privaci.test_event
    FOR EACH STATEMENT EXECUTE FUNCTION _privaci.refuse_event_changes();
"""
HAS_PLPGSQL = "SELECT FROM pg_catalog.pg_language WHERE lanname = 'plpgsql'"
# The catalog's own table: what it knew before it waited for a lock, a session may tell by memory.
IS_THERE = """
SELECT FROM pg_catalog.pg_class WHERE relname = 'test_event'
   AND relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = '_privaci')
"""
OPEN = "SELECT run FROM _privaci.test_run WHERE status IN ('creating', 'ready') ORDER BY run"
# Their rows go with the target's: a key that a run knew may be that of another row afterwards.
END = """
WITH ended AS (
    UPDATE _privaci.test_run SET status = 'ended', ended = pg_catalog.clock_timestamp()
    WHERE status IN ('creating', 'ready') AND database_name IS NULL RETURNING run
), no_rows AS (
    DELETE FROM _privaci.test_row WHERE run IN (SELECT run FROM ended)
)
DELETE FROM _privaci.test_reservation WHERE run IN (SELECT run FROM ended)
"""
FEW = 3
CARRIED = {
    "test_run": "run, request, scenario, invoker, status, created, expires, ended, strategy, seed,"
    " constraints, requirement_ids, refresh, database_name, token_sha256",
    "test_event": "at, run, request, scenario, invoker, action, status, inputs, outputs,"
    " requirement_ids",
}
ORDERS = {"test_run": "run", "test_event": "place"}
READ = sql.SQL("COPY (SELECT {columns} FROM {table} ORDER BY {order}) TO STDOUT")
WRITE = sql.SQL("COPY {table} ({columns}) FROM STDIN")


def has_registry(target: Connection) -> bool:
    """Whether runs of test data are registered in a database."""
    return bool(target.execute(IS_THERE).rowcount)


def create_registry(target: Connection) -> None:
    """Create the tables of runs, of their rows and of their trail."""
    with without_event_triggers(target):
        target.execute(TABLES)
        if target.execute(HAS_PLPGSQL).rowcount:
            target.execute(APPEND_ONLY)


def open_runs(target: Connection) -> tuple[str, ...]:
    """The runs of test data that were not reset, oldest first; none where none was ever made."""
    with driver_errors("Looking for runs of test data in the target"):
        if not has_registry(target):
            return ()
        return tuple(run for (run,) in target.execute(OPEN).fetchall())


def end_runs(target: Connection) -> None:
    """Note that the rows of open runs are gone; a run with a database of its own keeps it."""
    with driver_errors("Ending the runs of test data in the target"):
        if has_registry(target):
            target.execute(END)


def carry_runs(old: Connection, new: Connection) -> None:
    """Copy the runs and their trail into the database that replaces the old one, without rows."""
    with driver_errors("Copying the trail of test data into the new database"):
        if not has_registry(old):
            return
        if not has_registry(new):
            create_registry(new)
        for table, columns in CARRIED.items():
            names = {"table": sql.Identifier("_privaci", table), "columns": sql.SQL(columns)}
            order = sql.Identifier(ORDERS[table])
            read = old.cursor().copy(READ.format(**names, order=order))
            with read as rows, new.cursor().copy(WRITE.format(**names)) as copy:
                for block in rows:
                    copy.write(block)
    end_runs(new)


def note_on_runs(runs: Sequence[str]) -> tuple[str, ...]:
    """What a refresh says of the runs that it ends: nothing, or one note."""
    if not runs:
        return ()
    named = ", ".join(runs[:FEW]) + (f" and {len(runs) - FEW} more" if runs[FEW:] else "")
    return (f"TEST DATA: the refresh removes the rows of open test runs: {named}",)
