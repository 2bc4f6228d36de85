"""The embedded server: its users share it, and it stops after the last, even a killed one."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from substrate.processes import all_gone, processes_of

from privaci_core.errors import PreflightError
from privaci_core.postgres import embedded_places
from privaci_core.postgres.embedded import VERSIONS, reachable, running, server_binaries

pytestmark = pytest.mark.postgres

USER = """
import sys, time
from pathlib import Path
from privaci_core.postgres.embedded import running
with running(Path(sys.argv[1])) as server:
    print(server.folder, flush=True)
    time.sleep(60)
"""
PATIENCE = 15


def a_user(folder: Path) -> tuple[subprocess.Popen[str], Path]:
    """Another process that uses the server of a folder, and where that really stands."""
    process = subprocess.Popen(
        [sys.executable, "-c", USER, str(folder)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    place = Path(process.stdout.readline().strip())
    # A user that did not start names no folder, and every command line contains an empty one.
    assert place.is_absolute()
    return process, place


def end(process: subprocess.Popen[str], number: signal.Signals = signal.SIGKILL) -> None:
    """Kill a user and wait for it."""
    process.send_signal(number)
    process.communicate()


@pytest.mark.parametrize("version", VERSIONS)
def test_each_version_starts_with_its_own_programs(tmp_path: Path, version: int) -> None:
    """The version that was asked for answers, and pg_dump beside it is of the same."""
    with running(tmp_path, server_binaries(version)) as server:
        with psycopg.connect(server.dsn()) as connection:
            assert connection.info.server_version // 10000 == version
        said = subprocess.run(
            [server.binaries / "pg_dump", "--version"], capture_output=True, text=True, check=True
        )
        assert f" {version}." in said.stdout
    assert all_gone(server.folder, PATIENCE)


def test_users_share_a_server_and_the_last_one_ends_it(tmp_path: Path) -> None:
    """Two processes share a server; it runs until the second ends, though the first is killed."""
    first, place = a_user(tmp_path)
    with running(tmp_path) as server:
        assert server.folder == place
        end(first)
        with psycopg.connect(server.dsn()) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    assert all_gone(place, PATIENCE)


def test_a_killed_user_leaves_nothing_behind(tmp_path: Path) -> None:
    """Kill -9 of the only user ends server and supervisor; the data is still good."""
    user, place = a_user(tmp_path)
    assert processes_of(place)
    end(user)
    assert all_gone(place, PATIENCE)
    with running(tmp_path) as server, psycopg.connect(server.dsn()) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_killed_supervisor_takes_the_server_along(tmp_path: Path) -> None:
    """Even if the supervisor is killed no server is left, and the next user starts anew."""
    user, place = a_user(tmp_path)
    supervisor = next(
        process
        for process in processes_of(place)
        if "embedded_supervisor.py" in " ".join(process.cmdline())
    )
    supervisor.kill()
    end(user)
    assert all_gone(place, PATIENCE)
    with running(tmp_path) as server, psycopg.connect(server.dsn()) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_crashed_server_is_started_again(tmp_path: Path) -> None:
    """After kill -9 of everything, the stale files of the dead server do not stop the next."""
    user, place = a_user(tmp_path)
    for process in processes_of(place):
        process.kill()
    end(user)
    assert all_gone(place, PATIENCE)
    with running(tmp_path) as server, psycopg.connect(server.dsn()) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_long_path_and_a_closed_folder_do_not_matter(tmp_path: Path) -> None:
    """A server whose path is too long or closed to its user runs in another folder."""
    deep = tmp_path / ("x" * 60) / ("y" * 60)
    deep.mkdir(parents=True)
    tmp_path.chmod(0o700)
    with running(deep) as server, psycopg.connect(server.dsn()) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert tmp_path.stat().st_mode & 0o777 == 0o700


def test_urls_are_made_reachable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An embedded:// URL gives a database of its own; any other URL is handed back."""
    monkeypatch.setenv("PRIVACI_HOME", str(tmp_path))
    with reachable("embedded://lab/mice?version=18") as dsn, psycopg.connect(dsn) as connection:
        assert connection.info.dbname == "mice"
        assert connection.info.server_version // 10000 == 18
    with reachable("postgresql://elsewhere/x") as dsn:
        assert dsn == "postgresql://elsewhere/x"


def test_an_unknown_version_is_refused() -> None:
    """The versions that there are stand in the refusal."""
    with pytest.raises(PreflightError, match="16 and 18"):
        server_binaries(9)


def test_the_servers_log_holds_no_values(tmp_path: Path) -> None:
    """A failing row is not written into the server's log."""
    with running(tmp_path) as server, psycopg.connect(server.dsn(), autocommit=True) as connection:
        connection.execute("CREATE TABLE t (email text UNIQUE)")
        connection.execute("INSERT INTO t VALUES ('olga@example.test')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO t VALUES ('olga@example.test')")
        assert "olga" not in (server.folder / "server.log").read_text()


def test_what_stands_for_a_folder_goes_with_it(tmp_path: Path) -> None:
    """A server in a twin folder leaves nothing behind once its own folder is removed."""
    # Longer than a socket's path may be: such a server stands elsewhere.
    first, second = (tmp_path / name / ("long" * 25) for name in ("first", "second"))
    with running(first) as server:
        twin = server.folder
    assert twin != first
    assert all_gone(twin, PATIENCE)
    assert (twin / "data").exists()
    shutil.rmtree(first)
    with running(second) as server:
        assert not twin.exists()
        assert (server.folder / "data").exists()
    assert all_gone(server.folder, PATIENCE)


def test_a_place_that_another_process_removes_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was listed a moment before, and is gone when it is read."""
    gone = tmp_path / "gone" / embedded_places.STANDS_FOR
    monkeypatch.setattr(embedded_places.Path, "glob", lambda *_: iter([gone]))
    assert embedded_places._twin(tmp_path / "folder").is_dir()


@pytest.mark.parametrize("version", ["abc", "1.5", "-16", "٣"])
def test_a_version_that_is_no_number_is_refused_in_a_sentence(version: str) -> None:
    """The error shows how versions are written."""
    with (
        pytest.raises(PreflightError, match=r"\?version=16 or \?version=18"),
        reachable(f"embedded://lab/mice?version={version}"),
    ):
        pass
