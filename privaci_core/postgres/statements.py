"""Gives a statement up whose server answers nobody any more, and waits for one that takes long.

A statement may take hours. Its session cannot tell whether it is at work, so others are asked for:
a server that is stopped, as `docker pause` does, takes no new session, while its kernel answers all
keepalives.
"""

from __future__ import annotations

import logging
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg
from psycopg import errors

from privaci_core.errors import PreflightError
from privaci_core.postgres.dsn import describe
from privaci_core.postgres.silence import (
    LOOK_SECONDS,
    cut_off,
    in_words,
    silent_seconds,
    silent_server,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from psycopg.abc import PQGen

    from privaci_core.postgres.driver_errors import SilentServerError

LOG = logging.getLogger(__name__)
Result = TypeVar("Result")
# How long a statement takes before its server is asked, how often it is, and how long it may think.
ASK_SECONDS, ANSWER_SECONDS = 60.0, 15
# A server is asked this often before it is given up, however little time that leaves.
LEAST_ASKED = 4


class WatchedConnection(psycopg.Connection[Any]):
    """A connection each of whose statements ends when its server has been stopped for too long."""

    def wait(self, gen: PQGen[Result], *given: Any, **named: Any) -> Result:
        """Wait for what the driver does with the server."""
        with _watched(self):
            return super().wait(gen, *given, **named)


@dataclass(slots=True, eq=False)
class _Statement:
    """A statement that the driver waits for."""

    connection: WatchedConnection
    since: float
    given_up: SilentServerError | None = None
    is_told: bool = False


@dataclass(slots=True, eq=False)
class _Server:
    """What a server said when it was asked last."""

    asked: float
    answered: float
    is_silent: bool = False
    is_being_asked: bool = False


_statements: set[_Statement] = set()
_servers: dict[str, _Server] = {}
_thread: threading.Thread | None = None
_starting = threading.Lock()


@contextmanager
def _watched(connection: WatchedConnection) -> Iterator[None]:
    statement = _Statement(connection, time.monotonic())
    _statements.add(statement)
    _look_after()
    try:
        yield
    except psycopg.Error:
        if statement.given_up:
            raise statement.given_up from None
        raise
    finally:
        _statements.discard(statement)


def _look_after() -> None:
    """Start the thread that looks at all statements, once in each process."""
    global _thread  # noqa: PLW0603 - one thread serves every session of the process
    if _thread is None or not _thread.is_alive():
        with _starting:
            if _thread is None or not _thread.is_alive():
                _thread = threading.Thread(target=_look, name="privaci-statements", daemon=True)
                _thread.start()


def _look() -> None:
    while True:
        time.sleep(LOOK_SECONDS)
        for statement in tuple(_statements):
            # A session may be closed meanwhile.
            with suppress(psycopg.Error, PreflightError):
                _judge(statement, time.monotonic(), silent_seconds())


def _judge(statement: _Statement, now: float, limit: float) -> None:
    """Ask the server of a statement that takes long; cut it off if nobody is answered."""
    pause = min(ASK_SECONDS, limit / LEAST_ASKED)
    if now - statement.since < pause or statement.connection.closed or statement.given_up:
        return
    server = _server_of(statement)
    if not server.is_being_asked and now - server.asked >= pause:
        _begin_to_ask(statement.connection, server, now, limit)
    if server.is_silent and now - max(server.answered, statement.since) > limit:
        statement.given_up = silent_server(statement.connection, limit)
        cut_off(statement.connection)
    elif now - statement.since > limit and not statement.is_told:
        statement.is_told = True
        _tell(statement, limit)


def _tell(statement: _Statement, limit: float) -> None:
    info = statement.connection.info
    LOG.info(
        "the process %d of %s has been at one statement for %s; its server answers others",
        info.backend_pid,
        describe(info.dsn),
        in_words(limit),
    )


def _server_of(statement: _Statement) -> _Server:
    info = statement.connection.info
    began = statement.since
    return _servers.setdefault(f"{info.host} {info.port}", _Server(asked=began, answered=began))


def _begin_to_ask(connection: WatchedConnection, server: _Server, now: float, limit: float) -> None:
    server.asked, server.is_being_asked = now, True
    info = connection.info
    where = {"host": info.host, "port": info.port, "password": info.password}
    threading.Thread(
        target=_ask, args=(server, info.dsn, where, limit), name="privaci-ask", daemon=True
    ).start()


def _ask(server: _Server, dsn: str, where: dict[str, Any], limit: float) -> None:
    """Open another session: only a server that lets it wait in vain is silent.

    A refusal is an answer, and what fails on our side says nothing about the server.
    """
    try:
        psycopg.connect(
            dsn, **where, application_name="privaci", connect_timeout=ANSWER_SECONDS
        ).close()
        is_silent = False
    except errors.ConnectionTimeout:
        is_silent = True
    except (psycopg.Error, OSError):
        is_silent = False
    if is_silent and not server.is_silent:
        LOG.warning(
            "%s does not answer; it is given up when that has lasted %s",
            describe(dsn),
            in_words(limit),
        )
    if not is_silent:
        server.answered = time.monotonic()
    server.is_silent, server.is_being_asked = is_silent, False
