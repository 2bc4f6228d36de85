"""Chunks of large tables, loaded side by side by threads and by processes of their own."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import psycopg
import pytest
from substrate.databases import Databases, cloned
from substrate.judge import differences

from privaci_core.errors import CopyError, PrivaciError
from privaci_core.loading import streams
from privaci_core.loading.copy import Options
from privaci_core.loading.streams import MOST_THREADS, cut, load_chunks_of
from privaci_core.loading.worker import Ready, Task
from privaci_core.loading.workers import started
from privaci_core.masks import Keys
from privaci_core.plan.chunks import whole
from privaci_core.policy import parse_policy
from privaci_core.postgres.dsn import is_local
from privaci_core.postgres.unexpected import HOME
from privaci_core.refresh.open import opened
from privaci_core.refresh.steps import copy_database, create_target

pytestmark = pytest.mark.postgres

KEYS = Keys.of(b"a salt of the test suite, long enough")
NOTHING = 'version: "1.0"\nauto_detect: false\n'
MASKED = NOTHING + "tables: {public.t: {columns: {who: {action: fake, provider: email}}}}\n"
SECONDS_TO_GO = 5
ROWS = """
CREATE TABLE t (id text, part int, who text, filler text, PRIMARY KEY (part, id));
INSERT INTO t SELECT md5(n::text), n % 7, 'secret' || n || '@org.example', repeat('x', 200)
FROM generate_series(1, 20000) AS n;
CREATE TABLE small (id int PRIMARY KEY); INSERT INTO small VALUES (1);
"""


@pytest.fixture(autouse=True)
def everything_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two streams of tiny chunks, whatever this machine has."""
    monkeypatch.setattr(streams, "WORTH_WORKERS_BYTES", 1 << 20)
    monkeypatch.setattr(streams, "CORES", 4)


def filled(dsn: str) -> None:
    """A table of some chunks."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(ROWS)


@pytest.mark.parametrize("policy", [NOTHING, MASKED], ids=["unmasked", "masked"])
def test_chunks_make_up_the_table(policy: str, every_server: Databases) -> None:
    """By blocks where the server reads ranges of them, with and without masks: each row once."""
    with cloned(every_server) as source, cloned(every_server) as target:
        filled(source)
        report = copy_database(source, target, parse_policy(policy), KEYS)
        assert report.tables["public.t"].rows == 20_000
        masked = frozenset({"public.t.who"}) if policy is MASKED else frozenset[str]()
        assert differences(source, target, masked=masked) == []


def test_key_ranges_make_up_the_table(
    source_db: str, target_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that reads no range of blocks is cut by the key."""
    monkeypatch.setattr(streams, "TID_RANGE_SCAN", 10**9)
    filled(source_db)
    assert (
        copy_database(source_db, target_db, parse_policy(MASKED), KEYS).tables["public.t"].rows
        == 20_000
    )
    assert differences(source_db, target_db, masked=frozenset({"public.t.who"})) == []


