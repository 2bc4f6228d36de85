"""Names one moment of a source, so that several sessions read the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql

from privaci_core.postgres.driver_errors import driver_errors

if TYPE_CHECKING:
    from privaci_core.postgres.session import Connection


def export_snapshot(connection: Connection) -> str:
    """Give the moment that this session sees a name, which others can import for as long as it stays open."""
    with driver_errors(
        "Exporting the source's snapshot", "Connect to the server itself, not through a pooler."
    ):
        return str(
            (connection.execute("SELECT pg_catalog.pg_export_snapshot()").fetchone() or ("",))[0]
        )


def import_snapshot(connection: Connection, snapshot: str) -> str:
    """Let this session see the moment that another one holds under a name."""
    remedy = "Let it be held for as long as the run takes, on the same server: privaci snapshot."
    with driver_errors("Looking at the source's snapshot that was named", remedy):
        connection.execute(sql.SQL("SET TRANSACTION SNAPSHOT {}").format(sql.Literal(snapshot)))
    return snapshot


def transaction_id(connection: Connection) -> int:
    """The number of the transaction under way, by which anybody can ask later whether it was committed."""
    return int((connection.execute("SELECT pg_catalog.txid_current()").fetchone() or (0,))[0])
