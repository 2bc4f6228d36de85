"""The plugin for pytest, in a folder of its own as its users have it."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from testdata.test_service import CASE

if TYPE_CHECKING:
    from pathlib import Path

    from testdata.runs import Desk


pytestmark = pytest.mark.e2e

TESTS = """
import pytest
from privaci_dagster.pytest_plugin import privaci_scenario

@privaci_scenario("denied", constraints={"year": 2025})
def test_passes(privaci_data):
    assert privaci_data["claim"][0]["year"] == 2025
    assert privaci_data["provider_id"] == privaci_data["provider"]["id"]
    assert len(privaci_data.test_run_id) == 26

@privaci_scenario("denied")
def test_fails(privaci_data):
    assert privaci_data["claim"] == []

@pytest.mark.privaci_scenario("denyed")
def test_is_misspelt(privaci_data):
    pass

def test_names_none(privaci_data):
    pass
"""


def pytest_in(folder: Path, desk: Desk, *words: str) -> subprocess.CompletedProcess[str]:
    """Run pytest in a folder with scenarios and tests."""
    (folder / "scenarios").mkdir()
    (folder / "scenarios" / "denied.yaml").write_text(CASE, encoding="utf-8")
    (folder / "test_app.py").write_text(TESTS, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", *words]
    environ = {**os.environ, "TARGET_DB_URL": desk.dsn}
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, env=environ, check=False
    )


def test_a_test_gets_rows_and_leaves_none(tmp_path: Path, desk: Desk) -> None:
    """Rows are reset after a test that passes and after one that fails; mistakes are sentences."""
    before = desk.state()
    done = pytest_in(tmp_path, desk)
    assert "1 failed, 1 passed, 2 errors" in done.stdout, done.stdout
    assert "Did you mean" in done.stdout
    assert '@privaci_scenario("its id")' in done.stdout
    assert "Traceback" not in done.stdout
    assert "During handling" not in done.stdout
    assert desk.state() == before
    runs = desk.execute("SELECT status, invoker FROM _privaci.test_run")
    assert runs == [("cleaned", "pytest")] * 2


def test_processes_side_by_side_reserve_other_rows(tmp_path: Path, desk: Desk) -> None:
    """Under xdist each process has a client of its own, and no row serves two tests."""
    before = desk.state()
    done = pytest_in(tmp_path, desk, "-n", "2", "-k", "passes or fails")
    assert "1 failed, 1 passed" in done.stdout, done.stdout
    assert desk.state() == before


def test_a_session_without_test_data_imports_nothing(tmp_path: Path, desk: Desk) -> None:
    """The plugin costs others nothing: no driver, no masks, no Dagster."""
    heavy = "{'dagster', 'polars', 'psycopg', 'privaci_core'} & {*sys.modules}"
    test = f"import sys\n\ndef test_is_light(): assert {heavy} == set()\n"
    (tmp_path / "test_light.py").write_text(test, encoding="utf-8")
    done = pytest_in(tmp_path, desk, "test_light.py")
    assert "1 passed" in done.stdout, done.stdout
