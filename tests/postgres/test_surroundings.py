"""The surroundings of databases: a pooler before the server, a disk that fills up."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from substrate.databases import name_of, run
from substrate.judge import data_differences

from privaci_core.errors import PreflightError, PrivaciError
from privaci_core.masks import Keys
from privaci_core.policy import parse_policy
from privaci_core.postgres import embedded, poolers, session, silence
from privaci_core.postgres.dsn import describe
from privaci_core.postgres.embedded import running
from privaci_core.postgres.session import source_session
from privaci_core.refresh.steps import copy_database

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

pytestmark = pytest.mark.postgres

KEYS = Keys.of(b"a salt of the test suite, long enough")
NOTHING = 'version: "1.0"\nauto_detect: false\n'
HASHED = parse_policy(NOTHING + "tables: {public.t: {columns: {who: {action: hash}}}}\n")
PGBOUNCER = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
START_SECONDS = 10
SMALL_DISK, ROOM_FOR_A_SESSION, LARGE_DISK = "48m", "52m", "400m"
OTHER_SESSIONS = (
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
# More than the small disk holds, in one table that is loaded by worker processes.
FILLING = (
    "CREATE TABLE t (id int, who text, body text)",
    (
        "INSERT INTO t SELECT n, 'secret' || n, repeat(md5(n::text), 8)"
        " FROM generate_series(1, 250000) AS n"
    ),
)


@contextmanager
def pooler(
    dsn: str, mode: str, folder: Path, *, size: int = 40, alias: str = ""
) -> Iterator[tuple[str, int]]:
    """PgBouncer before the server of a database; yields its folder and port."""
    if PGBOUNCER is None:
        pytest.skip("no PgBouncer on this machine (Debian: apt-get install pgbouncer)")
    known = conninfo_to_dict(dsn)
    folder.mkdir(mode=0o777)
    folder.chmod(0o777)
    port = 6432
    entry = f"{alias} = dbname={name_of(dsn)}" if alias else "* ="
    (folder / "pgbouncer.ini").write_text(
        f"[databases]\n{entry}"
        f" host={known['host']} port={known.get('port') or 5432}"
        f" user={known.get('user')}\n"
        f"[pgbouncer]\nlisten_addr =\nunix_socket_dir = {folder}\nlisten_port = {port}\n"
        f"auth_type = any\npool_mode = {mode}\ndefault_pool_size = {size}\nquery_wait_timeout = 0\n"
    )
    # It refuses to be root.
    user = {"user": embedded._runner()} if os.getuid() == 0 else {}
    with subprocess.Popen(
        [PGBOUNCER, "-q", folder / "pgbouncer.ini"], stderr=subprocess.DEVNULL, **user
    ) as process:  # type: ignore[call-overload]
        try:
            until = time.monotonic() + START_SECONDS
            while not (folder / f".s.PGSQL.{port}").exists():
                assert process.poll() is None
                assert time.monotonic() < until
                time.sleep(0.05)
            yield str(folder), port
        finally:
            process.terminate()


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """A folder whose sockets have names short enough for the kernel."""
    # The path of a socket has at most 107 letters.
    folder = Path(f"/tmp/privaci-test-{os.getpid()}")  # noqa: S108
    folder.mkdir(mode=0o755)
    yield folder
    shutil.rmtree(folder)


def test_a_pooler_of_sessions_serves(source_db: str, target_db: str, short_folder: Path) -> None:
    """Whole sessions keep what they set, lock and see: the copy is as without."""
    run(
        source_db,
        "CREATE TABLE t (id int, who text)",
        "INSERT INTO t SELECT n, 'secret' || n FROM generate_series(1, 999) n",
    )
    with pooler(source_db, "session", short_folder / "pool") as (host, port):
        ends = (make_conninfo(dsn, host=host, port=port) for dsn in (source_db, target_db))
        assert copy_database(*ends, HASHED, KEYS).tables["public.t"].rows == 999
    assert data_differences(source_db, target_db, frozenset({"public.t.who"})) == []


@pytest.mark.parametrize(
    ("is_spare", "cause"), [(True, "no connection left"), (False, "has not answered for")]
)
def test_the_queue_of_a_pooler_is_not_waited_in_for_ever(
    source_db: str,
    short_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    is_spare: bool,
    cause: str,
) -> None:
    """PgBouncer takes a session that it cannot serve: a spare one is done without, soon."""
    monkeypatch.setattr(poolers, "SECOND_SESSION_SECONDS", 1)
    with (
        pooler(source_db, "session", short_folder / "pool", size=1) as (host, port),
        source_session(make_conninfo(source_db, host=host, port=port)) as first,
    ):
        patience = (session, "PATIENCE_SECONDS") if is_spare else (silence, "SILENT_SECONDS")
        monkeypatch.setattr(*patience, 1.0)
        second = session.session(first.info.dsn, is_spare=is_spare)
        with pytest.raises(PreflightError, match=cause), second:
            pytest.fail("the pooler served a second session")


def test_a_pooler_of_transactions_is_refused(
    source_db: str, target_db: str, short_folder: Path
) -> None:
    """A pooler of transactions is refused on either side before anything is written."""
    run(source_db, "CREATE TABLE t (id int, who text)")
    with pooler(source_db, "transaction", short_folder / "pool") as (host, port):
        pooled_source, pooled_target = (
            make_conninfo(dsn, host=host, port=port) for dsn in (source_db, target_db)
        )
        for source, target, named in (
            (pooled_source, target_db, pooled_source),
            (source_db, pooled_target, pooled_target),
        ):
            with pytest.raises(PrivaciError, match="a pooler stands before the server") as caught:
                copy_database(source, target, HASHED, KEYS)
            assert describe(named) in str(caught.value)
    with psycopg.connect(target_db) as connection:
        assert connection.execute("SELECT to_regnamespace('_privaci')").fetchone() == (None,)


def test_a_pooler_of_two_connections_is_enough(
    source_db: str, target_db: str, short_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A third session would wait for ever, to learn what the first one knows."""
    monkeypatch.setattr(poolers, "SECOND_SESSION_SECONDS", 1)
    run(source_db, "CREATE TABLE t (id int, who text)", "INSERT INTO t VALUES (1, 'secret')")
    with pooler(source_db, "session", short_folder / "pool", size=2) as (host, port):
        pooled = make_conninfo(source_db, host=host, port=port)
        assert copy_database(pooled, target_db, HASHED, KEYS).tables["public.t"].rows == 1


