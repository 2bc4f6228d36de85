"""Holds a target for one refresh: others wait no longer than their error takes, and a dead holder blocks nobody."""

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

# The first half of the advisory locks' keys, mixed with the database's name where they are held in another one. The
# second half is the run's number: processes of one run share its lock, those of others find it taken.
KEY = int.from_bytes(b"priv", "big")
# Whoever looks and takes holds this one meanwhile.
DOOR = 1
ENTER, LEAVE = (
    "SELECT pg_catalog.pg_advisory_lock(%s, %s)",
    "SELECT pg_catalog.pg_advisory_unlock(%s, %s)",
)
TAKE = "SELECT pg_catalog.pg_advisory_lock_shared(%s, %s)"
HOLDERS = """
SELECT locks.objid::bigint = %s, activity.pid, activity.backend_start::timestamptz(0)::text,
       coalesce(host(activity.client_addr), 'this machine')
FROM pg_catalog.pg_locks AS locks JOIN pg_catalog.pg_stat_activity AS activity USING (pid)
WHERE locks.locktype = 'advisory' AND locks.granted AND locks.classid = %s::oid AND locks.objid <> %s::oid
  AND locks.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
"""
STRANGERS = """
SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity
WHERE application_name = %s AND datname = ANY (%s)
"""
LOOKS, LOOK_SECONDS = 200, 0.05


@dataclass(slots=True)
class Hold:
    """A target's locks, for as long as their sessions are open."""

    inside: Connection = field(repr=False)

    def let_go_inside(self) -> None:
        """Close the session inside the target's own database: a database with sessions cannot be renamed."""
        self.inside.close()


@contextmanager
def held(dsn: str, *, beside: str | None, run: str = "") -> Iterator[Hold]:
    """Lock the target for a run, and end what a dead holder's workers left running in it, or beside it."""
    name, number = database_of(dsn), _number(run or uuid.uuid4().hex)
    with session(dsn, autocommit=True) as inside:
        if beside is None:
            _lock(inside, dsn, KEY, number, [name])
            yield Hold(inside)
            return
        _lock(inside, dsn, KEY, number, [])
        # The target's own database gets another name on the way: the lock that lasts is held next to it.
        with maintenance(dsn) as outside:
            _lock(outside, dsn, KEY ^ _number(name), number, [name, database_of(beside)])
            yield Hold(inside)


def _number(name: str) -> int:
    """A name as half of an advisory lock's key; never that of the door."""
    return zlib.crc32(name.encode()) >> 1 | DOOR + 1


def _lock(connection: Connection, dsn: str, key: int, number: int, databases: list[str]) -> None:
    """Take a run's lock where no other run holds one; whoever is its first clears up behind dead ones."""
    connection.execute(ENTER, [key, DOOR])
    holders = connection.execute(HOLDERS, [number, key, DOOR]).fetchall()
    for ours, pid, since, where in holders:
        if not ours:
            raise PreflightError(
                f"Locking the target {describe(dsn)}",
                f"another refresh of it is under way: process {pid} of the server, from {where}, since {since}",
                "Wait until it has ended, or end it; the lock goes with it, however it ends.",
            )
    if not holders and databases:
        _end_strangers(connection, databases)
    connection.execute(TAKE, [key, number])
    connection.execute(LEAVE, [key, DOOR])


def _end_strangers(connection: Connection, databases: list[str]) -> None:
    """End loading sessions, which are nobody's now that the lock is ours, and wait until they have gone."""
    with driver_errors(
        "Ending what a dead refresh left running in the target",
        "GRANT pg_signal_backend TO the user.",
    ):
        for _ in range(LOOKS):
            if not connection.execute(STRANGERS, [LOADER, databases]).fetchall():
                return
            connection.execute("SELECT pg_catalog.pg_sleep(%s)", [LOOK_SECONDS])
