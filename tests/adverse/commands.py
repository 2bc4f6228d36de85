"""A run by the command line in the background, and what happens to its servers meanwhile."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# What the installed command does.
RUN = "from privaci_dagster.cli import main; main()"
# Ends a test that would wait for ever.
PATIENCE = 300
BY_COMMAND = pytest.mark.skipif(
    "PRIVACI_TEST_ADVERSE" not in os.environ, reason="make adverse runs it"
)
NOTHING = 'version: "1.0"\nauto_detect: false\non_existing_data: drop_create\n'


def begun(
    folder: Path,
    source: str,
    target: str,
    policy: str = NOTHING,
    prelude: str = "",
) -> subprocess.Popen[str]:
    """Begin a run in a folder of its own; a prelude is Python that precedes it in its process."""
    (folder / "mask-rules.yaml").write_text(policy)
    known = {
        "SOURCE_DB_URL": source,
        "TARGET_DB_URL": target,
        "ANONYMIZATION_SALT": "the salt of the test suite, long enough",
        "DAGSTER_HOME": str(folder / "dagster"),
    }
    return subprocess.Popen(
        [sys.executable, "-c", f"{prelude}\n{RUN}", "run", "--log-format", "none"],
        cwd=folder,
        env={**os.environ, **known},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: subprocess.Popen[str], patience: float | None = PATIENCE) -> tuple[int, str]:
    """The exit code and the errors of a run, which shows no traceback and no value."""
    _, errors = process.communicate(timeout=patience)
    assert "Traceback" not in errors
    assert "secret" not in errors
    return process.returncode, errors


def session_that(dsn: str, condition: str) -> int:
    """Wait for a session of a database, and return the number of its process."""
    asked = (
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
        f" AND pid <> pg_backend_pid() AND {condition}"
    )
    until = time.monotonic() + PATIENCE
    with psycopg.connect(dsn, autocommit=True) as looking:
        while time.monotonic() < until:
            found = looking.execute(asked).fetchone()  # type: ignore[call-overload]
            if found:
                return int(found[0])
            time.sleep(0.02)
    pytest.fail("no such session came")


@contextmanager
def killed_at_last(process: subprocess.Popen[str]) -> Iterator[subprocess.Popen[str]]:
    """End a run that a failed test leaves behind."""
    try:
        yield process
    finally:
        process.kill()
        process.wait()