def test_a_pooler_is_looked_at_once(
    source_db: str, short_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run opens dozens of sessions, and each waited five seconds before a pooler of two."""
    second, seen = poolers._second_session, list[str]()

    def counted(dsn: str) -> AbstractContextManager[psycopg.Connection[Any]]:
        seen.append(dsn)
        return second(dsn)

    monkeypatch.setattr(poolers, "_second_session", counted)
    with pooler(source_db, "session", short_folder / "pool") as (host, port):
        pooled = make_conninfo(source_db, host=host, port=port)
        for _ in range(3):
            with source_session(pooled) as connection:
                assert connection.execute("SELECT 1").fetchone() == (1,)
    assert len(seen) == 1


def test_a_target_with_another_name_in_the_pooler_is_refused(
    source_db: str, target_db: str, short_folder: Path
) -> None:
    """It is locked, closed to others and swapped by its name in the server."""
    run(source_db, "CREATE TABLE t (id int, who text)")
    with pooler(target_db, "session", short_folder / "pool", alias="staging") as (host, port):
        pooled = make_conninfo(target_db, host=host, port=port, dbname="staging")
        with pytest.raises(PrivaciError, match="calls it staging, and the server") as refused:
            copy_database(source_db, pooled, HASHED, KEYS)
    assert name_of(target_db) in str(refused.value)


@contextmanager
def disk(folder: Path, size: str) -> Iterator[Path]:
    """A disk of a size, in memory."""
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder],  # noqa: S607
        capture_output=True,
        check=False,
    )
    if mounted.returncode != 0:
        pytest.skip("a disk can be mounted by root alone")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)  # noqa: S607


@contextmanager
def database_on(place: Path, dsn: str) -> Iterator[str]:
    """A database whose files lie in a place of this machine."""
    os.chown(place, embedded._runner(), -1)
    name, space = f"{name_of(dsn)}_full", f"space_of_{name_of(dsn)}"
    with psycopg.connect(make_conninfo(dsn, dbname="postgres"), autocommit=True) as server:
        server.execute(f"CREATE TABLESPACE {space} LOCATION {sql.quote(str(place))}")
        server.execute(f"CREATE DATABASE {name} TEMPLATE template0 TABLESPACE {space}")
        try:
            yield make_conninfo(dsn, dbname=name)
        finally:
            server.execute(f"DROP DATABASE {name} (FORCE)")
            server.execute(f"DROP TABLESPACE {space}")


def test_a_full_disk(source_db: str, short_folder: Path, tmp_path: Path) -> None:
    """The error says what to do, the target is marked, and with more room the same run succeeds.

    The target has a server of its own: whatever makes a server write its changed pages, a database
    that another test creates for instance, fails while one of its disks is full.
    """
    run(source_db, *FILLING)
    with (
        disk(short_folder / "disk", SMALL_DISK) as place,
        running(tmp_path / "server") as server,
        database_on(place, server.dsn()) as target,
    ):
        with pytest.raises(PrivaciError) as caught:
            copy_database(source_db, target, HASHED, KEYS)
        message = str(caught.value)
        assert "public.t" in message
        assert "SQLSTATE 53100" in message
        assert "Make room" in message
        assert "secret" not in message
        make_room_for_a_session(place)
        with psycopg.connect(target) as connection:
            marked = "SELECT to_regclass('_privaci.unfinished') IS NOT NULL"
            assert connection.execute(marked).fetchone() == (True,)
            assert connection.execute(OTHER_SESSIONS).fetchone() == (0,)
        resize(place, LARGE_DISK)
        again = HASHED.model_copy(update={"on_existing_data": "drop_create"})
        assert copy_database(source_db, target, again, KEYS).tables["public.t"].rows == 250_000
        assert data_differences(source_db, target, frozenset({"public.t.who"})) == []


def make_room_for_a_session(place: Path) -> None:
    """Give a full disk the little that a new session needs.

    A session writes the file pg_internal.init if it is missing, and a vacuum of the catalogs, by
    autovacuum too, removes it. It is removed here so that the rare case is the usual one.
    """
    for cached in place.rglob("pg_internal.init"):
        cached.unlink()
    resize(place, ROOM_FOR_A_SESSION)


def resize(place: Path, size: str) -> None:
    """Give a mounted disk another size."""
    subprocess.run(["mount", "-o", f"remount,size={size}", place], check=True)  # noqa: S607
