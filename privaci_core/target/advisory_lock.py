"""Locks a target for one run: a second refresh fails at once, a dead holder's lock is released."""

from __future__ import annotations

import uuid
import zlib
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from privaci_core.errors import PreflightError
from privaci_core.postgres.driver_errors import driver_errors
from privaci_core.postgres.dsn import database_of, describe
from privaci_core.postgres.session import LOADER, maintenance, session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from privaci_core.postgres.session import Connection

# An advisory lock has two numbers. The first is this one, or, for a lock in the maintenance
# database, this one combined with the target's name. The second is the run's number: processes
# of one run share its lock, and another run finds it taken.
KEY = int.from_bytes(b"priv", "big")
# The second number of a lock that a process holds while it looks for other runs and takes its own.
GUARD = 1
LOCK_GUARD = "SELECT pg_catalog.pg_advisory_lock(%s, %s)"
UNLOCK_GUARD = "SELECT pg_catalog.pg_advisory_unlock(%s, %s)"
LOCK_SHARED = "SELECT pg_catalog.pg_advisory_lock_shared(%s, %s)"
HOLDERS = """
SELECT locks.objid::bigint = %s, activity.pid, activity.backend_start::timestamptz(0)::text,
       coalesce(host(activity.client_addr), 'this machine')
FROM pg_catalog.pg_locks AS locks JOIN pg_catalog.pg_stat_activity AS activity USING (pid)
WHERE locks.locktype = 'advisory' AND locks.granted
  AND locks.classid = %s::oid AND locks.objid <> %s::oid
  AND locks.database = (SELECT oid FROM pg_catalog.pg_database
                        WHERE datname = pg_catalog.current_database())
"""
END_LOADERS = """
SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity
WHERE application_name = %s AND datname = ANY (%s)
"""
POLLS, POLL_SECONDS = 200, 0.05


@dataclass(slots=True)
class TargetLock:
    """A target's locks, held while their sessions are open."""

    inside: Connection = field(repr=False)

    def close_inner(self) -> None:
        """Close the session in the target's own database: it cannot be renamed with one."""
        self.inside.close()


@contextmanager
def locked_target(dsn: str, *, beside: str | None, run: str = "") -> Iterator[TargetLock]:
    """Lock the target for a run, and end the loading sessions that a dead run left behind."""
    name, number = database_of(dsn), number_of(run or uuid.uuid4().hex)
    with session(dsn, autocommit=True) as inside:
        if beside is None:
            _lock(inside, dsn, (KEY, number), [name])
            yield TargetLock(inside)
            return
        _lock(inside, dsn, (KEY, number), [])
        # A swap renames the target's own database, so the lasting lock is in another one.
        with maintenance(dsn) as outside:
            _lock(outside, dsn, (outside_key(name), number), [name, database_of(beside)])
            yield TargetLock(inside)


def number_of(name: str) -> int:
    """A name as one number of a lock: 31 bits, and never the guard's."""
    return zlib.crc32(name.encode()) >> 1 | (GUARD + 1)


def outside_key(database: str) -> int:
    """The first number of a target's lock in the maintenance database, which many targets share."""
    return KEY ^ number_of(database)


def _lock(connection: Connection, dsn: str, numbers: tuple[int, int], databases: list[str]) -> None:
    """Take a run's lock, or fail if another run holds one.

    The run's first process ends the loading sessions that are left in `databases`.
    """
    key, number = numbers
    connection.execute(LOCK_GUARD, [key, GUARD])
    holders = connection.execute(HOLDERS, [number, key, GUARD]).fetchall()
    for is_ours, pid, since, address in holders:
        if not is_ours:
            raise PreflightError(
                f"Locking the target {describe(dsn)}",
                "another refresh holds its lock:"
                f" process {pid} of the server, from {address}, since {since}",
                "Wait until that refresh has ended, or end it; its lock ends with it.",
            )
    if not holders and databases:
        _end_loaders(connection, databases)
    connection.execute(LOCK_SHARED, [key, number])
    connection.execute(UNLOCK_GUARD, [key, GUARD])


def _end_loaders(connection: Connection, databases: list[str]) -> None:
    """End the loading sessions of dead runs, and wait until they are gone."""
    with driver_errors(
        "Ending what a dead refresh left running in the target",
        "GRANT pg_signal_backend TO the user.",
    ):
        for _ in range(POLLS):
            if not connection.execute(END_LOADERS, [LOADER, databases]).fetchall():
                return
            connection.execute("SELECT pg_catalog.pg_sleep(%s)", [POLL_SECONDS])
