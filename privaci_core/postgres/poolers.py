"""Finds out whether a pooler stands before a server, and whether it keeps a session whole."""

from __future__ import annotations

import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import psycopg

from privaci_core.errors import PreflightError
from privaci_core.postgres.dsn import database_of, describe
from privaci_core.postgres.silence import cut_off

if TYPE_CHECKING:
    from collections.abc import Iterator

    Connection = psycopg.Connection[Any]

# A pooler without a server connection left lets a session wait for minutes.
SECOND_SESSION_SECONDS = 5
# Connection strings whose pooler was seen to keep sessions whole, in this process.
_whole: set[str] = set()
LOOK = "SELECT pg_catalog.current_setting('privaci.session', true)"


def is_pooled_by_transaction(connection: Connection, dsn: str) -> bool:
    """Whether a setting is gone in the next transaction, or seen by other sessions.

    Locks and snapshots would be as well.
    """
    pid = connection.execute("SELECT pg_catalog.pg_backend_pid()").fetchone()
    # To look again would wait at each connection for a second one that the pooler has not left.
    if pid == (connection.info.backend_pid,) or dsn in _whole:
        return False
    mine = (uuid4().hex,)
    connection.execute("SELECT pg_catalog.set_config('privaci.session', %s, false)", mine)
    theirs = None
    # If no second session can be opened, the first one tells whether it still has the setting.
    with suppress(psycopg.Error), _second_session(dsn) as other:
        theirs = other.execute(LOOK).fetchone()
    split = theirs == mine or connection.execute(LOOK).fetchone() != mine
    if not split:
        _whole.add(dsn)
    return split


@contextmanager
def _second_session(dsn: str) -> Iterator[Connection]:
    """A second session, which fails when it has waited for some seconds."""
    with psycopg.connect(dsn, autocommit=True, connect_timeout=SECOND_SESSION_SECONDS) as other:
        waiting = threading.Timer(SECOND_SESSION_SECONDS, cut_off, [other])
        waiting.start()
        try:
            yield other
        finally:
            waiting.cancel()


def refuse_alias(connection: Connection, dsn: str) -> None:
    """Refuse a target that a pooler calls by another name than its server: it is locked by name."""
    (name,) = connection.execute("SELECT pg_catalog.current_database()").fetchone() or ("",)
    if name != database_of(dsn):
        raise PreflightError(
            f"Locking the target {describe(dsn)}",
            f"the pooler before the server calls it {database_of(dsn)}, and the server {name}",
            "Give the pooler an entry of the database's own name, or connect to the server itself.",
            "docs/how-to/roles.md",
        )
