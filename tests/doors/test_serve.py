"""`privaci serve` on a real target: requests, resets, the trail everywhere it is told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import dagster as dg
import polars as pl
import psycopg
import pytest
from doors.served import environ_of, serving
from e2e.commands import privaci
from testdata.shop import publish

from privaci_dagster.event_log import last_materialization, values_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from doors.served import Served
    from substrate.databases import Databases

pytestmark = pytest.mark.e2e
WANTED = {
    "domain": "healthcare",
    "scenario": "denied",
    "constraints": {"amount": 7},
    "delivery": {
        "seed_target": True,
        "return_playwright_fixture": True,
        "return_pytest_fixture": True,
    },
}


@pytest.fixture(scope="module")
def target(databases: Databases) -> Iterator[str]:
    """A published target."""
    dsn = databases.create(databases.template("shop", publish))
    yield dsn
    databases.drop(dsn)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the service keeps its files."""
    return tmp_path_factory.mktemp("served")


@pytest.fixture(scope="module")
def served(target: str, folder: Path) -> Iterator[Served]:
    """The service."""
    with serving(target, folder) as served:
        yield served


def claims(target: str) -> int:
    """How many claims there are."""
    with psycopg.connect(target) as connection:
        (count,) = connection.execute("SELECT count(*) FROM public.claim").fetchone() or (0,)
    return int(count)


def test_a_request_and_its_reset(served: Served, target: str) -> None:
    """The answer has ATDM's shape; the reset takes the rows out, once, by its token alone."""
    before = claims(target)
    answer = served.ask("/test-data/requests", WANTED)
    assert answer.status == 200, answer.text
    found = answer.json
    assert found["status"] == "ready"
    assert found["data"]["member_id"] == found["fixtures"]["playwright"]["data"]["member_id"]
    assert [claim["amount"] for claim in found["data"]["claim"]] == [7.0, 7.0]
    assert found["cleanup"]["endpoint"] == f"/test-data/runs/{found['test_run_id']}/reset"
    compile(found["fixtures"]["pytest"], "fixture", "exec")
    assert claims(target) == before + 2
    endpoint, token = found["cleanup"]["endpoint"], found["cleanup"]["cleanup_token"]
    wrong = served.ask(endpoint, {"cleanup_token": "tdt_another"})
    assert (wrong.status, wrong.code) == (403, "TOKEN_MISMATCH")
    assert claims(target) == before + 2
    done = served.ask(endpoint, {"cleanup_token": token}).json
    assert (done["status"], done["strategy"]) == ("cleaned", "reset_run")
    assert done["removed"] == {"public.claim": 2, "public.provider": 1}
    assert claims(target) == before
    again = served.ask(endpoint, {"cleanup_token": token}).json
    assert again["status"] == "already_cleaned"


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/test-data/requests", {"scenario": "denyed"}, 404, "SCENARIO_NOT_FOUND"),
        (
            "/test-data/requests",
            {"scenario": "denied", "constraints": {"amont": 1}},
            422,
            "CONSTRAINT_UNKNOWN",
        ),
        (
            "/test-data/requests",
            {"scenario": "denied", "planner": "llm"},
            501,
            "LLM_MODE_NOT_ENABLED",
        ),
        ("/test-data/runs/01X/reset", {"cleanup_token": "x"}, 404, "RUN_NOT_FOUND"),
        ("/test-data/reset/all", {}, 428, "CONFIRM_REQUIRED"),
    ],
)
def test_what_is_refused_has_a_code(
    served: Served, path: str, body: dict[str, object], status: int, code: str
) -> None:
    """Each refusal has ATDM's status and code."""
    answer = served.ask(path, body)
    assert (answer.status, answer.code) == (status, code), answer.text


def test_a_rejected_request_writes_nothing_and_has_a_page(served: Served, target: str) -> None:
    """The failed rules are named in the answer and on the page of the run."""
    before = claims(target)
    answer = served.ask(
        "/test-data/requests", {"scenario": "denied", "constraints": {"amount": 1000}}
    )
    assert (answer.status, answer.code) == (422, "VALIDATOR_REJECTED")
    error = answer.json["detail"]["error"]
    assert error["details"]["failed_validators"] == ["small"]
    assert error["details"]["messages"] == ["The amount is too large."]
    assert claims(target) == before
    page = served.ask(f"/ui/audit/{error['test_run_id']}")
    assert page.status == 200
    assert "The amount is too large." in page.text


