"""What runs by itself: the schedule, the drift sensor and the message of a failure."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import dagster as dg
import psycopg
import pytest
from dagster_layer.runs import NOTHING_MASKED, project_in, refresh

from privaci_core.errors import PreflightError
from privaci_dagster.asset_keys import Names
from privaci_dagster.automation import (
    CRON_VARIABLE,
    TIMEZONE_VARIABLE,
    WEBHOOK_VARIABLE,
    build_failure_sensor,
    post,
)
from privaci_dagster.build import REFRESH_JOB, build_definitions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from privaci_dagster.project import Project

pytestmark = pytest.mark.dagster


@pytest.fixture
def project(source_db: str, target_db: str, tmp_path: Path) -> Project:
    """A project on one table."""
    with psycopg.connect(source_db, autocommit=True) as connection:
        connection.execute("CREATE TABLE thing (id int PRIMARY KEY)")
    return project_in(tmp_path, source_db, target_db, NOTHING_MASKED)


@pytest.mark.parametrize("cron", ["", "30 1 * * 1-5"])
def test_the_nightly_run_is_a_whole_refresh(
    project: Project, instance: Any, monkeypatch: pytest.MonkeyPatch, cron: str
) -> None:
    """On where a time is set, else off; its run has the tags of `privaci run`."""
    monkeypatch.setenv(CRON_VARIABLE, cron)
    monkeypatch.setenv(TIMEZONE_VARIABLE, "Europe/Berlin")
    schedule = build_definitions(project).resolve_schedule_def("nightly")
    assert schedule.cron_schedule == (cron or "0 3 * * *")
    assert schedule.execution_timezone == "Europe/Berlin"
    assert (schedule.default_status == dg.DefaultScheduleStatus.RUNNING) == bool(cron)
    (request,) = (
        schedule.evaluate_tick(dg.build_schedule_context(instance=instance)).run_requests or ()
    )
    assert refresh(project, instance, monkeypatch, request.tags).success


@pytest.fixture
def webhook() -> Iterator[tuple[str, list[str]]]:
    """A local address, and what was sent to it."""
    heard: list[str] = []

    class Listener(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            """Keep the text."""
            heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["text"])
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Listener)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hook", heard
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_failure_is_reported(
    project: Project, instance: Any, monkeypatch: pytest.MonkeyPatch, webhook: tuple[str, list[str]]
) -> None:
    """Run, job and step, to the address that the environment names."""
    address, heard = webhook
    with psycopg.connect(project.environ["SOURCE_DB_URL"], autocommit=True) as connection:
        connection.execute("CREATE TABLE other (id int)")
    result = refresh(project, instance, monkeypatch)
    event = next(event for event in result.all_events if event.is_run_failure)
    context = dg.build_run_status_sensor_context(
        "tell_of_failures", event, instance, result.dagster_run, partition_key=None
    ).for_run_failure()
    tell: Any = build_failure_sensor(Names())
    assert tell(context) is not None
    monkeypatch.setenv(WEBHOOK_VARIABLE, address)
    assert tell(context) is None
    (text,) = heard
    assert result.run_id in text
    assert f"of {REFRESH_JOB} failed" in text


def test_an_address_that_is_not_http_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file or a word is not an address, given directly or by a secret URI."""
    with pytest.raises(PreflightError, match="scheme"):
        post("ftp://corp.example/x", "word")
    monkeypatch.setenv("HOOK", "a word")
    with pytest.raises(PreflightError, match="not an http URL"):
        post("env://HOOK", "word")
