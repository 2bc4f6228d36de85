"""The lock of a target: shared within a run, exclusive between runs, released with its session."""

from __future__ import annotations

import platform
import re
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from substrate.databases import name_of

from privaci_core.errors import CopyError, PreflightError
from privaci_core.postgres.session import LOADER
from privaci_core.target.advisory_lock import GUARD, KEY, locked_target, number_of, outside_key

if TYPE_CHECKING:
    from collections.abc import Iterator


def locks_in(dsn: str) -> set[tuple[int, int]]:
    """The advisory locks of ours that sessions hold in a database."""
    query = """
    SELECT classid::bigint, objid::bigint FROM pg_locks
    WHERE locktype = 'advisory' AND granted
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    """
    with psycopg.connect(dsn, autocommit=True) as connection:
        return {(key, number) for key, number in connection.execute(query)}


def wait_until_free(dsn: str) -> None:
    """Nothing is locked once the server has noticed that the session is gone."""
    for _ in range(600):
        if not locks_in(dsn):
            return
        time.sleep(0.05)
    pytest.fail("a lock outlives its session")


@pytest.fixture
def maintenance(target_db: str) -> str:
    """The database beside all targets, where the lock of a swap is held."""
    return make_conninfo(target_db, dbname="postgres")


@pytest.fixture
def loader(target_db: str) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """A loading session in the target, of a run that is dead."""
    dsn = make_conninfo(target_db, application_name=LOADER)
    with psycopg.connect(dsn, autocommit=True) as connection:
        yield connection


@pytest.mark.unit
def test_the_numbers_of_locks_are_those_of_earlier_versions() -> None:
    """Two versions must refuse each other: a changed number would let both write."""
    assert (KEY, GUARD) == (1886546294, 1)
    assert number_of("a run") == 918207878
    assert outside_key("shop") == KEY ^ number_of("shop")


@pytest.mark.unit
def test_no_run_has_the_guards_number() -> None:
    """Each is positive, fits a signed integer of 32 bits, and differs from the guard's."""
    numbers = {number_of(f"run {n}") for n in range(2000)}
    assert all(0 < number < 2**31 for number in numbers)
    assert GUARD not in numbers
    assert len(numbers) > 1900


@pytest.mark.postgres
def test_a_lock_lasts_as_long_as_its_session(target_db: str) -> None:
    """Taken inside, the guard is free again; afterwards nothing is left."""
    with locked_target(target_db, beside=None, run="a run"):
        assert locks_in(target_db) == {(KEY, number_of("a run"))}
    wait_until_free(target_db)


@pytest.mark.postgres
def test_a_second_refresh_fails_at_once(target_db: str) -> None:
    """Its error names the process that holds the lock, and the guard is free again."""
    with locked_target(target_db, beside=None, run="a run") as hold:
        with (
            pytest.raises(PreflightError) as caught,
            locked_target(target_db, beside=None, run="another run"),
        ):
            pytest.fail("two runs hold one target")
        said = str(caught.value)
        assert f"process {hold.inside.info.backend_pid} of the server" in said
        assert name_of(target_db) in said
        assert re.search(r"since \d{4}-\d\d-\d\d", said)
        assert locks_in(target_db) == {(KEY, number_of("a run"))}
    with locked_target(target_db, beside=None, run="another run"):
        assert locks_in(target_db) == {(KEY, number_of("another run"))}


@pytest.mark.postgres
def test_processes_of_one_run_share_its_lock(target_db: str) -> None:
    """The lock is held until the last of them ends."""
    with locked_target(target_db, beside=None, run="a run"):
        with locked_target(target_db, beside=None, run="a run"):
            pass
        assert locks_in(target_db) == {(KEY, number_of("a run"))}


@pytest.mark.postgres
def test_runs_of_one_backfill_share_its_lock(target_db: str) -> None:
    """Each is a run of its own, and they load slices of one refresh at the same time."""
    with (
        locked_target(target_db, beside=None, run="a run", shared_by="a backfill"),
        locked_target(target_db, beside=None, run="another run", shared_by="a backfill"),
    ):
        assert locks_in(target_db) == {(KEY, number_of("a backfill"))}
        with (
            pytest.raises(PreflightError),
            locked_target(target_db, beside=None, run="a third run"),
        ):
            pytest.fail("a run outside the backfill holds its target")


@pytest.mark.postgres
def test_a_refused_run_learns_which_run_on_which_machine_holds_the_lock(target_db: str) -> None:
    """A person can look the run up, and log in to the machine."""
    with (
        locked_target(target_db, beside=None, run="1a2b3c4d-5e6f"),
        pytest.raises(PreflightError) as caught,
        locked_target(target_db, beside=None, run="another run"),
    ):
        pytest.fail("two runs hold one target")
    assert f"run 1a2b3c4d on {platform.node()}" in str(caught.value)


