"""Says whether a table of the source has changed since an earlier look at it, without reading a row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from privaci_core.postgres.driver_errors import driver_errors

if TYPE_CHECKING:
    from privaci_core.postgres.session import Connection

# Every write moves a counter of the server; a rewrite gives the table another file; a reset of the counters is seen,
# and so is a crash, after which a server that goes on counts from nothing.
# A standby counts nothing of what it replays: there no table can be shown to be as it was.
STATES = """
SELECT namespace.nspname, class.relname, pg_catalog.md5(pg_catalog.concat_ws(' ', class.relfilenode,
    pg_catalog.pg_stat_get_tuples_inserted(class.oid), pg_catalog.pg_stat_get_tuples_updated(class.oid),
    pg_catalog.pg_stat_get_tuples_deleted(class.oid), database.stats_reset,
    pg_catalog.pg_postmaster_start_time(), pg_catalog.pg_stat_get_bgwriter_stat_reset_time()))
FROM pg_catalog.pg_class AS class
JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace
LEFT JOIN pg_catalog.pg_stat_database AS database ON database.datname = pg_catalog.current_database()
WHERE class.relkind = 'r' AND NOT pg_catalog.pg_is_in_recovery()
  AND namespace.nspname NOT IN ('pg_catalog', 'information_schema', '_privaci')
"""

States = dict[tuple[str, str], str]


def states_of(source: Connection) -> States:
    """A fingerprint of every table's counters; the same twice means that nothing was written in between."""
    with driver_errors("Reading the counters of the source's tables"):
        return {(schema, name): state for schema, name, state in source.execute(STATES)}
