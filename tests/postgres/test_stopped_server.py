"""Statements at a server that is stopped as a whole, as `docker pause` does, or that takes long."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psutil
import pytest
from psycopg.conninfo import make_conninfo
from substrate.databases import run

from privaci_core.errors import CopyError, PreflightError
from privaci_core.postgres import silence, statements
from privaci_core.postgres.driver_errors import SilentServerError, driver_errors
from privaci_core.postgres.embedded import create_database, running
from privaci_core.postgres.session import connect, session

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import psycopg

pytestmark = pytest.mark.postgres

SECONDS = 1.0


@pytest.fixture(scope="module")
def dsn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A database of a server that a test may stop."""
    with running(tmp_path_factory.mktemp("stopped")) as server:
        create_database(server, "a")
        yield server.dsn("a")


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server is given up after a second without an answer."""
    monkeypatch.setattr(silence, "SILENT_SECONDS", SECONDS)


@pytest.fixture
def curt(monkeypatch: pytest.MonkeyPatch) -> None:
    """A new session is to be there after the shortest time that libpq knows."""
    monkeypatch.setattr(statements, "ANSWER_SECONDS", 2)


def processes_of(connection: psycopg.Connection[object]) -> list[psutil.Process]:
    """Every process of a session's server."""
    postmaster = psutil.Process(connection.info.backend_pid).parent()
    assert postmaster is not None
    return [postmaster, *postmaster.children(recursive=True)]


@contextmanager
def stopped(processes: Sequence[psutil.Process]) -> Iterator[None]:
    """Stop processes for a while."""
    for process in processes:
        process.suspend()
    try:
        yield
    finally:
        for process in processes:
            process.resume()


@pytest.mark.usefixtures("impatient", "curt")
@pytest.mark.parametrize("statement", ["SELECT 1", "CREATE TABLE t (id int)"])
def test_a_stopped_server_is_given_up(
    dsn: str, statement: str, caplog: pytest.LogCaptureFixture
) -> None:
    """In the middle of any statement; the log says so before."""
    connection = connect(dsn)
    with (
        stopped(processes_of(connection)),
        pytest.raises(SilentServerError, match="has not answered for"),
    ):
        connection.execute(statement)
    connection.close()
    (said,) = {record.getMessage() for record in caplog.records if record.levelname == "WARNING"}
    assert "does not answer" in said


@pytest.mark.usefixtures("impatient")
def test_a_long_statement_is_waited_for(dsn: str) -> None:
    """A server that answers others is at work, for however long."""
    with session(dsn) as connection:
        found = connection.execute("SELECT 1 FROM pg_sleep(%s)", [3 * SECONDS]).fetchone()
    assert found == (1,)


@pytest.mark.usefixtures("impatient")
def test_a_server_without_a_free_connection_answers(dsn: str) -> None:
    """A refusal is an answer, too."""
    run(dsn, "CREATE ROLE reader LOGIN CONNECTION LIMIT 1")
    with session(make_conninfo(dsn, user="reader")) as connection:
        found = connection.execute("SELECT 1 FROM pg_sleep(%s)", [3 * SECONDS]).fetchone()
    assert found == (1,)


def test_a_pause_is_waited_for(dsn: str) -> None:
    """A statement ends well if its server goes on in time."""
    with session(dsn) as connection:
        processes = processes_of(connection)
        waking = threading.Timer(SECONDS, lambda: [process.resume() for process in processes])
        with stopped(processes):
            waking.start()
            assert connection.execute("SELECT 1").fetchone() == (1,)
        waking.join()


def test_the_limit_may_be_set(dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """PRIVACI_SILENT_MINUTES is a number of minutes; another value ends the run at once."""
    monkeypatch.setenv("PRIVACI_SILENT_MINUTES", "90")
    assert silence.silent_seconds() == 90 * 60
    monkeypatch.setenv("PRIVACI_SILENT_MINUTES", "soon")
    with pytest.raises(PreflightError, match="PRIVACI_SILENT_MINUTES"):
        connect(dsn)


@pytest.mark.usefixtures("impatient", "curt")
def test_the_step_is_named(dsn: str) -> None:
    """The error of a step says which process of which server, and what to do."""
    connection = connect(dsn)
    pid = connection.info.backend_pid
    with (
        stopped(processes_of(connection)),
        pytest.raises(CopyError, match=f"process {pid} of ") as told,
        driver_errors("Creating an index"),
    ):
        connection.execute("SELECT 1")
    connection.close()
    assert "resume" in str(told.value)
