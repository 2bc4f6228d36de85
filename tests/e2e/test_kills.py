"""A refresh that is killed at any moment is gone on with: afterwards the target is what an undisturbed one makes it."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from substrate.databases import cloned
from substrate.judge import differences

from privaci_core.demo import POLICY

if TYPE_CHECKING:
    from substrate.databases import Databases

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

PRIVACI = Path(sys.executable).parent / "privaci"
# A few moments in every run of the suite; as many as a person wants to wait for by this variable.
KILLS = int(os.environ.get("PRIVACI_TEST_KILLS", "2"))
NOTHING_TO_GO_ON_WITH = 2


def environment(home: Path, source: str, target: str) -> dict[str, str]:
    """What a run needs to know; its notes stay in a folder."""
    home.mkdir(exist_ok=True)
    (home / "dagster.yaml").write_text("telemetry:\n  enabled: false\n")
    more = {"DAGSTER_HOME": str(home), "SOURCE_DB_URL": source, "TARGET_DB_URL": target}
    return {**os.environ, **more, "ANONYMIZATION_SALT": "the salt of the test suite, long enough"}


def privaci(command: str, environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a subcommand on the demo's policy."""
    line = [PRIVACI, command, "--config", str(POLICY)]
    return subprocess.run(line, env=environ, capture_output=True, text=True, check=False)


def test_killed_at_any_moment(company_db: str, databases: Databases, tmp_path: Path) -> None:
    """Seeded moments all over a run; the process is killed and cannot clean up."""
    with cloned(databases) as undisturbed, cloned(databases) as target:
        begun = time.monotonic()
        done = privaci("run", environment(tmp_path / "calm", company_db, undisturbed))
        assert done.returncode == 0, done.stderr
        seconds = time.monotonic() - begun
        went_on = 0
        for seed in range(KILLS):
            environ = environment(tmp_path / str(seed), company_db, target)
            moment = random.Random(seed).uniform(seconds * 0.3, seconds)  # noqa: S311 - a moment is no secret
            _kill_after(moment, environ)
            resumed = privaci("resume", environ)
            if resumed.returncode == NOTHING_TO_GO_ON_WITH:
                # Killed before it had begun, or when all was done.
                assert "no refresh of the target is under way" in resumed.stderr
                resumed = privaci("run", environ)
            else:
                went_on += 1
            assert resumed.returncode == 0, (seed, moment, resumed.stderr)
            assert differences(undisturbed, target) == [], (seed, moment)
            with psycopg.connect(target) as connection:
                assert connection.execute("SELECT to_regclass('_privaci.unfinished')").fetchone() == (None,)
        assert went_on or KILLS < 3


def _kill_after(seconds: float, environ: dict[str, str]) -> None:
    process = subprocess.Popen(
        [PRIVACI, "run", "--config", str(POLICY)], env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    process.wait()
