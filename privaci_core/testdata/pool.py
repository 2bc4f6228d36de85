"""Keeps a few sessions in the target open, for requests that come side by side."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import psycopg
from psycopg.pq import TransactionStatus

from privaci_core.errors import CopyError
from privaci_core.postgres.session import PINNED, connect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from privaci_core.postgres.session import Connection

SESSIONS = 8
WAIT_SECONDS = 30.0
# The name of its sessions; a refresh ends none of this name as left behind.
NAME = "privaci test data"
# Triggers and checks of the application find their tables as its own sessions let them.
PINS = {name: value for name, value in PINNED.items() if name != "search_path"}
# A session that was idle for longer is asked whether it still serves.
FRESH_SECONDS = 1.0


@dataclass(slots=True)
class Pool:
    """Sessions in one database: at most so many, opened when they are needed."""

    dsn: str = field(repr=False)
    sessions: int = SESSIONS
    _idle: list[tuple[float, Connection]] = field(default_factory=list, repr=False)
    _free: threading.Semaphore = field(init=False, repr=False)
    _alone: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def __post_init__(self) -> None:
        self._free = threading.Semaphore(self.sessions)

    @contextmanager
    def session(self) -> Iterator[Connection]:
        """A session for one caller."""
        self._take_place()
        try:
            connection = self._idle_one() or _connected(self.dsn)
            try:
                yield connection
            finally:
                self._take_back(connection)
        finally:
            self._free.release()

    @contextmanager
    def emptied(self) -> Iterator[None]:
        """Wait for all sessions and close them: no database with a session can be a template."""
        with self._alone:
            taken = 0
            try:
                for _ in range(self.sessions):
                    self._take_place()
                    taken += 1
                self.close()
                yield
            finally:
                self._free.release(taken)

    def close(self) -> None:
        """Close the sessions that nobody uses at the moment."""
        while self._idle:
            with suppress(IndexError):
                self._idle.pop()[1].close()

    def _take_back(self, connection: Connection) -> None:
        """Keep a session that is at rest, whatever its caller ran into; close any other."""
        if connection.info.transaction_status is TransactionStatus.IDLE:
            self._idle.append((time.monotonic(), connection))
        else:
            connection.close()

    def _take_place(self) -> None:
        if not self._free.acquire(timeout=WAIT_SECONDS):
            raise CopyError(
                "Waiting for a session in the target",
                f"all {self.sessions} were busy for {WAIT_SECONDS:.0f} s",
                "Send fewer requests at once, or look for locks that hold them up.",
            )

    def _idle_one(self) -> Connection | None:
        """The session that was used last, if it still serves."""
        while self._idle:
            try:
                since, connection = self._idle.pop()
            except IndexError:
                return None
            if time.monotonic() - since < FRESH_SECONDS or _serves(connection):
                return connection
            connection.close()
        return None


def _connected(dsn: str) -> Connection:
    """A session in which a transaction is what says so itself."""
    connection = connect(dsn, NAME, PINS)
    connection.autocommit = True
    return connection


def _serves(connection: Connection) -> bool:
    try:
        connection.execute("SELECT")
    except psycopg.Error:
        return False
    return True
