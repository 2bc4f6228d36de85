"""Holds a target open: its sessions, and what it demands of new rows, read once a refresh."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from privaci_core.postgres.driver_errors import driver_errors
from privaci_core.postgres.session import session
from privaci_core.testdata.pool import Pool
from privaci_core.testdata.published import published_refresh, refuse_unproved
from privaci_core.testdata.registry import prepare_registry
from privaci_core.testdata.target_facts import read_facts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from privaci_core.postgres.session import Connection
    from privaci_core.testdata.target_facts import TargetFacts


@dataclass(slots=True)
class OpenTarget:
    """A published target; threads may share it."""

    dsn: str = field(repr=False)
    pool: Pool = field(init=False)
    # What the target demands of rows, as the refresh of this name left it.
    _facts: tuple[str, TargetFacts] | None = field(default=None, init=False, repr=False)
    # Refreshes after which the registry was looked at.
    _prepared: set[str] = field(default_factory=set, init=False, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    def __post_init__(self) -> None:
        self.pool = Pool(self.dsn)

    @contextmanager
    def session(self) -> Iterator[tuple[Connection, str]]:
        """A session, and the refresh whose rows the target holds; refuses an unpublished one."""
        with self.pool.session() as connection:
            yield connection, self._refresh_of(connection)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A session that reads the registry."""
        doing = "Reading the registry of test data"
        with self.session() as (connection, _), driver_errors(doing):
            yield connection

    def facts(self, refresh: str) -> TargetFacts:
        """What the target demands of new rows, read once for each refresh of it."""
        with self._lock:
            if self._facts is None or self._facts[0] != refresh:
                # Names are spelled in full where no search path shortens them.
                with session(self.dsn) as connection:
                    self._facts = refresh, read_facts(connection)
            return self._facts[1]

    def forget(self) -> None:
        """Read what the target demands again: its schema may have changed."""
        self._facts = None

    def close(self) -> None:
        """Close the sessions that nobody uses at the moment."""
        self.pool.close()

    def _refresh_of(self, connection: Connection) -> str:
        """The refresh whose rows the target holds; its first time, the registry is prepared."""
        with driver_errors("Looking whether the target is published"):
            refresh = published_refresh(connection)
        if refresh not in self._prepared:
            refuse_unproved(connection)
            prepare_registry(connection)
            self._prepared.add(refresh)
        return refresh
