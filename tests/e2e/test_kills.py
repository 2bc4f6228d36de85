"""A refresh that is killed, or loses a server, resumes: the target is as after a calm one."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import psycopg
import pytest
from substrate.judge import checksums, schema_of

from privaci_core.demo import POLICY, fill
from privaci_core.postgres.embedded import Server, create_database, running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

PRIVACI = Path(sys.executable).parent / "privaci"
# A few moments in every run of the suite; as many as a person wants to wait for by this variable.
KILLS = int(os.environ.get("PRIVACI_TEST_KILLS", "2"))
# Killed in turn: the run itself, or a session of a server, which ends all sessions with it.
VICTIMS = ("run", "target", "source")
NOTHING_TO_RESUME = 2
MANY = 10
# Ends a test that would wait for ever.
PATIENCE = 300


@dataclass
class Ends:
    """Two servers of their own, which may be killed, and what a calm refresh made of the source."""

    source: Server
    target: Server
    # What a calm refresh made: definitions, and every column's checksum.
    calm: tuple[set[str], dict[str, tuple[int, object]]]
    seconds: float

    @property
    def target_dsn(self) -> str:
        """The database that is refreshed under fire."""
        return self.target.dsn("copy")


def environment(home: Path, source: str, target: str) -> dict[str, str]:
    """What a run needs to know; its notes stay in a folder."""
    more = {"DAGSTER_HOME": str(home), "SOURCE_DB_URL": source, "TARGET_DB_URL": target}
    return {**os.environ, **more, "ANONYMIZATION_SALT": "the salt of the test suite, long enough"}


def privaci(
    command: str, environ: dict[str, str], policy: Path = POLICY
) -> subprocess.CompletedProcess[str]:
    """Run a subcommand on a policy, which is the demo's."""
    line = [PRIVACI, command, "--config", str(policy)]
    return subprocess.run(line, env=environ, capture_output=True, text=True, check=False)


@pytest.fixture
def ends(tmp_path: Path) -> Iterator[Ends]:
    """The demo company on one server, copied in peace on the other."""
    with running(tmp_path / "s") as source, running(tmp_path / "t") as target:
        create_database(source, "company")
        for name in ("calm", "copy"):
            create_database(target, name)
        fill(source.dsn("company"), "mini")
        begun = time.monotonic()
        done = privaci(
            "run", environment(tmp_path / "calm", source.dsn("company"), target.dsn("calm"))
        )
        assert done.returncode == 0, done.stderr
        seconds, calm = time.monotonic() - begun, target.dsn("calm")
        yield Ends(source, target, (schema_of(calm), checksums(calm)), seconds)


@pytest.mark.timeout(600 + 300 * KILLS)
def test_killed_at_any_moment(
    ends: Ends, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """Moments of a seeded choice all over a run; a killed process cannot clean up."""
    resumes = 0
    for seed in range(KILLS):
        victim = VICTIMS[seed % len(VICTIMS)]
        environ = environment(tmp_path / str(seed), ends.source.dsn("company"), ends.target_dsn)
        moment = random.Random(seed).uniform(ends.seconds * 0.3, ends.seconds)  # noqa: S311 - no secret
        policy = tmp_path / f"{seed}.yaml"
        policy.write_text(POLICY.read_text().replace("swap", ("drop_create", "swap")[seed % 2], 1))
        record_property("kills_done", 1)
        _kill_after(moment, victim, ends, environ, policy)
        resumed = privaci("resume", environ, policy)
        if resumed.returncode == NOTHING_TO_RESUME:
            # Killed before it had begun, or when all was done.
            assert "the target has no unfinished refresh" in resumed.stderr, (
                seed,
                victim,
                moment,
                resumed.stderr,
            )
            resumed = privaci("run", environ, policy)
        else:
            resumes += 1
        words = [line for line in resumed.stderr.splitlines() if not line.startswith("{")]
        assert resumed.returncode == 0, (seed, victim, moment, words)
        assert schema_of(ends.target_dsn) == ends.calm[0], (seed, victim, moment)
        assert checksums(ends.target_dsn) == _expected(ends), (seed, victim, moment)
        with psycopg.connect(ends.target_dsn) as connection:
            assert connection.execute("SELECT to_regclass('_privaci.unfinished')").fetchone() == (
                None,
            )
            published = """
            SELECT refresh, count(*) FROM _privaci.audit_log WHERE event = 'published' GROUP BY 1
            """
            limit = "SELECT datconnlimit FROM pg_database WHERE datname = current_database()"
            assert connection.execute(limit).fetchone() == (-1,)
            # No refresh was published twice, and each is on the trail.
            assert {count for _, count in connection.execute(published)} == {1}
        record_property("kills_survived", 1)
    # On a busy machine all of a few moments may fall before the first table or after the checks.
    assert resumes or MANY > KILLS


def _expected(ends: Ends) -> dict[str, tuple[int, object]]:
    """What the calm refresh made, without the unlogged rows that a crash of the source took."""
    with psycopg.connect(ends.source.dsn("company")) as source:
        lost = source.execute("SELECT count(*) FROM import_log").fetchone() == (0,)
    empty = (0, None)
    return {
        name: empty if lost and ".import_log." in name else found
        for name, found in ends.calm[1].items()
    }


def _kill_after(
    seconds: float, victim: str, ends: Ends, environ: dict[str, str], policy: Path
) -> None:
    with subprocess.Popen(
        [PRIVACI, "run", "--config", str(policy)],
        env=environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stderr is not None
        time.sleep(seconds)
        if victim == "run":
            process.send_signal(signal.SIGKILL)
        else:
            server = ends.source if victim == "source" else ends.target
            _kill_a_session(server)
        said = process.stderr.read().decode()
    assert "Traceback" not in said, said
    for server in (ends.source, ends.target):
        _wait_for(server)


def _kill_a_session(server: Server) -> None:
    """Kill one session of a server: the server takes all others down, and recovers from its log."""
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        me = connection.info.backend_pid
        found = connection.execute(
            """
            SELECT pid FROM pg_stat_activity
            WHERE backend_type = 'client backend' AND pid <> %s LIMIT 1
            """,
            [me],
        ).fetchone()
        psutil.Process(found[0] if found else me).kill()


def _wait_for(server: Server) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            psycopg.connect(server.dsn()).close()
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return


def _wait_for_the_end(session: psycopg.Connection[Any]) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            session.execute("SELECT")
        except psycopg.OperationalError:
            return
        time.sleep(0.05)
    raise AssertionError("the server did not end a session")


def test_counters_of_a_server_that_crashed_are_not_believed(tmp_path: Path) -> None:
    """They start from zero again: an equal count proves nothing."""
    from privaci_core.postgres.write_counters import write_counters_of  # noqa: PLC0415

    with running(tmp_path / "s") as server:
        with psycopg.connect(server.dsn(), autocommit=True) as connection:
            # What the server has not written yet is gone with it.
            connection.execute("SET synchronous_commit = local")
            connection.execute("CREATE TABLE t (id int)")
            before = write_counters_of(connection)
        witness = psycopg.connect(server.dsn(), autocommit=True)
        _kill_a_session(server)
        # The server takes it down, but not at once: until then, nothing has crashed.
        _wait_for_the_end(witness)
        _wait_for(server)
        with psycopg.connect(server.dsn(), autocommit=True) as connection:
            assert write_counters_of(connection)["public", "t"] != before["public", "t"]