@pytest.mark.postgres
def test_loading_is_shared_and_other_steps_are_alone(target_db: str) -> None:
    """Two processes load side by side; neither creates, completes or publishes meanwhile."""
    with (
        locked_target(target_db, beside=None, run="a run") as one,
        locked_target(target_db, beside=None, run="a run") as two,
    ):
        with one.loading("Loading"), two.loading("Loading"):
            pass
        with one.loading("Loading"), pytest.raises(CopyError) as caught, two.alone("Completing"):
            pytest.fail("keys are built while rows are loaded")
        assert "another process of this refresh is at work" in str(caught.value)
        with one.alone("Completing"), pytest.raises(CopyError), two.loading("Loading"):
            pytest.fail("rows are loaded while keys are built")
        with one.alone("Creating"), pytest.raises(CopyError), two.alone("Creating"):
            pytest.fail("two processes create the tables")
        with two.alone("Publishing"):
            pass


@pytest.mark.postgres
def test_a_lock_that_is_gone_with_its_database_ends_a_step_in_peace(target_db: str) -> None:
    """A swap renames the target while it is published, which needs the inner session closed."""
    with locked_target(target_db, beside=target_db, run="a run") as hold:
        with hold.alone("Publishing"):
            hold.close_inner()
        assert hold.inside.closed


@pytest.mark.postgres
@pytest.mark.parametrize("beside", [False, True])
def test_processes_share_a_lock_until_the_last_is_killed(target_db: str, beside: bool) -> None:  # noqa: FBT001 - a case
    """Two real processes of one backfill hold it together; killed, they hold nothing."""
    with _holder(target_db, "one", beside) as one, _holder(target_db, "two", beside) as two:
        for process in (one, two):
            with pytest.raises(PreflightError), _third(target_db, beside):
                pytest.fail("a third run holds the target")
            process.kill()
            process.wait()
    deadline = time.monotonic() + 60
    # The server notices a killed process when it next looks at its socket.
    while locks_in(target_db) and time.monotonic() < deadline:
        time.sleep(0.05)
    with _third(target_db, beside):
        pass


def _third(dsn: str, beside: bool) -> Any:  # noqa: FBT001 - a case
    return locked_target(dsn, beside=dsn if beside else None, run="three")


@contextmanager
def _holder(dsn: str, run: str, beside: bool) -> Iterator[subprocess.Popen[str]]:  # noqa: FBT001 - a case
    """A process of a backfill that holds the lock until it is killed."""
    code = (
        "import sys, time\n"
        "from privaci_core.target.advisory_lock import locked_target\n"
        "dsn, run, beside = sys.argv[1:]\n"
        "with locked_target(dsn, beside=beside or None, run=run, shared_by='a backfill'):\n"
        "    print('held', flush=True)\n"
        "    time.sleep(600)\n"
    )
    command = [sys.executable, "-c", code, dsn, run, dsn if beside else ""]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "held\n"
            yield process
        finally:
            process.kill()


@pytest.mark.postgres
def test_runs_without_a_name_exclude_each_other(target_db: str) -> None:
    """Each is a run of its own."""
    with (
        locked_target(target_db, beside=None),
        pytest.raises(PreflightError),
        locked_target(target_db, beside=None),
    ):
        pytest.fail("two runs hold one target")


@pytest.mark.postgres
def test_the_first_of_a_run_ends_dead_loaders(
    target_db: str, loader: psycopg.Connection[tuple[object, ...]]
) -> None:
    """Their lock is gone, so they belong to no run; a session of another name stays."""
    with (
        psycopg.connect(target_db, autocommit=True) as reader,
        locked_target(target_db, beside=None, run="a run"),
    ):
        with pytest.raises(psycopg.OperationalError):
            loader.execute("SELECT 1")
        assert reader.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.postgres
def test_the_second_of_a_run_leaves_its_loaders(target_db: str) -> None:
    """A loader that connects while the run holds its lock is the run's own."""
    dsn = make_conninfo(target_db, application_name=LOADER)
    with (
        locked_target(target_db, beside=None, run="a run"),
        psycopg.connect(dsn) as loader,
        locked_target(target_db, beside=None, run="a run"),
    ):
        assert loader.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.postgres
def test_a_swap_locks_outside_the_database_as_well(target_db: str, maintenance: str) -> None:
    """The target is renamed, which no session in it may prevent; the lock outside lasts."""
    outside = (outside_key(name_of(target_db)), number_of("a run"))
    with locked_target(target_db, beside=target_db, run="a run") as hold:
        assert (KEY, number_of("a run")) in locks_in(target_db)
        assert outside in locks_in(maintenance)
        hold.close_inner()
        assert hold.inside.closed
        wait_until_free(target_db)
        assert outside in locks_in(maintenance)
        with (
            pytest.raises(PreflightError),
            locked_target(target_db, beside=target_db, run="another run"),
        ):
            pytest.fail("two runs hold one target")
    assert outside not in locks_in(maintenance)


@pytest.mark.postgres
def test_a_swap_ends_dead_loaders_beside_the_target(target_db: str, source_db: str) -> None:
    """They are in the database that is loaded, not in the target."""
    beside = make_conninfo(source_db, application_name=LOADER)
    with (
        psycopg.connect(beside, autocommit=True) as loader,
        locked_target(target_db, beside=source_db, run="a run"),
        pytest.raises(psycopg.OperationalError),
    ):
        loader.execute("SELECT 1")
