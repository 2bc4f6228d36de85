"""Exports and imports the snapshot of a source, so that several sessions read the same rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql

from privaci_core.postgres.driver_errors import driver_errors

if TYPE_CHECKING:
    from privaci_core.postgres.session import Connection


def export_snapshot(connection: Connection) -> str:
    """Export this session's snapshot; others can import it while the session is open."""
    with driver_errors(
        "Exporting the source's snapshot", "Connect to the server itself, not through a pooler."
    ):
        row = connection.execute("SELECT pg_catalog.pg_export_snapshot()").fetchone()
        return str((row or ("",))[0])


def import_snapshot(connection: Connection, snapshot: str) -> str:
    """Read from the snapshot that another session exported."""
    remedy = "Hold it open while the run lasts, on the same server: privaci snapshot."
    with driver_errors("Importing the source's snapshot", remedy):
        connection.execute(sql.SQL("SET TRANSACTION SNAPSHOT {}").format(sql.Literal(snapshot)))
    return snapshot


def transaction_id(connection: Connection) -> int:
    """The number of the running transaction: it tells later whether it was committed."""
    row = connection.execute("SELECT pg_catalog.txid_current()").fetchone()
    return int((row or (0,))[0])
