"""The example of test data: each of its scenarios, and its one command."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from testdata.shop import mark_published

from privaci_core.testdata.scenarios import Scenarios
from privaci_core.testdata.service import TestData

if TYPE_CHECKING:
    from collections.abc import Iterator

CLINIC = Path(__file__).parents[2] / "examples" / "clinic"
NAMES = sorted(path.stem for path in (CLINIC / "scenarios").iterdir())
CLIENT = CLINIC.parents[1] / "clients" / "playwright"


@pytest.fixture
def test_data(company_db: str) -> Iterator[TestData]:
    """The example's scenarios on the demo company, as if it were published."""
    with psycopg.connect(company_db, autocommit=True) as connection:
        mark_published(connection)
    found = TestData(company_db, Scenarios(CLINIC / "scenarios"))
    yield found
    found.close()


@pytest.mark.postgres
def test_each_scenario_makes_rows_that_a_reset_takes_out(test_data: TestData) -> None:
    """All five are asked for at once, and every row that they made goes again."""
    assert len(NAMES) == 5
    answers = [test_data.request(name, invoker="ann") for name in NAMES]
    for answer in answers:
        done = test_data.reset(answer.test_run_id, answer.cleanup_token, invoker="ann")
        made = [row for row in answer.rows if not row["found"]]
        assert done.status == "cleaned"
        # Triggers of the demo company log new users and patients.
        logged = done.removed.get("audit_internal.change_log", 0)
        assert sum(done.removed.values()) - logged == len(made) > 0


@pytest.mark.e2e
@pytest.mark.slow
@pytest.mark.skipif(
    "PRIVACI_TEST_CLINIC" not in os.environ, reason="a minute; set PRIVACI_TEST_CLINIC=1"
)
def test_one_command_masks_serves_and_tests(tmp_path: Path) -> None:
    """The tests of pytest pass, and Playwright's where its packages are installed."""
    environ = {**os.environ, "CLINIC_HOME": str(tmp_path)}
    command = [sys.executable, CLINIC / "run.py"]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "5 passed" in done.stdout
    if not (CLIENT / "node_modules").is_dir():
        pytest.skip("Playwright's tests: no Node, or no npm ci in clients/playwright")
    assert "1 passed" in done.stdout
