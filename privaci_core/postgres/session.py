"""Opens pinned sessions to a Postgres server."""

from __future__ import annotations

import logging
import time
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from privaci_core.errors import CopyError, PreflightError
from privaci_core.postgres.connection_failures import (
    CONNECT_SECONDS,
    NO_CONNECTION_LEFT,
    failure_of,
    has_no_connection_left,
)
from privaci_core.postgres.driver_errors import (
    REMEDIES,
    SILENT,
    SilentServerError,
    what_failed,
)
from privaci_core.postgres.dsn import database_of, describe
from privaci_core.postgres.limits import NO_OPTIONS, without_limits
from privaci_core.postgres.poolers import is_pooled_by_transaction
from privaci_core.postgres.silence import answered_in_time, silent_seconds
from privaci_core.postgres.statements import WatchedConnection

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LOG = logging.getLogger(__name__)
Connection = psycopg.Connection[Any]

# Makes the text form of values exact, and the same whatever the settings of the database are.
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
    "idle_session_timeout": "0",
    "transaction_timeout": "0",
    "standard_conforming_strings": "on",
    "quote_all_identifiers": "off",
    "default_transaction_isolation": "read committed",
    # A source's sessions are read-only by themselves.
    "default_transaction_read_only": "off",
    "synchronize_seqscans": "off",
    # A noted commit must survive a crash of the server; nothing waits for standbys.
    "synchronous_commit": "local",
    "lc_monetary": "C",
    # Compiling a query of the catalog takes longer than the query: 0.3 s with a thousand tables.
    "jit": "off",
}
# A version of the server that lacks a parameter is not given it.
SET = (
    "SELECT pg_catalog.count(pg_catalog.set_config(name, value, false))"
    " FROM ROWS FROM (pg_catalog.unnest(%s::text[]), pg_catalog.unnest(%s::text[]))"
    " AS pins (name, value) WHERE pg_catalog.current_setting(name, true) IS NOT NULL"
)
SET_OWN = f"SELECT CASE WHEN pg_catalog.pg_backend_pid() = %s THEN ({SET}) >= 0 ELSE false END"
KEEPALIVES: dict[str, Any] = {
    "keepalives": 1,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 6,
}
# The name of sessions that write to a target.
LOADER = "privaci target"
# Databases to connect to while another one is created, renamed or dropped.
MAINTENANCE = ("postgres", "template1")
# A session that has just ended holds its place for a moment, and others come and go.
PATIENCE_SECONDS, RETRY_SECONDS = 15.0, 0.2
LIFT_LIMITS = (
    "Raise the timeouts that the role or the database sets:"
    " ALTER ROLE ... RESET statement_timeout, for one."
)
OLDEST_SERVER = 120000
# A change of the schema may hold a table that long before a reader gives up.
READING = PINNED | {"lock_timeout": "5min"}


@contextmanager
def session(
    dsn: str,
    *,
    name: str = "privaci",
    pins: Mapping[str, str] = PINNED,
    is_spare: bool = False,
    **attributes: Any,
) -> Iterator[Connection]:
    """A pinned connection; any exception, Dagster's interrupt too, cancels the running query.

    A spare one does not wait for long in the queue of a pooler.
    """
    connection = connect(dsn, name, pins, is_spare=is_spare)
    try:
        for attribute, value in attributes.items():
            setattr(connection, attribute, value)
        yield connection
    except BaseException:
        if not connection.closed:
            # A server that does not answer must not hide what happened.
            with suppress(psycopg.Error):
                connection.cancel_safe(timeout=5)
        raise
    finally:
        connection.close()


def connect(
    dsn: str, name: str = "privaci", pins: Mapping[str, str] = PINNED, *, is_spare: bool = False
) -> Connection:
    """Connect and pin; refuse old servers and poolers of transactions."""
    context = f"Connecting to {describe(dsn)}"
    # A pooler answers the first statement when it has a session of the server for it.
    queue_seconds = PATIENCE_SECONDS if is_spare else silent_seconds()
    LOG.debug("connecting to %s", describe(dsn))
    connection = _connect(dsn, name, context)
    server_version = connection.info.server_version
    try:
        with answered_in_time(connection, queue_seconds):
            _prepare(connection, dsn, context, pins)
    except SilentServerError as error:
        if is_spare:
            raise _no_connection(context) from None
        raise PreflightError(context, what_failed(error), SILENT) from None
    except psycopg.Error as error:
        if has_no_connection_left(error):
            raise _no_connection(context) from None
        # A limit that only newer servers have ended the session; now the version is known.
        connection = _connect(dsn, name, context, server_version)
        try:
            _prepare(connection, dsn, context, pins)
        except psycopg.Error as error:
            raise PreflightError(context, what_failed(error), LIFT_LIMITS) from None
    connection.autocommit = False
    return connection


