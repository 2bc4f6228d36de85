"""Dagster's SQLite storage with its connections kept open; a home's dagster.yaml names it.

Dagster opens an engine and a connection for each query, compiles its SQL again each time, and
waits for the disk at each commit. A run stores some events for each table, so a small table paid
more for them than for its rows. The files are Dagster's own: either storage reads the other's.
"""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy

# Dagster gives its storage classes no public name; nothing else of ours imports a private one.
from dagster._core.remote_origin import (
    RegisteredCodeLocationOrigin,
    RemoteJobOrigin,
    RemoteRepositoryOrigin,
)
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster._core.storage.runs.sqlite.sqlite_run_storage import SqliteRunStorage
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from sqlalchemy.pool import QueuePool

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Self

    import dagster as dg
    from sqlalchemy.engine import Connection, Engine

# On a run: the repository and the code location of its job. Dagster sets it on runs of its own.
LOCATION_TAG = ".dagster/repository"
BUSY_SECONDS = 30
# The UI looks into many runs, each of which has a file of its own; so many stay open.
MOST_ENGINES = 8


class Engines:
    """Engines by their addresses, each with connections that stay open; one set a process."""

    def __init__(self) -> None:
        """Nothing is opened before it is used."""
        self._lock = threading.Lock()
        self._process = os.getpid()
        self._engines: dict[str, Engine] = {}

    def of(self, address: str) -> Engine:
        """The engine of a file, opened once; the one that was not used for longest is closed."""
        with self._lock:
            if self._process != os.getpid():
                # A connection may not be used in a process that was forked after it was opened.
                self._engines, self._process = {}, os.getpid()
            engine = self._engines.pop(address, None) or _engine(address)
            self._engines[address] = engine
            while len(self._engines) > MOST_ENGINES:
                self._engines.pop(next(iter(self._engines))).dispose()
            return engine

    def dispose(self) -> None:
        """Close all."""
        with self._lock:
            for engine in self._engines.values():
                engine.dispose()
            self._engines = {}


def _engine(address: str) -> Engine:
    arguments = {"timeout": BUSY_SECONDS, "check_same_thread": False}
    engine = sqlalchemy.create_engine(address, poolclass=QueuePool, connect_args=arguments)
    sqlalchemy.event.listen(engine, "connect", _do_not_wait_for_the_disk)
    return engine


def _do_not_wait_for_the_disk(connection: Any, _record: object) -> None:
    """Sync at checkpoints, not at commits.

    Killing a process loses nothing. A crash of the machine may lose the last events, never the
    file; the target's ledger knows what was loaded.
    """
    connection.execute("PRAGMA synchronous=NORMAL")
    # Dagster sets it when the tables are there; each of their statements would wait until then.
    connection.execute("PRAGMA journal_mode=WAL")


class EventLog(SqliteEventLogStorage):
    """Dagster's event log in SQLite, with its connections kept open."""

    def __init__(self, base_dir: str, inst_data: Any = None) -> None:
        """Open the files of a home, as Dagster's own class does."""
        self._engines = Engines()
        self._tables: set[str] = set()
        self._columns: set[str] = set()
        self._indexes: set[str] = set()
        super().__init__(base_dir, inst_data)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock:
            engine = self._engines.of(self.conn_string_for_shard(shard))
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            with engine.connect() as connection, connection.begin():
                yield connection

    def has_table(self, table_name: str) -> bool:
        """Whether the index has a table; it is asked for each event, and no table goes away."""
        if table_name not in self._tables and super().has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    def has_asset_key_col(self, column_name: str) -> bool:
        """Whether the index's table of assets has a column; asked for each event of an asset."""
        return column_name in self._columns or super().has_asset_key_col(column_name)

    def _has_asset_key_col_on_connection(self, conn: Connection, column_name: str) -> bool:
        if column_name not in self._columns:
            if not super()._has_asset_key_col_on_connection(conn, column_name):
                return False
            self._columns.add(column_name)
        return True

    def has_secondary_index(self, name: str) -> bool:
        """Whether a migration was done; one that was stays so."""
        if name not in self._indexes and super().has_secondary_index(name):
            self._indexes.add(name)
        return name in self._indexes

    def wipe(self) -> None:
        """Delete all events; the files of runs go, and no connection may keep one."""
        self._engines.dispose()
        super().wipe()

    def dispose(self) -> None:
        """Close the files."""
        self._engines.dispose()
        super().dispose()


class Runs(SqliteRunStorage):
    """Dagster's runs in SQLite, with their connections kept open."""

    def __init__(self, conn_string: str, inst_data: Any = None) -> None:
        """Open the file of a home, as Dagster's own class does."""
        self._engines = Engines()
        super().__init__(conn_string, inst_data)

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """A transaction on a connection that stays open."""
        with self._engines.of(self._conn_string).connect() as connection, connection.begin():
            yield connection

    def add_run(self, dagster_run: dg.DagsterRun) -> dg.DagsterRun:
        """Store a run; one that a command started is told where its job is.

        Without that the UI's timeline leaves it out.
        """
        where = dagster_run.tags.get(LOCATION_TAG, "")
        repository, at, location = where.partition("@")
        if at and dagster_run.remote_job_origin is None:
            origin = RemoteRepositoryOrigin(RegisteredCodeLocationOrigin(location), repository)
            job = RemoteJobOrigin(origin, dagster_run.job_name)
            dagster_run = dagster_run._replace(remote_job_origin=job)
        stored: dg.DagsterRun = super().add_run(dagster_run)
        return stored

    def dispose(self) -> None:
        """Close the file."""
        self._engines.dispose()
        super().dispose()


class Storage(DagsterSqliteStorage):
    """Runs, events and schedules of a home, in Dagster's own files."""

    def __init__(self, base_dir: str, inst_data: Any = None) -> None:
        """Open a home; its runs and events through the classes above."""
        super().__init__(base_dir, inst_data)
        history = Path(base_dir) / "history"
        self._run_storage = Runs.from_local(str(history))
        self._event_log_storage = EventLog(str(history / "runs"))

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Any) -> Self:
        """The storage that a dagster.yaml names."""
        return cls.from_local(inst_data=inst_data, **config_value)
