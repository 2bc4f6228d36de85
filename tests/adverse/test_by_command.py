"""Whole runs of the command line while others write, change and stop what it reads and writes."""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psutil
import psycopg
import pytest
from adverse.commands import BY_COMMAND, begun, ended, killed_at_last, session_that
from substrate.databases import run

from privaci_core.postgres.embedded import running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.e2e, pytest.mark.slow, BY_COMMAND]

ROWS = (
    "CREATE TABLE account (id int PRIMARY KEY, balance int)",
    "INSERT INTO account SELECT n, 0 FROM generate_series(1, 1000) AS n",
    "CREATE TABLE entry (id serial PRIMARY KEY, account int REFERENCES account, amount int)",
    "CREATE TABLE large (id int, body text)",
    "INSERT INTO large SELECT n, repeat(md5(n::text), 300) FROM generate_series(1, 3000) AS n",
)
PAIR = """
WITH one AS (SELECT 1 + (random() * 999)::int AS id), added AS (
    INSERT INTO entry (account, amount) SELECT id, 7 FROM one RETURNING account)
UPDATE account SET balance = balance + 7 FROM added WHERE account.id = added.account
"""
# Every entry was written with its balance, so one snapshot has equal sums.
SUMS = "SELECT (SELECT sum(balance) FROM account), (SELECT sum(amount) FROM entry)"
COPYING = "query LIKE 'COPY%large%' AND state = 'active'"


@contextmanager
def written_to(dsn: str, statement: str) -> Iterator[list[int]]:
    """Run a statement again and again in a session of its own, and count."""
    done, count = threading.Event(), [0]

    def write() -> None:
        with psycopg.connect(dsn, autocommit=True) as session:
            while not done.is_set():
                session.execute(statement)  # type: ignore[call-overload]
                count[0] += 1

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield count
    finally:
        done.set()
        thread.join()


def test_rows_are_written_throughout_a_run(source_db: str, target_db: str, tmp_path: Path) -> None:
    """The copy is one snapshot: what two tables say together is true."""
    run(source_db, *ROWS)
    with written_to(source_db, PAIR) as count:
        code, errors = ended(begun(tmp_path, source_db, target_db))
    assert (code, errors) == (0, "")
    assert count[0] > 100
    with psycopg.connect(target_db) as target:
        balances, amounts = target.execute(SUMS).fetchone() or (None, None)
    assert balances == amounts
    assert balances is not None


def test_schema_changes_wait_for_the_run(source_db: str, target_db: str, tmp_path: Path) -> None:
    """TRUNCATE and DDL that begin while rows are copied are done after it; the copy has all."""
    run(source_db, *ROWS)
    with killed_at_last(begun(tmp_path, source_db, target_db)) as process:
        session_that(source_db, "query LIKE 'COPY%'")
        changes = [
            threading.Thread(target=run, args=(source_db, statement))
            for statement in (
                "TRUNCATE large",
                "ALTER TABLE account ADD column later int",
                "CREATE TABLE new (id int)",
            )
        ]
        for change in changes:
            change.start()
        code, errors = ended(process)
        for change in changes:
            change.join()
    assert (code, errors) == (0, "")
    with psycopg.connect(target_db) as target, psycopg.connect(source_db) as source:
        assert target.execute("SELECT count(*) FROM large").fetchone() == (3000,)
        assert source.execute("SELECT count(*) FROM large").fetchone() == (0,)


def test_changes_before_each_run_end_whole_or_in_a_sentence(
    source_db: str, target_db: str, tmp_path: Path
) -> None:
    """Tables come and go without a pause; no run ends in a traceback or with half a table."""
    run(source_db, *ROWS)
    change = (
        "DROP TABLE IF EXISTS brief; CREATE TABLE brief AS SELECT n FROM generate_series(1, 9) n"
    )
    with written_to(source_db, change):
        code, errors = ended(begun(tmp_path, source_db, target_db))
    assert code == 0 or "Remediation: " in errors
    if code == 0:
        with psycopg.connect(target_db) as target:
            found = target.execute("SELECT count(*) FROM pg_class WHERE relname = 'brief'")
            if found.fetchone() == (1,):
                assert target.execute("SELECT count(*) FROM brief").fetchone() == (9,)


@pytest.mark.parametrize("side", ["source", "target"])
def test_a_pause_of_a_minute_is_waited_for(
    source_db: str, target_db: str, tmp_path: Path, side: str
) -> None:
    """Of the process that sends rows, and of the one that takes them."""
    run(source_db, *ROWS)
    with killed_at_last(begun(tmp_path, source_db, target_db)) as process:
        pid = session_that(source_db if side == "source" else target_db, COPYING)
        os.kill(pid, signal.SIGSTOP)
        try:
            time.sleep(60)
            assert process.poll() is None
        finally:
            os.kill(pid, signal.SIGCONT)
        assert ended(process) == (0, "")
    with psycopg.connect(target_db) as target:
        assert target.execute("SELECT count(*) FROM large").fetchone() == (3000,)


@pytest.mark.parametrize("side", ["source", "target"])
def test_a_server_that_stops_for_ever_is_given_up(
    source_db: str, target_db: str, tmp_path: Path, side: str
) -> None:
    """In a sentence; that it takes half an hour is shortened here."""
    run(source_db, *ROWS)
    impatient = "from privaci_core.postgres import silence; silence.SILENT_SECONDS = 5"
    with killed_at_last(begun(tmp_path, source_db, target_db, prelude=impatient)) as process:
        pid = session_that(source_db if side == "source" else target_db, COPYING)
        os.kill(pid, signal.SIGSTOP)
        try:
            code, errors = ended(process)
        finally:
            os.kill(pid, signal.SIGCONT)
    assert code == 1
    assert "has not answered for" in errors
    assert f"the process {pid} of " in errors


def test_a_server_that_freezes_in_the_middle_of_an_index_is_given_up(
    source_db: str, tmp_path: Path
) -> None:
    """As a whole, as `docker pause` freezes it; its half hour is shortened here."""
    run(
        source_db,
        "CREATE FUNCTION slow(int) RETURNS int IMMUTABLE LANGUAGE sql"
        " AS 'SELECT $1 FROM pg_catalog.pg_sleep(5)'",
        "CREATE TABLE t (id int)",
        "CREATE INDEX ON t (public.slow(id))",
        "INSERT INTO t VALUES (1)",
    )
    impatient = (
        "from privaci_core.postgres import silence, statements\n"
        "silence.SILENT_SECONDS, statements.ANSWER_SECONDS = 5, 2"
    )
    with running(tmp_path / "target") as server:
        target = server.dsn("postgres")
        with killed_at_last(begun(tmp_path, source_db, target, prelude=impatient)) as process:
            pid = session_that(target, "query LIKE '%CREATE INDEX%' AND state = 'active'")
            postmaster = psutil.Process(pid).parent()
            assert postmaster is not None
            frozen = [postmaster, *postmaster.children(recursive=True)]
            for each in frozen:
                each.suspend()
            try:
                code, errors = ended(process)
            finally:
                for each in frozen:
                    each.resume()
    assert code == 1
    assert "does not answer; it is given up" in errors
    assert "Completing the target" in errors
    assert "has not answered for" in errors
