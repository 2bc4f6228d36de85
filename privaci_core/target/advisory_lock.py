"""Locks a target for one refresh: a second one fails at once, a dead holder's lock is released."""

from __future__ import annotations

import platform
import uuid
import zlib
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from privaci_core.errors import CopyError, PreflightError
from privaci_core.postgres.driver_errors import driver_errors
from privaci_core.postgres.dsn import database_of, describe
from privaci_core.postgres.poolers import refuse_alias
from privaci_core.postgres.session import LOADER, maintenance, session

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from privaci_core.postgres.session import Connection

# An advisory lock has two numbers. The first is this one, or, for a lock in the maintenance
# database, this one combined with the target's name. The second is the number of a run, or of a
# backfill of several runs: their processes share the lock, and any other run finds it taken.
KEY = int.from_bytes(b"priv", "big")
# The second number of a lock that a process holds while it looks for other runs and takes its own.
GUARD = 1
# The first number of the lock by which the steps of one refresh, in several processes, keep out of
# each other's way: loading shares it; what changes the target's shape is alone.
STEP_KEY = int.from_bytes(b"step", "big")
LOCK_GUARD = "SELECT pg_catalog.pg_advisory_lock(%s, %s)"
UNLOCK_GUARD = "SELECT pg_catalog.pg_advisory_unlock(%s, %s)"
LOCK_SHARED = "SELECT pg_catalog.pg_advisory_lock_shared(%s, %s)"
NAME_SESSION = "SELECT pg_catalog.set_config('application_name', %s, false)"
TRY_STEP = {
    "alone": "SELECT pg_catalog.pg_try_advisory_lock(%s, 0)",
    "shared": "SELECT pg_catalog.pg_try_advisory_lock_shared(%s, 0)",
}
END_STEP = {
    "alone": "SELECT pg_catalog.pg_advisory_unlock(%s, 0)",
    "shared": "SELECT pg_catalog.pg_advisory_unlock_shared(%s, 0)",
}
HOLDERS = """
SELECT locks.objid::bigint = %s, activity.application_name, activity.pid,
       activity.backend_start::timestamptz(0)::text,
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
# Begins the name of a session that holds a lock.
LOCK_NAME = "privaci lock: "
POLLS, POLL_SECONDS = 200, 0.05


@dataclass(slots=True)
class TargetLock:
    """A target's locks, held while their sessions are open."""

    inside: Connection = field(repr=False)

    def close_inner(self) -> None:
        """Close the session in the target's own database: it cannot be renamed with one."""
        self.inside.close()

    def loading(self, doing: str) -> AbstractContextManager[None]:
        """Load rows beside other processes, while none changes the target's shape."""
        return self._step(doing, "shared")

    def alone(self, doing: str) -> AbstractContextManager[None]:
        """Create, complete or publish the target, while no other process of the refresh writes."""
        return self._step(doing, "alone")

    @contextmanager
    def _step(self, doing: str, how: Literal["alone", "shared"]) -> Iterator[None]:
        """Hold a step's lock; a step that would have to wait for another one was started too often.

        Dagster starts steps in their order, but a queue may deliver one of them twice.
        """
        if self.inside.execute(TRY_STEP[how], [STEP_KEY]).fetchone() != (True,):
            raise CopyError(
                doing,
                "another process of this refresh is at work on the target",
                "Let it end, then resume the refresh: privaci resume.",
            )
        try:
            yield
        finally:
            if not self.inside.closed:
                self.inside.execute(END_STEP[how], [STEP_KEY])


@contextmanager
def locked_target(
    dsn: str, *, beside: str | None, run: str = "", shared_by: str = ""
) -> Iterator[TargetLock]:
    """Lock the target for a run, and end the loading sessions that a dead run left behind.

    Runs that are `shared_by` one backfill share its lock.
    """
    name, number = database_of(dsn), number_of(shared_by or run or uuid.uuid4().hex)
    with session(dsn, autocommit=True) as inside:
        refuse_alias(inside, dsn)
        if beside is None:
            _lock(inside, dsn, (KEY, number), [name], run)
            yield TargetLock(inside)
            return
        _lock(inside, dsn, (KEY, number), [], run)
        # A swap renames the target's own database, so the lasting lock is in another one.
        with maintenance(dsn) as outside:
            _lock(outside, dsn, (outside_key(name), number), [name, database_of(beside)], run)
            yield TargetLock(inside)


def number_of(name: str) -> int:
    """A name as one number of a lock: 31 bits, and never the guard's."""
    return zlib.crc32(name.encode()) >> 1 | (GUARD + 1)


def outside_key(database: str) -> int:
    """The first number of a target's lock in the maintenance database, which many targets share."""
    return KEY ^ number_of(database)


def holder_name(run: str) -> str:
    """Names a session that holds a lock: which run, on which machine. Postgres keeps 63 bytes."""
    return f"{LOCK_NAME}{f'run {run[:8]}' if run else 'a run'} on {platform.node()}"[:63]


def _lock(
    connection: Connection, dsn: str, numbers: tuple[int, int], databases: list[str], run: str
) -> None:
    """Take a run's lock, or fail if another run holds one.

    The run's first process ends the loading sessions that are left in `databases`.
    """
    key, number = numbers
    connection.execute(NAME_SESSION, [holder_name(run)])
    connection.execute(LOCK_GUARD, [key, GUARD])
    holders = connection.execute(HOLDERS, [number, key, GUARD]).fetchall()
    for is_ours, name, pid, since, address in holders:
        if not is_ours:
            raise PreflightError(
                f"Locking the target {describe(dsn)}",
                f"another refresh holds its lock: process {pid} of the server, which serves"
                f" {name.removeprefix(LOCK_NAME)}, from {address}, since {since}",
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
