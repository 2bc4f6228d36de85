"""The commands of test data, as a user runs them, straight in the target."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from e2e.commands import privaci
from testdata.test_service import CASE

if TYPE_CHECKING:
    from pathlib import Path

    from testdata.runs import Desk


pytestmark = pytest.mark.e2e


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of scenarios."""
    (tmp_path / "denied.yaml").write_text(CASE, encoding="utf-8")
    return tmp_path


def test_a_run_from_its_request_to_its_trail(desk: Desk, folder: Path) -> None:
    """A request prints what resets it, the reset says what went, and the trail tells both."""
    before = desk.state()
    known = {"TARGET_DB_URL": desk.dsn, "PRIVACI_SCENARIOS": str(folder)}
    made = privaci("request", "denied", "-c", "year=2025", "--json", **known)
    assert made.returncode == 0, made.stderr
    answer = json.loads(made.stdout)
    assert [claim["year"] for claim in answer["data"]["claim"]] == [2025, 2025]
    run, token = answer["test_run_id"], answer["cleanup"]["cleanup_token"]
    wrong = privaci("reset", run, "--token", "tdt_wrong", **known)
    assert (wrong.returncode, wrong.stdout) == (1, "")
    assert "the cleanup token is not the run's" in wrong.stderr
    done = privaci("reset", run, **known, PRIVACI_CLEANUP_TOKEN=token)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        f"{run}: cleaned, 3 rows removed",
        "  public.claim: 2",
        "  public.provider: 1",
    ]
    assert desk.state() == before
    trail = privaci("audit", run, **known)
    assert [line.split()[1] for line in trail.stdout.splitlines()][-3:] == [
        "reset_refused",
        "reset_started",
        "reset_completed",
    ]


def test_a_fixture_for_playwright(desk: Desk, folder: Path) -> None:
    """A request can print a fixture instead; a reset of all runs needs a confirmation."""
    known = {"TARGET_DB_URL": desk.dsn, "PRIVACI_SCENARIOS": str(folder)}
    made = privaci("request", "denied", "--playwright", **known)
    fixture = json.loads(made.stdout)
    assert fixture.keys() == {"scenario_id", "test_run_id", "data", "cleanup"}
    refused = privaci("reset-all", **known)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "was not confirmed" in refused.stderr
    assert "Confirm it: by --confirm" in refused.stderr
    done = privaci("reset-all", "--confirm", **known)
    assert done.stdout.startswith(f"{fixture['test_run_id']}: cleaned, 3 rows removed")


def test_scenarios_are_listed_without_a_target(folder: Path) -> None:
    """Listing reads the files alone; a misspelt constraint or scenario is a sentence."""
    listed = privaci("scenarios", "--scenarios", folder, "--json")
    assert [each["scenario_id"] for each in json.loads(listed.stdout)] == ["denied"]
    wrong = privaci("request", "denied", "-c", "year", "--scenarios", folder)
    assert wrong.returncode == 2
    assert "it is not of the form key=value" in wrong.stderr
