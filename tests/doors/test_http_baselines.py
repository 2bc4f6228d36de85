"""Baselines over HTTP, of a target that a refresh has published."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import psycopg
import pytest
from doors.served import TOKEN, scenarios_in
from fastapi.testclient import TestClient
from substrate.judge import checksums
from testdata.shop import SCHEMA

from privaci_core.masks import Keys
from privaci_core.policy import parse_policy
from privaci_core.postgres.session import target_session
from privaci_core.refresh.steps import copy_database
from privaci_core.target.audit_trail import Entry, add_to_trail
from privaci_core.testdata.scenarios import Scenarios
from privaci_core.testdata.service import TestData
from privaci_dagster.api.access import Access
from privaci_dagster.api.app import build_app
from privaci_dagster.api.bearers import bearers_of
from privaci_dagster.api.service import Service
from privaci_dagster.project import Project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.postgres
NOTHING = parse_policy('version: "1.0"\nauto_detect: false\n')
KEYS = Keys.of(b"a salt of the test suite, long enough")


@pytest.fixture
def target(source_db: str, target_db: str) -> str:
    """A target that a refresh has filled and published."""
    with psycopg.connect(source_db, autocommit=True) as connection:
        connection.execute(SCHEMA.encode())
    copy_database(source_db, target_db, NOTHING, KEYS)
    now = datetime.now(UTC)
    with target_session(target_db, autocommit=True) as connection:
        add_to_trail(connection, [Entry(refresh="r", run="r", who="w", at=now, event="published")])
    return target_db


@pytest.fixture
def client(target: str, tmp_path: Path) -> Iterator[TestClient]:
    """A client with a token, of a service that has a store."""
    test_data = TestData(target, Scenarios(scenarios_in(tmp_path)))
    project = Project(store=f"file://{tmp_path}/kept")
    access = Access(bearers=bearers_of(["ci=env://CI"], {"CI": TOKEN}))
    app = build_app(Service(test_data=test_data, project=project), access, "1.0")
    with TestClient(app, headers={"authorization": f"Bearer {TOKEN}"}) as client:
        yield client
    test_data.close()


def test_a_baseline_is_kept_and_restored(client: TestClient, target: str) -> None:
    """The restore brings the rows back and ends the runs; what is wrong has a code."""
    before = checksums(target)
    kept = client.post("/test-data/baseline/snapshot", json={"baseline_id": "golden"})
    assert kept.status_code == 200, kept.text
    assert kept.json()["baseline_id"] == "golden"
    (listed,) = client.get("/test-data/baseline/list").json()["baselines"]
    assert listed["baseline_id"] == "golden"
    made = client.post("/test-data/requests", json={"scenario": "denied"}).json()
    assert checksums(target) != before
    refused = client.post("/test-data/baseline/snapshot", json={})
    assert refused.status_code == 409
    assert refused.json()["detail"]["error"]["code"] == "BASELINE_REFUSED"
    unknown = client.post("/test-data/baseline/restore", json={"baseline_id": "silver"})
    assert unknown.status_code == 404
    assert unknown.json()["detail"]["error"]["code"] == "BASELINE_NOT_FOUND"
    restored = client.post("/test-data/baseline/restore")
    assert restored.status_code == 200, restored.text
    assert restored.json()["baseline_id"] == "golden"
    assert checksums(target) == before
    reset = client.post(
        made["cleanup"]["endpoint"], json={"cleanup_token": made["cleanup"]["cleanup_token"]}
    )
    assert reset.json()["status"] == "already_cleaned"
    assert checksums(target) == before
    again = client.post("/test-data/requests", json={"scenario": "denied"})
    assert again.status_code == 200, again.text


def test_calls_about_baselines_are_in_the_trail(client: TestClient) -> None:
    """Who kept, who restored and what was refused; each by the name that the answer gave."""
    kept = client.post("/test-data/baseline/snapshot", json={"baseline_id": "golden"}).json()
    made = client.post("/test-data/requests", json={"scenario": "denied"}).json()
    assert client.post("/test-data/baseline/snapshot", json={}).status_code == 409
    restored = client.post("/test-data/baseline/restore").json()
    told = [client.get(f"/audit/runs/{each['audit_run_id']}").json() for each in (kept, restored)]
    assert [each["status"] for each in told] == ["completed", "completed"]
    (event,) = told[0]["events"]
    assert (event["action"], event["status"]) == ("baseline_kept", "ok")
    assert (event["invoker"], event["outputs"]["baseline"]) == ("ci", "golden")
    assert [each["action"] for each in told[1]["events"]] == ["baseline_restored"]
    assert made["test_run_id"] not in {kept["audit_run_id"], restored["audit_run_id"]}


def test_a_refused_baseline_is_in_the_trail(client: TestClient, target: str) -> None:
    """With its reason, in names and counts."""
    with psycopg.connect(target, autocommit=True) as connection:
        connection.execute("DELETE FROM _privaci.ledger")
        assert client.post("/test-data/baseline/snapshot", json={}).status_code == 409
        query = "SELECT action, status, invoker, inputs FROM _privaci.test_event"
        assert connection.execute(query).fetchall() == [
            ("baseline_refused", "refused", "ci", {"asked": "snapshot"})
        ]