def test_the_trail_is_told_everywhere(served: Served, folder: Path) -> None:
    """JSON, the page, Dagster's event log and the metrics tell the same run; no token is in any."""
    found = served.ask("/test-data/requests", WANTED).json
    run, token = found["test_run_id"], found["cleanup"]["cleanup_token"]
    served.ask(found["cleanup"]["endpoint"], {"cleanup_token": token})
    trail = served.ask(f"/audit/runs/{run}")
    actions = [event["action"] for event in trail.json["events"]]
    assert actions[0] == "request_received"
    assert actions[-1] == "reset_completed"
    assert {event["invoker"] for event in trail.json["events"]} == {"ci"}
    assert trail.json["requirement_ids"] == ["FR-001"]
    page = served.ask(f"/ui/audit/{run}")
    assert "the target is as it was before" in page.text
    with dg.DagsterInstance.from_config(str(folder / "home")) as instance:
        made = last_materialization(instance, dg.AssetKey(["test_data", "denied"]))
    assert made is not None
    assert values_of(made.metadata)["test run"] == run
    metrics = served.ask("/metrics").text
    assert 'privaci_audit_events_total{action="seed_completed",status="ok"}' in metrics
    assert 'privaci_resets_total{strategy="reset_run"}' in metrics
    assert "\nprivaci_audit_dropped_events_total 0\n" in metrics
    told = trail.text + page.text + metrics + str(made) + (folder / "serve.log").read_text()
    assert token not in told


def test_the_catalog_lists_scenarios_and_runs(served: Served) -> None:
    """Scenarios with what they take, and runs by scenario and since when."""
    (scenario,) = served.ask("/catalog/scenarios").json["scenarios"]
    assert scenario["scenario_id"] == "denied"
    assert scenario["default_constraints"] == {"status": "open", "year": 2026, "amount": 12.5}
    run = served.ask("/test-data/requests", WANTED).json["test_run_id"]
    listed = served.ask("/catalog/runs?scenario=denied&since=2026-01-01T00:00:00Z").json["runs"]
    assert run in [each["test_run_id"] for each in listed]
    assert served.ask("/catalog/runs?scenario=other").json["runs"] == []
    done = served.ask("/test-data/reset/all", {}, x_confirm="yes").json
    assert done["strategy"] == "reset_all"
    assert run in [each["test_run_id"] for each in done["runs"]]


def test_the_end_of_the_service_leaves_the_trail_as_parquet(target: str, tmp_path: Path) -> None:
    """The files of each day hold every event; the service ends on SIGTERM, with its log intact.

    A store of proofs gets the same files.
    """
    store = tmp_path / "store"
    with serving(target, tmp_path, PRIVACI_PROOFS=f"file://{store}") as served:
        served.ask("/test-data/requests", WANTED)
        served.ask("/test-data/reset/all", {}, x_confirm="yes")
    assert served.process.returncode == 0
    days = list((tmp_path / "home/privaci/proofs/test-data").glob("day=*/*.parquet"))
    events = pl.concat(pl.read_parquet(day) for day in days)
    with psycopg.connect(target) as connection:
        (count,) = connection.execute("SELECT count(*) FROM _privaci.test_event").fetchone() or ()
    assert len(events) == count
    copies = list((store / "test-data").glob("day=*/*.parquet"))
    assert [copy.read_bytes() for copy in sorted(copies)] == [
        day.read_bytes() for day in sorted(days)
    ]
    lines = [json.loads(line) for line in (tmp_path / "serve.log").read_text().splitlines()]
    assert [line["status"] for line in lines] == [200, 200]
    assert {line["invoker"] for line in lines} == {"ci"}


def test_a_target_that_was_never_published_is_not_served(
    databases: Databases, tmp_path: Path
) -> None:
    """The service refuses to start, says why, and writes nothing there."""
    dsn = databases.create()
    try:
        done = privaci("serve", "--port", "0", **environ_of(dsn, tmp_path))
        assert done.returncode == 2
        assert "no refresh was ever published" in done.stderr
    finally:
        databases.drop(dsn)
