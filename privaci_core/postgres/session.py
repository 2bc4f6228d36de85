"""Opens pinned sessions to a Postgres server."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from privaci_core.errors import PreflightError
from privaci_core.postgres.dsn import address_of, database_of

if TYPE_CHECKING:
    from collections.abc import Iterator

Connection = psycopg.Connection[Any]

# What makes the text form of every value exact and the same in every database, whatever its own settings say.
PINNED = {
    "client_encoding": "UTF8",
    "datestyle": "ISO, YMD",
    "intervalstyle": "postgres",
    "timezone": "UTC",
    "extra_float_digits": "3",
    "bytea_output": "hex",
    "xmlbinary": "base64",
    "search_path": "",
    "row_security": "off",
    "statement_timeout": "0",
    "lock_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "standard_conforming_strings": "on",
    "quote_all_identifiers": "off",
    "default_transaction_isolation": "read committed",
    "synchronize_seqscans": "off",
    # What was noted as committed must be there after the server's crash; whether standbys have it is not waited for.
    "synchronous_commit": "local",
    "lc_monetary": "C",
}
KEEPALIVES: dict[str, Any] = {
    "keepalives": 1,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 6,
}
# The name of sessions that write to a target.
LOADER = "privaci target"
# Where one may stand while another database is made, renamed or dropped.
MAINTENANCE = ("postgres", "template1")
CONNECT_SECONDS = 15
OLDEST_SERVER = 120000


@contextmanager
def session(dsn: str, *, name: str = "privaci", **attributes: Any) -> Iterator[Connection]:
    """A pinned connection; the server's query is cancelled when we leave by any exception, Dagster's interrupt too."""
    connection = connect(dsn, name)
    try:
        for attribute, value in attributes.items():
            setattr(connection, attribute, value)
        yield connection
    except BaseException:
        if not connection.closed:
            connection.cancel_safe(timeout=5)
        raise
    finally:
        connection.close()


def connect(dsn: str, name: str = "privaci") -> Connection:
    """Connect and pin; refuse what cannot be served, with the address but never the password."""
    context = f"Connecting to {address_of(dsn)}"
    try:
        connection = psycopg.connect(
            dsn,
            application_name=name,
            connect_timeout=CONNECT_SECONDS,
            autocommit=True,
            **KEEPALIVES,
        )
    except psycopg.Error as error:
        raise PreflightError(
            context, _connect_cause(error), "Check host, port, user, password and pg_hba.conf."
        ) from None
    version = connection.info.server_version
    if version < OLDEST_SERVER:
        connection.close()
        raise PreflightError(
            context,
            f"the server is version {version // 10000}",
            "PrivaCI serves PostgreSQL 12 and later.",
        )
    if _is_pooled_by_transaction(connection, dsn):
        connection.close()
        raise PreflightError(
            context,
            "a pooler stands before the server and serves each transaction by another session",
            "Connect to the server itself, or through a pooler that gives out whole sessions (pool_mode = session).",
            "docs/how-to/roles.md",
        )
    pin(connection)
    connection.autocommit = False
    return connection


def _is_pooled_by_transaction(connection: Connection, dsn: str) -> bool:
    """Whether what one transaction sets is gone in the next, or seen by others: so would be locks and snapshots."""
    if connection.execute("SELECT pg_catalog.pg_backend_pid()").fetchone() == (
        connection.info.backend_pid,
    ):
        return False
    mine, look = (uuid4().hex,), "SELECT pg_catalog.current_setting('privaci.session', true)"
    connection.execute("SELECT pg_catalog.set_config('privaci.session', %s, false)", mine)
    theirs = None
    # Where there is no second session to be had, what the first one still knows has to say it.
    with (
        suppress(psycopg.Error),
        psycopg.connect(dsn, autocommit=True, connect_timeout=CONNECT_SECONDS) as other,
    ):
        theirs = other.execute(look).fetchone()
    return theirs == mine or connection.execute(look).fetchone() != mine


def pin(connection: Connection) -> None:
    """Set every pinned parameter; one the server does not know is left out (each version knows its own)."""
    # Some names have capitals (DateStyle, TimeZone): the server's own spelling is compared in small letters.
    connection.execute(
        "SELECT pg_catalog.set_config(known.name, pins.value, false)"
        " FROM ROWS FROM (pg_catalog.unnest(%s::text[]), pg_catalog.unnest(%s::text[])) AS pins (name, value)"
        " JOIN pg_catalog.pg_settings AS known ON pg_catalog.lower(known.name) = pins.name",
        [list(PINNED), list(PINNED.values())],
    )


@contextmanager
def source_session(dsn: str, snapshot: str | None = None) -> Iterator[Connection]:
    """A read-only session that sees one moment of the source: its own, or an exported snapshot."""
    with session(
        dsn, isolation_level=psycopg.IsolationLevel.REPEATABLE_READ, read_only=True
    ) as connection:
        if snapshot is not None:
            connection.execute(sql.SQL("SET TRANSACTION SNAPSHOT {}").format(sql.Literal(snapshot)))
        yield connection


@contextmanager
def target_session(dsn: str, **attributes: Any) -> Iterator[Connection]:
    """A session that writes; by its name it is found where whoever opened it died."""
    with session(dsn, name=LOADER, **attributes) as connection:
        yield connection


@contextmanager
def maintenance(dsn: str) -> Iterator[Connection]:
    """A session in another database of the same server."""
    name = database_of(dsn)
    databases = [other for other in MAINTENANCE if other != name]
    with ExitStack() as stack:
        # Only a refused connection leads to the next database, not an error of the caller's.
        for place, other in enumerate(databases):
            connecting = session(make_conninfo(dsn, dbname=other), autocommit=True)
            try:
                server = stack.enter_context(connecting)
                break
            except PreflightError:
                if place == len(databases) - 1:
                    raise
        yield server


def _connect_cause(error: psycopg.Error) -> str:
    """The kind of a connect failure: libpq may repeat a password out of a malformed URL, so its own words stay here."""
    text = str(error).lower()
    known = (
        "password authentication failed",
        "connection refused",
        "could not translate host name",
        "does not exist",
        "timeout",
        "no pg_hba.conf entry",
        "too many",
        "no password supplied",
        "ssl",
    )
    return next((words for words in known if words in text), type(error).__name__)
