"""Exports and imports the snapshot of a source, so that several sessions read the same rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from psycopg import sql

from privaci_core.errors import CopyError, PreflightError
from privaci_core.postgres.driver_errors import driver_errors
from privaci_core.postgres.hold_tables import hold_shown_tables, hold_tables
from privaci_core.postgres.session import session

if TYPE_CHECKING:
    from privaci_core.postgres.session import Connection

# A role that may not see another session's times gets its own transaction's.
MOMENT = """
SELECT coalesce(pg_catalog.min(session.xact_start), pg_catalog.transaction_timestamp())
FROM pg_catalog.pg_locks AS held
JOIN pg_catalog.pg_stat_activity AS session ON session.pid = held.pid
WHERE held.virtualtransaction = %s
"""
# How long a session's transaction has lasted, and how many transactions have begun since. Asked in
# another session: in its own, neither moves on.
AGE = """
SELECT pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - xact_start)::bigint,
       coalesce(pg_catalog.age(backend_xmin), 0)::bigint
FROM pg_catalog.pg_stat_activity WHERE pid = %s AND xact_start IS NOT NULL
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldSnapshot:
    """A snapshot that a session holds, until it ends."""

    name: str
    since: datetime
    # The number of the server's process.
    session: int
    dsn: str = field(repr=False)


def held_snapshot(connection: Connection, dsn: str) -> HeldSnapshot:
    """Export the snapshot of a session, which holds it."""
    name, since = take_snapshot(connection), moment_of(connection)
    return HeldSnapshot(name=name, since=since, session=connection.info.backend_pid, dsn=dsn)


def age_of(held: HeldSnapshot) -> tuple[int, int]:
    """How old a held snapshot is: in seconds, and in transactions begun since.

    Vacuum removes no row that one of these transactions deleted.
    """
    with session(held.dsn, autocommit=True) as other:
        row = other.execute(AGE, [held.session]).fetchone()
    if row is None:
        raise PreflightError(
            "Holding a snapshot of the source",
            "the server has ended its session",
            "Hold a new one, and begin a new refresh with it.",
            "docs/how-to/scale.md",
        )
    seconds, transactions = row
    return int(seconds), int(transactions)


def take_snapshot(connection: Connection) -> str:
    """Hold all tables and export a snapshot of them, in a transaction of their own."""
    hold_tables(connection)
    name = export_snapshot(connection)
    # A table that was created after they were listed.
    hold_shown_tables(connection)
    return name


def export_snapshot(connection: Connection) -> str:
    """Export this session's snapshot; others can import it while the session is open."""
    with driver_errors(
        "Exporting the source's snapshot", "Connect to the server itself, not through a pooler."
    ):
        row = connection.execute("SELECT pg_catalog.pg_export_snapshot()").fetchone()
        return str((row or ("",))[0])


def import_snapshot(connection: Connection, snapshot: str) -> str:
    """Read from the snapshot that another session exported; refuse one that has ended."""
    doing = "Importing the source's snapshot"
    try:
        with driver_errors(doing):
            connection.execute(sql.SQL("SET TRANSACTION SNAPSHOT {}").format(sql.Literal(snapshot)))
    except CopyError:
        raise PreflightError(
            doing,
            "it ended with the session that held it, or it is another server's",
            "Hold a new one, on the same server: privaci snapshot. Then begin a new refresh.",
            "docs/how-to/scale.md",
        ) from None
    hold_shown_tables(connection)
    return snapshot


def moment_of(connection: Connection, snapshot: str = "") -> datetime:
    """When the transaction began whose snapshot this is, in UTC: every importer gets the same.

    The snapshot's name begins with the number of that transaction, as pg_locks shows it.
    """
    backend, transaction = (*snapshot.split("-"), "0", "0")[:2] if snapshot else ("0", "0")
    virtual = f"{int(backend, 16)}/{int(transaction, 16)}"
    row = connection.execute(MOMENT, [virtual]).fetchone()
    began: datetime = row[0] if row else datetime.now(UTC)
    return began.astimezone(UTC)


def seen_by(connection: Connection, snapshot: str) -> str:
    """What a snapshot shows: two of one server that are the same here show the same rows."""
    row = connection.execute("SELECT pg_catalog.txid_current_snapshot()::text").fetchone()
    return f"{snapshot} {(row or ('',))[0]}"
