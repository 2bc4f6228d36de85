"""What runs by itself: the schedule of the whole refresh."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import dagster as dg
import psycopg
import pytest
from dagster_layer.runs import NOTHING_MASKED, project_in, refresh

from privaci_dagster.automation import CRON_VARIABLE, TIMEZONE_VARIABLE
from privaci_dagster.build import build_definitions

if TYPE_CHECKING:
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
    # The project's variables count, not the process's: a code location may have several projects.
    monkeypatch.setenv(CRON_VARIABLE, "1 1 1 1 *")
    own = {CRON_VARIABLE: cron, TIMEZONE_VARIABLE: "Europe/Berlin"}
    told = replace(project, environ={**project.environ, **own})
    schedule = build_definitions(told).resolve_schedule_def("nightly")
    assert schedule.cron_schedule == (cron or "0 3 * * *")
    assert schedule.execution_timezone == "Europe/Berlin"
    assert (schedule.default_status == dg.DefaultScheduleStatus.RUNNING) == bool(cron)
    (request,) = (
        schedule.evaluate_tick(dg.build_schedule_context(instance=instance)).run_requests or ()
    )
    assert refresh(project, instance, monkeypatch, request.tags).success