def _prepare(connection: Connection, dsn: str, context: str, pins: Mapping[str, str]) -> None:
    """Refuse an unsuitable server, and pin the session; an error closes it."""
    try:
        _refuse_old(connection, context)
        if not _pin_own(connection, pins):
            _refuse_pooler(connection, dsn, context)
            pin(connection, pins)
    except BaseException:
        connection.close()
        raise


def _connect(dsn: str, name: str, context: str, server_version: int = 0) -> Connection:
    try:
        return _open_in_time(dsn, name, server_version)
    except psycopg.Error as error:
        if has_no_connection_left(error):
            raise _no_connection(context) from None
        raise PreflightError(context, *failure_of(error)) from None


def _no_connection(context: str) -> PreflightError:
    return PreflightError(context, NO_CONNECTION_LEFT, REMEDIES["53300"], "docs/how-to/limits.md")


def _open_in_time(dsn: str, name: str, server_version: int) -> Connection:
    """Open a connection; wait for one if the server has none left at the moment."""
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return _open_with_options(dsn, name, server_version)
        except psycopg.OperationalError as error:
            if not has_no_connection_left(error) or time.monotonic() > until:
                raise
        time.sleep(RETRY_SECONDS)


def _open_with_options(dsn: str, name: str, server_version: int) -> Connection:
    try:
        return _open(without_limits(dsn, server_version), name)
    except psycopg.OperationalError as error:
        if NO_OPTIONS not in str(error):
            raise
    return _open(dsn, name)


def _open(dsn: str, name: str) -> Connection:
    return WatchedConnection.connect(
        dsn, application_name=name, connect_timeout=CONNECT_SECONDS, autocommit=True, **KEEPALIVES
    )


def _refuse_old(connection: Connection, context: str) -> None:
    version = connection.info.server_version
    if version < OLDEST_SERVER:
        cause = f"the server is version {version // 10000}"
        raise PreflightError(context, cause, "PrivaCI serves PostgreSQL 12 and later.")


def _refuse_pooler(connection: Connection, dsn: str, context: str) -> None:
    if is_pooled_by_transaction(connection, dsn):
        raise PreflightError(
            context,
            "a pooler stands before the server and serves each transaction by another session",
            "Connect to the server itself, or through a pooler of sessions (pool_mode = session).",
            "docs/how-to/roles.md",
        )


def pin(connection: Connection, pins: Mapping[str, str] = PINNED) -> None:
    """Set every pinned parameter that this version of the server has."""
    connection.execute(SET, [list(pins), list(pins.values())])


def _pin_own(connection: Connection, pins: Mapping[str, str]) -> bool:
    """The same, in one round trip with the question whether the session is the one connected to.

    The session of a pooler may be of other people, and is left as it is.
    """
    mine = connection.info.backend_pid
    row = connection.execute(SET_OWN, [mine, list(pins), list(pins.values())]).fetchone()
    return row == (True,)


@contextmanager
def source_session(dsn: str, snapshot: str | None = None) -> Iterator[Connection]:
    """A read-only session in one snapshot of the source: its own, or an exported one."""
    with session(
        dsn,
        pins=READING,
        isolation_level=psycopg.IsolationLevel.REPEATABLE_READ,
        read_only=True,
    ) as connection:
        if snapshot is not None:
            _see(connection, snapshot)
        yield connection


def _see(connection: Connection, snapshot: str) -> None:
    """Read from a snapshot that a session of this refresh holds."""
    try:
        connection.execute(sql.SQL("SET TRANSACTION SNAPSHOT {}").format(sql.Literal(snapshot)))
    except psycopg.errors.InvalidParameterValue:
        raise CopyError(
            "Reading the source's snapshot in another session",
            "the session that held it has ended: the server was stopped, the session was ended, or"
            " a standby ended it so that it could replay changes",
            "Resume or run again. On a standby, set hot_standby_feedback = on or raise"
            " max_standby_streaming_delay first.",
            "docs/how-to/limits.md",
        ) from None


@contextmanager
def target_session(dsn: str, **attributes: Any) -> Iterator[Connection]:
    """A session that writes. Its name tells other runs that it belongs to a dead one."""
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
