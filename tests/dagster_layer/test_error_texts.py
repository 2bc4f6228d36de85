"""Whose errors show their text in Dagster: everybody else's in full, ours without a value."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any, NoReturn

import dagster as dg
import psycopg
import pytest
from dagster_layer.runs import project_in

from privaci_core.errors import PreflightError
from privaci_dagster import drift_checks, load_step, publishing, refresh, target_assets
from privaci_dagster.build import REFRESH_JOB, build_definitions

if TYPE_CHECKING:
    from pathlib import Path

    from privaci_dagster.project import Project

pytestmark = pytest.mark.dagster

VALUE = "Olga Unseen of cell seven"
THEIRS = "the words of another team's error"
# Where an unexpected error may come up: in our steps, after them, and around the run.
PLACES = [
    (load_step, "load_many"),
    (load_step, "version_of"),
    (target_assets, "create_target"),
    (target_assets, "finish_target"),
    (publishing, "publish_target"),
    (refresh, "opened"),
    (refresh, "claim_of"),
]


def broken(*_: object, **__: object) -> NoReturn:
    """Fail with a value, as a library may, while another error that quotes it is handled."""
    try:
        {}[VALUE]
    except KeyError as error:
        raise ValueError(f"cannot read {VALUE}") from error


@dg.asset
def of_another_team() -> None:
    """An asset beside ours that fails."""
    raise ValueError(THEIRS)


def everything_in(folder: Path) -> bytes:
    """Every byte that Dagster stored: event logs, runs, compute logs."""
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def project(source_db: str, target_db: str, tmp_path: Path) -> Project:
    """A project of one table."""
    with psycopg.connect(source_db, autocommit=True) as source:
        source.execute("CREATE TABLE t (id int PRIMARY KEY)")
    return project_in(tmp_path, source_db, target_db)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place[1])
def test_no_value_of_ours_is_stored_or_printed(
    project: Project,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    place: tuple[Any, str],
) -> None:
    """Whatever fails in our code, its text is in no event, log, file or output."""
    monkeypatch.setattr(*place, broken)
    home = tmp_path / "home"
    home.mkdir()
    with dg.DagsterInstance.local_temp(str(home)) as instance:
        job = build_definitions(project).resolve_job_def(REFRESH_JOB)
        run = job.execute_in_process(instance=instance, raise_on_error=False)
        assert not run.success
        said = "".join(str(record) for record in instance.all_logs(run.run_id))
    assert b"ValueError" in everything_in(home)
    assert VALUE not in said
    assert VALUE.encode() not in everything_in(home)
    assert VALUE not in "".join(capfd.readouterr())


def test_others_show_their_errors_in_full(tmp_path: Path) -> None:
    """An asset of another team, in definitions merged with ours, reports as it did without us."""
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        run = dg.materialize([of_another_team], instance=instance, raise_on_error=False)
        (failed,) = (event for event in run.all_events if event.is_step_failure)
    error = failed.step_failure_data.error
    assert error is not None
    assert error.cause is not None
    assert THEIRS in error.cause.message
    assert THEIRS.encode() in everything_in(tmp_path)


def test_importing_us_changes_nothing_for_others() -> None:
    """Neither switches of Dagster's, nor filters of its loggers and of its warnings."""
    look = (
        "import logging, os, privaci_dagster.cli, privaci_dagster.build, privaci_dagster.failures;"
        " loggers = [logging.getLogger(name) for name in logging.root.manager.loggerDict];"
        " switches = [name for name in os.environ if name.startswith('DAGSTER_')];"
        " from warnings import filters;"
        " silent = [known for known in filters if known[1] and 'beta' in known[1].pattern];"
        " print(switches, [logger.name for logger in loggers if logger.filters], silent)"
    )
    environ = {name: value for name, value in os.environ.items() if not name.startswith("DAGSTER_")}
    done = subprocess.run(
        [sys.executable, "-c", look], capture_output=True, text=True, check=True, env=environ
    )
    assert done.stdout.strip() == "[] [] []"


@pytest.mark.parametrize("error", [ValueError(VALUE), PreflightError("A", "b", "c")])
def test_the_drift_sensor_says_no_value(
    project: Project, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """Its tick is skipped with a message of ours."""

    def failing(_project: object) -> NoReturn:
        raise error

    monkeypatch.setattr(drift_checks, "read_catalog", failing)
    sensor = build_definitions(project).resolve_sensor_def("drift")
    with dg.DagsterInstance.ephemeral() as instance, dg.build_sensor_context(instance) as context:
        found = sensor.evaluate_tick(context)
    assert VALUE not in str(found.skip_message)
    assert found.skip_message
