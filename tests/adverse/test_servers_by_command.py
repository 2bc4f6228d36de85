"""Whole runs of the command line on standbys, through poolers, and with hardly a connection."""

from __future__ import annotations

import shutil
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from adverse.commands import BY_COMMAND, NOTHING, begun, ended
from postgres.test_surroundings import pooler
from psycopg.conninfo import make_conninfo
from stream.test_extremes import standby_of
from substrate.databases import run

from privaci_core.postgres.embedded import create_database, running

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.e2e, pytest.mark.slow, BY_COMMAND]

HASHES = f"{NOTHING}tables: {{public.t: {{columns: {{who: {{action: hash}}}}}}}}\n"
ROWS = (
    "CREATE TABLE t (id int PRIMARY KEY, who text)",
    "INSERT INTO t SELECT n, 'secret' || n FROM generate_series(1, 2000) AS n",
)


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """A folder whose sockets have names short enough for the kernel."""
    folder = Path(f"/tmp/privaci-pool-{time.monotonic_ns()}")  # noqa: S108
    folder.mkdir(mode=0o755)
    yield folder
    shutil.rmtree(folder)


def count_in(dsn: str) -> int:
    """How many rows the copy has."""
    with psycopg.connect(dsn) as target:
        ((count,),) = target.execute("SELECT count(*) FROM t").fetchall()
    return int(str(count))


def test_a_pooler_of_sessions_on_both_sides(
    source_db: str, target_db: str, short_folder: Path, tmp_path: Path
) -> None:
    """First and second run; two connections to the server are enough for each side."""
    run(source_db, *ROWS)
    with ExitStack() as stack:
        ends = []
        for side, dsn in (("source", source_db), ("target", target_db)):
            place = pooler(dsn, "session", short_folder / side, size=2)
            host, port = stack.enter_context(place)
            ends.append(make_conninfo(dsn, host=host, port=port))
        for _ in range(2):
            assert ended(begun(tmp_path, *ends, HASHES)) == (0, "")
    assert count_in(target_db) == 2000


@pytest.mark.parametrize("side", ["source", "target"])
def test_a_pooler_of_transactions_is_refused(
    source_db: str, target_db: str, short_folder: Path, tmp_path: Path, side: str
) -> None:
    """With what to do, before anything is written."""
    run(source_db, *ROWS)
    ends = {"source": source_db, "target": target_db}
    with pooler(ends[side], "transaction", short_folder / "pool") as (host, port):
        ends[side] = make_conninfo(ends[side], host=host, port=port)
        code, errors = ended(begun(tmp_path, ends["source"], ends["target"], HASHES))
    assert code == 2
    assert "pool_mode = session" in errors


def test_two_connections_on_each_side_are_enough(
    tmp_path: Path,
) -> None:
    """All others of a server's are taken; one is too few, which is told."""
    with running(tmp_path / "few") as server:
        create_database(server, "a")
        create_database(server, "b")
        run(server.dsn("a"), *ROWS, "CREATE ROLE few LOGIN SUPERUSER")
        few = make_conninfo(server.dsn("a"), user="few")
        target = make_conninfo(server.dsn("b"), user="few2")
        run(server.dsn(), "CREATE ROLE few2 LOGIN SUPERUSER")
        with ExitStack() as stack:
            # All but four of the server's connections are taken; three are a superuser's own.
            free = 4
            with psycopg.connect(server.dsn()) as asking:
                ((most,),) = asking.execute(
                    "SELECT current_setting('max_connections')::int"
                ).fetchall()
            for _ in range(int(str(most)) - free):
                stack.enter_context(psycopg.connect(server.dsn()))
            code, errors = ended(begun(tmp_path, few, target, HASHES))
            assert (code, errors) == (0, ""), errors
            for _ in range(3):
                stack.enter_context(psycopg.connect(server.dsn()))
            code, errors = ended(begun(tmp_path, few, target, HASHES))
        assert code == 2
        assert "max_connections" in errors
        assert count_in(server.dsn("b")) == 2000


@pytest.mark.parametrize("feedback", ["on", "off"])
def test_a_standby_that_replays_a_vacuum(target_db: str, tmp_path: Path, feedback: str) -> None:
    """With feedback the copy is whole; without it, whole too or ended with what to set."""
    with running(tmp_path / "primary") as primary:
        create_database(primary, "shop")
        run(
            primary.dsn("shop"),
            "CREATE TABLE t (id int PRIMARY KEY, who text) WITH (autovacuum_enabled = off)",
            "INSERT INTO t SELECT n, repeat('secret', 300) FROM generate_series(1, 20000) AS n",
        )
        with standby_of(primary, tmp_path / "standby") as standby:
            run(
                standby.dsn(),
                "ALTER SYSTEM SET max_standby_streaming_delay = '200ms'",
                f"ALTER SYSTEM SET hot_standby_feedback = {feedback}",
                "ALTER SYSTEM SET wal_receiver_status_interval = '1s'",
                "SELECT pg_reload_conf()",
            )
            time.sleep(3)
            done = threading.Event()

            def churn() -> None:
                while not done.is_set():
                    run(
                        primary.dsn("shop"),
                        "UPDATE t SET who = who WHERE id % 50 = 0",
                        "VACUUM (TRUNCATE off) t",
                    )

            thread = threading.Thread(target=churn)
            thread.start()
            try:
                code, errors = ended(begun(tmp_path, standby.dsn("shop"), target_db, HASHES))
            finally:
                done.set()
                thread.join()
    if feedback == "on" or code == 0:
        assert (code, errors) == (0, "")
        assert count_in(target_db) == 20_000
    else:
        assert "hot_standby_feedback" in errors
