"""Refuses a target whose rows are not published and proved, and names the refreshes they are of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg

from privaci_core.postgres.driver_errors import driver_errors
from privaci_core.postgres.dsn import describe
from privaci_core.testdata.run_errors import NotPublished

if TYPE_CHECKING:
    from privaci_core.postgres.session import Connection

# Both are in a target from its first write until its publication; the ledgers' keys name whose
# rows it holds, several refreshes' if some tables were refreshed alone.
STATE = """
SELECT pg_catalog.to_regclass('_privaci.unfinished') IS NULL
       AND pg_catalog.to_regclass('_privaci.fence') IS NULL,
       (SELECT pg_catalog.string_agg(refresh, ' ' ORDER BY refresh) FROM _privaci.ledger_key)
"""
WAS_PUBLISHED = "SELECT FROM _privaci.audit_log WHERE event = 'published' LIMIT 1"
NEVER = "no refresh was ever published in it"
OPEN_ONE = "a refresh of it is running, or stopped before it was published"


def published_refresh(connection: Connection) -> str:
    """The refreshes whose proved rows a target holds; refuses any other target."""
    try:
        is_open, refresh = connection.execute(STATE).fetchone() or (False, None)
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        raise _refused(connection, NEVER, "Refresh it: privaci run.") from None
    if not is_open:
        raise _refused(connection, OPEN_ONE, "Let it end, or resume it: privaci resume.")
    if not refresh:
        raise _refused(connection, NEVER, "Refresh it: privaci run.")
    return str(refresh)


def refuse_unproved(connection: Connection) -> None:
    """Refuse rows that no publication's line in the audit trail stands for."""
    with driver_errors("Reading the audit trail of the target"):
        try:
            proved = connection.execute(WAS_PUBLISHED).rowcount
        except psycopg.errors.UndefinedTable:
            proved = 0
    if not proved:
        why = "its rows were never proved: the audit trail names no publication"
        raise _refused(connection, why, "Refresh it: privaci run.")


def _refused(connection: Connection, why: str, what_to_do: str) -> NotPublished:
    doing = f"Opening {describe(connection.info.dsn)} for test data"
    return NotPublished(doing, why, what_to_do)