def test_a_worker_that_is_killed_ends_the_copy_and_leaves_the_mark(
    source_db: str, target_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error names the table; no worker and no session of one is left behind."""
    filled(source_db)
    real = streams.load_chunks

    def killed(workers: object, tasks: object, _before_commit: object) -> object:
        def kill(_task: Task, _ready: Ready) -> None:
            for group in _children():
                os.killpg(group, signal.SIGKILL)

        return real(workers, tasks, kill)  # type: ignore[arg-type]

    monkeypatch.setattr(streams, "load_chunks", killed)
    with pytest.raises(CopyError, match="worker process"):
        copy_database(source_db, target_db, parse_policy(MASKED), KEYS)
    assert _children() == []
    with psycopg.connect(target_db) as target:
        assert target.execute("SELECT count(*) FROM _privaci.unfinished").fetchone() == (1,)


def _children() -> list[int]:
    """The process groups of worker processes that this process started."""
    ours = (entry for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return [int(entry.name) for entry in ours if _is_worker_of_ours(entry)]


def _started_children(expected: int) -> int:
    """How many workers there are; a new process has no command line for a moment."""
    until = time.monotonic() + SECONDS_TO_GO
    while (found := len(_children())) != expected and time.monotonic() < until:
        time.sleep(0.05)
    return found


def _is_worker_of_ours(process: Path) -> bool:
    try:
        state, parent = (process / "stat").read_text().rsplit(")", 1)[1].split()[:2]
        alive = int(parent) == os.getpid() and state != "Z"
        return alive and b"privaci_core.loading.worker" in (process / "cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_the_parent_raises_a_worker_s_error(source_db: str, target_db: str) -> None:
    """With its context, and without a value of the row."""
    filled(source_db)
    with psycopg.connect(source_db, autocommit=True) as source:
        source.execute(
            "CREATE FUNCTION odd(text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN"
            " RAISE EXCEPTION 'the value %', $1; END $$"
        )
    with pytest.raises(PrivaciError) as caught:
        copy_database(
            source_db,
            target_db,
            parse_policy(NOTHING + "tables: {public.t: {where: public.odd(who) IS NULL}}\n"),
            KEYS,
        )
    assert "public.t" in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("dsn", "local"),
    [
        ("postgresql:///shop", True),
        ("host=/tmp dbname=shop", True),
        ("postgresql://localhost/shop", True),
        ("host=db.example.test hostaddr=127.0.0.1", True),
        ("postgresql://db.example.test/shop", False),
        ("postgresql://10.1.2.3/shop", False),
    ],
)
def test_a_server_beside_us_shares_our_cores(dsn: str, *, local: bool) -> None:
    """A socket or a loopback address."""
    assert is_local(dsn) is local


def _sessions_of_ours(dsn: str, most: int) -> int:
    """How many sessions of ours a server has; one that pg_dump has just closed takes a moment."""
    counted = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND application_name = 'privaci'"
    )
    until = time.monotonic() + SECONDS_TO_GO
    with psycopg.connect(dsn, autocommit=True) as source:
        while (
            found := (source.execute(counted).fetchone() or (0,))[0]
        ) > most and time.monotonic() < until:
            time.sleep(0.05)
    return int(found)


@pytest.mark.parametrize(("connections", "workers"), [(None, 4), (9, 4), (3, 2), (2, 0)])
def test_a_cap_on_connections_is_kept(
    source_db: str, target_db: str, connections: int | None, workers: int
) -> None:
    """One connection holds the snapshot, and each worker has one: slots of production are few."""
    filled(source_db)
    options = Options(connections=connections)
    with opened(source_db, target_db, parse_policy(MASKED), KEYS, options) as refresh:
        copy, opens = refresh.copy, refresh.connections
        assert len(opens.workers) == workers
        create_target(copy, opens.source, refresh.earlier)
        # Each but two threads is this process's own child: nothing that runs threads was forked.
        processes = max(0, workers - MOST_THREADS)
        assert _started_children(processes) == processes
        readers = []

        def count(_task: Task, _ready: Ready) -> None:
            readers.append(_sessions_of_ours(source_db, connections or 5))

        (table,) = (table for table in copy.plan.tables if table.relation == "t")
        tasks = [Task(table=table, chunk=chunk) for chunk in cut(copy, opens, table)]
        list(load_chunks_of(copy.ends, opens, tasks, count))
    assert max(readers) <= (connections or 5)


@pytest.mark.parametrize("in_threads", [0, 1], ids=["process", "thread"])
def test_an_unexpected_error_of_a_worker_is_told_by_its_parent(
    tmp_path: Path, in_threads: int
) -> None:
    """As a sentence with a reference; its lines are in the folder that the parent named."""
    before = HOME.set(str(tmp_path))
    try:
        with started(1, "Olga Unseen", in_threads) as (worker,):  # type: ignore[arg-type]
            worker.send("no batch")
            failed = worker.recv()
    finally:
        HOME.reset(before)
    (path,) = (tmp_path / "unexpected").iterdir()
    assert "an unexpected AttributeError, reference" in str(failed.error)
    assert str(path) in str(failed.error)
    assert "Olga Unseen" not in str(failed.error) + path.read_text()


def test_a_busy_thread_is_ended_with_its_sessions(source_db: str, target_db: str) -> None:
    """It waits for a lock that nobody gives: its sessions are cut off, and it holds nobody up."""
    filled(source_db)
    with opened(source_db, target_db, parse_policy(MASKED), KEYS) as refresh:
        create_target(refresh.copy, refresh.connections.source, refresh.earlier)
        ends = refresh.copy.ends
        (table,) = (table for table in refresh.copy.plan.tables if table.relation == "t")
        batch = tuple(Task(table=table, chunk=chunk) for chunk in whole())
        others = _worker_threads()
        with psycopg.connect(target_db) as holder:
            holder.execute("LOCK TABLE t IN ACCESS EXCLUSIVE MODE")
            with started(1, ends, 1) as (worker,):
                worker.send(batch)
                _wait_for_a_waiting_lock(target_db)
            assert _worker_threads() == others


def _worker_threads() -> int:
    """How many workers are threads of this process."""
    return sum(thread.name == "privaci-worker" for thread in threading.enumerate())


def _wait_for_a_waiting_lock(dsn: str) -> None:
    """Until a session waits for a lock."""
    until = time.monotonic() + SECONDS_TO_GO
    with psycopg.connect(dsn, autocommit=True) as connection:
        asked = "SELECT count(*) FROM pg_locks WHERE NOT granted"
        while connection.execute(asked).fetchone() == (0,):
            assert time.monotonic() < until, "no session waits"
            time.sleep(0.05)
