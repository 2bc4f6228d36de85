"""Tells whether a table of the source changed since an earlier run, without reading its rows."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from privaci_core.postgres.driver_errors import driver_errors

if TYPE_CHECKING:
    from privaci_core.postgres.session import Connection

# Every write moves a counter of the server, and a rewrite gives the table another file. A reset of
# the counters shows in its time; a crash, after which they start from zero, in the server's start.
# A standby counts nothing of what it replays, so no table of it can be shown to be unchanged.
STATES = """
SELECT namespace.nspname, class.relname, pg_catalog.md5(pg_catalog.concat_ws(' ',
    class.relfilenode,
    pg_catalog.pg_stat_get_tuples_inserted(class.oid),
    pg_catalog.pg_stat_get_tuples_updated(class.oid),
    pg_catalog.pg_stat_get_tuples_deleted(class.oid),
    database.stats_reset,
    pg_catalog.pg_postmaster_start_time(),
    pg_catalog.pg_stat_get_bgwriter_stat_reset_time()))
FROM pg_catalog.pg_class AS class
JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace
LEFT JOIN pg_catalog.pg_stat_database AS database
    ON database.datname = pg_catalog.current_database()
WHERE class.relkind = 'r' AND NOT pg_catalog.pg_is_in_recovery()
  AND namespace.nspname NOT IN ('pg_catalog', 'information_schema', '_privaci')
"""

# A session adds what it wrote to the counters while it ends, which is after its client left it.
ENDING = "SELECT EXISTS (SELECT FROM pg_catalog.pg_stat_activity WHERE pid = ANY(%s))"
# How long an ended session is waited for; without its numbers a table is loaded again, not lost.
PATIENCE_SECONDS, PAUSE_SECONDS = 10.0, 0.01

WriteCounters = dict[tuple[str, str], str]


def counters_without(target: Connection, writers: list[int]) -> WriteCounters:
    """The counters when these sessions of the server, which were closed, have ended."""
    with driver_errors("Waiting for the sessions that wrote"):
        until = time.monotonic() + PATIENCE_SECONDS
        while _are_ending(target, writers) and time.monotonic() < until:
            time.sleep(PAUSE_SECONDS)
    return write_counters_of(target)


def _are_ending(target: Connection, writers: list[int]) -> bool:
    row = target.execute(ENDING, [writers]).fetchone()
    return bool(row and row[0])


def write_counters_of(source: Connection) -> WriteCounters:
    """A fingerprint of every table's counters; if it is the same later, nothing was written."""
    with driver_errors("Reading the counters of the source's tables"):
        return {(schema, name): state for schema, name, state in source.execute(STATES)}
