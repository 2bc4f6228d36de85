"""Ends a session whose server has been silent for too long: a stopped process answers nobody."""

from __future__ import annotations

import os
import socket
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import psycopg

from privaci_core.postgres.driver_errors import SilentServerError
from privaci_core.postgres.dsn import describe

if TYPE_CHECKING:
    from collections.abc import Iterator

    Connection = psycopg.Connection[Any]

# No server takes that long to read the next rows of a chunk, or to write a block of them. Shorter
# pauses, such as those of a disk, a failover or a snapshot of the machine, are waited for.
SILENT_SECONDS = 1800.0
LOOK_SECONDS = 0.5
MINUTE = 60


@dataclass(slots=True, eq=False)
class _Watch:
    """A session that is to answer until a moment of the monotonic clock."""

    connection: Connection
    until: float
    was_cut: bool = False


_watches: set[_Watch] = set()
# Reading a session's parameters costs a millisecond, and each table of a copy is watched.
_names: WeakKeyDictionary[Connection, str] = WeakKeyDictionary()
_thread: threading.Thread | None = None
_starting = threading.Lock()


def silent_server(connection: Connection, seconds: float | None = None) -> SilentServerError:
    """The error of a server that says nothing: which one, and for how long."""
    given = SILENT_SECONDS if seconds is None else seconds
    long = f"{given / 60:.0f} minutes" if given > MINUTE else f"{given:.0f} seconds"
    return SilentServerError(f"{_named(connection)} has not answered for {long}")


def _named(connection: Connection) -> str:
    """The server's process of a session; a session that has ended can no longer tell."""
    if connection not in _names:
        info = connection.info
        _names[connection] = f"the process {info.backend_pid} of {describe(info.dsn)}"
    return _names[connection]


@contextmanager
def answered_in_time(connection: Connection, seconds: float | None = None) -> Iterator[None]:
    """Cut the session off if what is done with it does not end in time."""
    given = SILENT_SECONDS if seconds is None else seconds
    watch = _Watch(connection, time.monotonic() + given)
    error = silent_server(connection, given)
    _watches.add(watch)
    _look_after()
    try:
        yield
    except psycopg.Error:
        if watch.was_cut:
            raise error from None
        raise
    finally:
        _watches.discard(watch)


def cut_off(connection: Connection) -> None:
    """Shut the socket of a session down: what waits for it, in any thread, fails at once."""
    with suppress(OSError, psycopg.Error):
        number = os.dup(connection.fileno())
        with socket.socket(fileno=number) as ours:
            ours.shutdown(socket.SHUT_RDWR)


def _look_after() -> None:
    """Start the thread that looks at all watches, once in each process."""
    global _thread  # noqa: PLW0603 - one thread serves every session of the process
    if _thread is None:
        with _starting:
            if _thread is None:
                _thread = threading.Thread(target=_look, name="privaci-silence", daemon=True)
                _thread.start()


def _look() -> None:
    while True:
        time.sleep(LOOK_SECONDS)
        for watch in tuple(_watches):
            if time.monotonic() > watch.until and not watch.was_cut:
                watch.was_cut = True
                cut_off(watch.connection)
