"""Holds a target for one refresh: others wait no longer than their error takes, and a dead holder blocks nobody."""

from __future__ import annotations

import zlib
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from privaci_core.errors import PreflightError
from privaci_core.postgres import LOADER, database_of, describe, driver_errors, maintenance, session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from privaci_core.postgres import Connection

# The first half of the advisory lock's key; the second is the database's name where the lock is held in another one.
KEY = int.from_bytes(b"priv", "big")
TAKE = "SELECT pg_catalog.pg_try_advisory_lock(%s, %s)"
HOLDER = """
SELECT activity.pid, activity.backend_start::timestamptz(0)::text, coalesce(host(activity.client_addr), 'this machine')
FROM pg_catalog.pg_locks AS locks JOIN pg_catalog.pg_stat_activity AS activity USING (pid)
WHERE locks.locktype = 'advisory' AND locks.granted AND locks.classid = %s::oid AND locks.objid = %s::oid
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
def held(dsn: str, *, beside: str | None) -> Iterator[Hold]:
    """Lock the target, and end what a dead holder's workers left running in it, or in the database beside it."""
    name = database_of(dsn)
    with session(dsn, autocommit=True) as inside:
        _lock(inside, dsn, 0)
        if beside is None:
            _end_strangers(inside, [name])
            yield Hold(inside)
            return
        # The target's own database gets another name on the way: the lock that lasts is held next to it.
        with maintenance(dsn) as outside:
            _lock(outside, dsn, zlib.crc32(name.encode()) >> 1)
            _end_strangers(outside, [name, database_of(beside)])
            yield Hold(inside)


def _lock(connection: Connection, dsn: str, number: int) -> None:
    if (connection.execute(TAKE, [KEY, number]).fetchone() or (False,))[0]:
        return
    holder = connection.execute(HOLDER, [KEY, number]).fetchone()
    who = f": process {holder[0]} of the server, from {holder[2]}, since {holder[1]}" if holder else ""
    raise PreflightError(
        f"Locking the target {describe(dsn)}",
        f"another refresh of it is under way{who}",
        "Wait until it has ended, or end it; the lock goes with it, however it ends.",
    )


def _end_strangers(connection: Connection, databases: list[str]) -> None:
    """End loading sessions, which are nobody's now that the lock is ours, and wait until they have gone."""
    with driver_errors("Ending what a dead refresh left running in the target", "GRANT pg_signal_backend TO the user."):
        for _ in range(LOOKS):
            if not connection.execute(STRANGERS, [LOADER, databases]).fetchall():
                return
            connection.execute("SELECT pg_catalog.pg_sleep(%s)", [LOOK_SECONDS])
