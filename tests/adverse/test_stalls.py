"""A process of a server that is stopped: waited for as long as it may be a pause, no longer."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import psycopg
import pytest
from builders.copies import KEYS
from psycopg import sql
from substrate.databases import run
from substrate.judge import data_differences

from privaci_core.errors import CopyError
from privaci_core.policy import parse_policy
from privaci_core.postgres import silence
from privaci_core.postgres.driver_errors import SilentServerError
from privaci_core.postgres.session import source_session
from privaci_core.refresh.steps import copy_database
from privaci_core.stream import copy_table, read, read_ahead
from privaci_core.stream.read import read_blocks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

pytestmark = pytest.mark.postgres

# More than the buffers of a socket hold.
ROWS = (
    "CREATE TABLE t (id int, body text)",
    "INSERT INTO t SELECT n, repeat(md5(n::text), 300) FROM generate_series(1, 2000) AS n",
)
NOTHING = parse_policy('version: "1.0"\nauto_detect: false\n')
SECONDS = 1.0


@contextmanager
def stopped(connection: psycopg.Connection[object], seconds: float | None = None) -> Iterator[None]:
    """Stop the process that serves a session, for some seconds or until the end."""
    pid = connection.info.backend_pid
    try:
        os.kill(pid, signal.SIGSTOP)
    except (PermissionError, ProcessLookupError):
        pytest.skip("the server's processes are those of another user or machine")
    waking = threading.Timer(seconds or 0, os.kill, (pid, signal.SIGCONT))
    if seconds:
        waking.start()
    try:
        yield
    finally:
        waking.cancel()
        os.kill(pid, signal.SIGCONT)


def be_impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on a server is given up after a second: what went before may have taken longer."""
    monkeypatch.setattr(silence, "SILENT_SECONDS", SECONDS)


def test_a_source_that_is_stopped_for_ever_is_given_up(
    source_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No cancel request reaches it, and keepalives are answered by its kernel."""
    run(source_db, *ROWS)
    with source_session(source_db) as source:
        blocks = read_blocks(source, sql.SQL("COPY public.t TO STDOUT"), 10)
        next(blocks)
        be_impatient(monkeypatch)
        with stopped(source), pytest.raises(SilentServerError, match="has not answered"):
            list(blocks)


@contextmanager
def target_stopped(
    monkeypatch: pytest.MonkeyPatch, target_db: str, seconds: float | None
) -> Iterator[None]:
    """Stop the process that takes the rows when the first ones are on their way."""
    up_to_the_last, done = copy_table._up_to_the_last, threading.Event()
    # Other tests of this server load rows, too.
    loaders = (
        "SELECT pid FROM pg_stat_activity WHERE query LIKE 'COPY%FROM STDIN%'"
        " AND state = 'active' AND datname = current_database()"
    )

    def stopping(pieces: Iterator[copy_table.Piece]) -> Iterable[copy_table.Buffer]:
        for buffer in up_to_the_last(pieces):
            yield buffer
            if not done.is_set():
                done.set()
                with psycopg.connect(target_db) as other:
                    ((pid,),) = other.execute(loaders).fetchall()
                os.kill(pid, signal.SIGSTOP)
                waking.args = (pid, signal.SIGCONT)  # type: ignore[attr-defined]
                if seconds:
                    waking.start()
                else:
                    be_impatient(monkeypatch)
                pids.append(pid)

    waking, pids = threading.Timer(seconds or 0, os.kill), list[int]()
    monkeypatch.setattr(copy_table, "_up_to_the_last", stopping)
    try:
        yield
    finally:
        waking.cancel()
        assert pids
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def test_a_target_that_is_stopped_for_ever_is_given_up(
    source_db: str, target_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run ends with the table and the server that did not answer."""
    run(source_db, *ROWS)
    with target_stopped(monkeypatch, target_db, None), pytest.raises(CopyError) as given_up:
        copy_database(source_db, target_db, NOTHING, KEYS)
    assert given_up.value.context == "Copying public.t into the target"
    assert "has not answered for" in given_up.value.cause
    assert "resume" in given_up.value.remediation


def test_a_pause_of_the_target_is_waited_for(
    source_db: str, target_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The copy is whole afterwards."""
    run(source_db, *ROWS)
    with target_stopped(monkeypatch, target_db, SECONDS):
        copy_database(source_db, target_db, NOTHING, KEYS)
    assert data_differences(source_db, target_db, frozenset()) == []


def test_an_error_is_not_held_up_by_a_source_that_is_stopped(
    source_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The thread that reads is ended although the source does not answer its cancel request."""
    monkeypatch.setattr(read_ahead, "STUCK_SECONDS", SECONDS)
    run(source_db, *ROWS)
    with source_session(source_db) as source:
        blocks = read.read_blocks(source, sql.SQL("COPY public.t TO STDOUT"), 10)
        ahead = read_ahead.read_ahead(blocks, source.cancel, lambda: silence.cut_off(source))
        next(ahead)
        with stopped(source), pytest.raises(KeyError):
            ahead.throw(KeyError())
