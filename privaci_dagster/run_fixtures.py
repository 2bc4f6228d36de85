"""Writes the data of a run as fixtures: JSON for Playwright, a module for pytest."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

PYTEST = '''\
"""The data of run {run} of the scenario {scenario}; the fixture resets the run after its test."""

import json
import os
import urllib.request

import pytest

FIXTURE = json.loads({fixture})


@pytest.fixture
def privaci_data():
    yield FIXTURE
    cleanup = FIXTURE["cleanup"]
    request = urllib.request.Request(
        os.environ["PRIVACI_API_URL"].rstrip("/") + cleanup["endpoint"],
        data=json.dumps({{"cleanup_token": cleanup["cleanup_token"]}}).encode(),
        headers={{
            "content-type": "application/json",
            "authorization": "Bearer " + os.environ["PRIVACI_API_TOKEN"],
        }},
    )
    with urllib.request.urlopen(request, timeout=30):
        pass
'''


def endpoint_of(run: str) -> str:
    """Where a run is reset."""
    return f"/test-data/runs/{run}/reset"


def playwright_fixture(
    scenario: str, run: str, data: Mapping[str, Any], token: str
) -> dict[str, Any]:
    """What the Playwright client reads, and what it needs to reset the run."""
    return {
        "scenario_id": scenario,
        "test_run_id": run,
        "data": dict(data),
        "cleanup": {"cleanup_token": token, "endpoint": endpoint_of(run)},
    }


def pytest_module(scenario: str, run: str, data: Mapping[str, Any], token: str) -> str:
    """A module with the fixture `privaci_data`, which needs no other package than pytest."""
    fixture = playwright_fixture(scenario, run, data, token)
    # A JSON text is written as a Python text: neither language knows all of the other's.
    return PYTEST.format(run=run, scenario=scenario, fixture=repr(json.dumps(fixture)))
