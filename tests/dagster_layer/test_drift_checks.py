"""Drift is a check of the table that changed: red until it is reviewed, told once, by all doors."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import dagster as dg
import pytest
from dagster_layer.runs import project_in, refresh
from substrate.databases import run

from privaci_core.catalog.catalog import read_catalog
from privaci_core.catalog.lock_file import lock_of, write_lock
from privaci_core.postgres.session import source_session
from privaci_core.refresh import open as opening
from privaci_dagster import drift_checks
from privaci_dagster.build import build_definitions
from privaci_dagster.drift import AS_REVIEWED
from privaci_dagster.drift_checks import AS_BEFORE
from privaci_dagster.failures import first_failure

if TYPE_CHECKING:
    from pathlib import Path

    from privaci_dagster.project import Project

pytestmark = pytest.mark.dagster

TABLES = """
CREATE TABLE team (id int PRIMARY KEY);
CREATE TABLE person (id int PRIMARY KEY, email text);
INSERT INTO person SELECT n, 'secret' || n || '@corp.example' FROM generate_series(1, 20) AS n;
"""
POLICY = """version: "1.0"
on_existing_data: drop_create
tables: {public.person: {columns: {email: {action: fake, provider: email}}}}
"""
PERSON, TEAM = (dg.AssetKey(["source", "public", name]) for name in ("person", "team"))
SCHEMA = dg.AssetKey(["target", "schema"])
ERROR, WARN = dg.AssetCheckSeverity.ERROR, dg.AssetCheckSeverity.WARN
HARMLESS = "ALTER TABLE person ADD COLUMN colour text"
PERSONAL = "ALTER TABLE person ADD COLUMN notes text"


@pytest.fixture
def project(source_db: str, target_db: str, tmp_path: Path) -> Project:
    """A project whose lock file is up to date."""
    run(source_db, *TABLES.strip().split(";\n"))
    return project_in(tmp_path, source_db, target_db, POLICY)


class Looks:
    """The sensor's looks at one project, and what Dagster then knows of each table."""

    def __init__(self, project: Project, instance: Any) -> None:
        self.project, self.instance, self.cursor = project, instance, None

    def look(self) -> list[dg.AssetCheckEvaluation]:
        """One look; its events are stored as the daemon stores them."""
        sensor = build_definitions(self.project).resolve_sensor_def("drift")
        context = dg.build_sensor_context(instance=self.instance, cursor=self.cursor)
        found: Any = sensor.evaluate_tick(context)
        self.cursor, self.skipped = found.cursor, found.skip_message
        for event in found.asset_events:
            self.instance.report_runless_asset_event(event)
        return list(found.asset_events)

    def state(self, key: dg.AssetKey) -> tuple[bool, Any, str] | None:
        """What Dagster shows of a table's check, if it was told anything."""
        return state_of(self.instance, key)


def state_of(instance: Any, key: dg.AssetKey) -> tuple[bool, Any, str] | None:
    """Whether a table's check passed, how bad that is, and the sentence."""
    record = instance.get_latest_asset_check_evaluation_record(dg.AssetCheckKey(key, AS_REVIEWED))
    if record is None:
        return None
    found = record.event.dagster_event.asset_check_evaluation_data
    return found.passed, found.severity, found.description


@pytest.fixture
def looks(project: Project, instance: Any) -> Looks:
    """No look yet."""
    return Looks(project, instance)


def sampled(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Grows at each sampling of the source."""
    times: list[object] = []
    real = opening.read_contents

    def read(*arguments: Any, **more: Any) -> Any:
        times.append(arguments)
        return real(*arguments, **more)

    monkeypatch.setattr(opening, "read_contents", read)
    return times


def test_the_first_look_tells_of_every_table_and_the_next_of_none(
    looks: Looks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All are green, and a source that is as reviewed is never sampled."""
    times = sampled(monkeypatch)
    assert {event.asset_key for event in looks.look()} == {PERSON, TEAM, SCHEMA}
    assert looks.state(PERSON) == (True, WARN, "The source is as its lock file says.")
    assert looks.look() == []
    assert looks.skipped == AS_BEFORE
    assert times == []


def test_a_change_is_told_of_its_table_alone_and_sampled_once(
    source_db: str, looks: Looks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A warning where nothing stops, in words; a second look at the same shape reads no row."""
    looks.look()
    times = sampled(monkeypatch)
    run(source_db, HARMLESS)
    (event,) = looks.look()
    assert (event.asset_key, event.passed, event.severity) == (PERSON, False, WARN)
    assert event.description == (
        "Added public.person.colour: it does not look personal."
        " Nothing stops: `privaci introspect` notes it in the lock file."
    )
    assert len(times) == 1
    assert looks.look() == []
    assert len(times) == 1


def test_a_change_that_waits_for_a_review_is_an_error_until_it_is_reviewed(
    source_db: str, looks: Looks
) -> None:
    """Red with what to do, then green when the lock file and the policy cover it."""
    looks.look()
    run(source_db, PERSONAL)
    looks.look()
    passed, severity, said = looks.state(PERSON) or (None, None, "")
    assert (passed, severity) == (False, ERROR)
    assert "public.person.notes: looks like free_text" in said
    assert said.endswith("run `privaci introspect`, commit both.")
    with source_session(source_db) as source:
        write_lock(lock_of(read_catalog(source)), looks.project.lock_path)
    (event,) = looks.look()
    assert (event.asset_key, event.passed) == (PERSON, True)


def test_a_new_table_is_told_on_the_schema(source_db: str, looks: Looks) -> None:
    """It has no asset yet; one that is gone has."""
    looks.look()
    run(source_db, "CREATE TABLE invoice (id int)", "DROP TABLE team")
    found = {event.asset_key: event.description for event in looks.look()}
    assert set(found) == {SCHEMA, TEAM}
    assert "public.invoice: a new table of 1 column" in found[SCHEMA]
    assert "public.team: the table is gone." in found[TEAM]


def test_a_run_tells_what_it_finds_and_a_sensor_need_not_repeat_it(
    source_db: str, looks: Looks, instance: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A warning does not stop the run; a table as reviewed costs a run no event."""
    run(source_db, HARMLESS)
    assert refresh(looks.project, instance, monkeypatch).success
    assert (state_of(instance, PERSON) or ())[:2] == (False, WARN)
    assert state_of(instance, TEAM) is None
    assert {event.asset_key for event in looks.look()} == {TEAM}
    run(source_db, "ALTER TABLE person DROP COLUMN colour")
    assert refresh(looks.project, instance, monkeypatch).success
    assert (state_of(instance, PERSON) or ())[0] is True


def test_a_run_with_a_lock_file_of_its_own_says_nothing_of_drift(
    source_db: str, looks: Looks, instance: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`privaci run` takes the source as it is: what awaits a review stays red."""
    run(source_db, PERSONAL, "CREATE TABLE invoice (id int)")
    looks.look()
    own = looks.project.lock_path.with_name("own.json")
    with source_session(source_db) as source:
        write_lock(lock_of(read_catalog(source)), own)
    project = replace(looks.project, lock_path=own, lock_is_reviewed=False)
    assert refresh(project, instance, monkeypatch).success
    for key in (PERSON, SCHEMA):
        assert (state_of(instance, key) or ())[:2] == (False, ERROR)


def test_a_refused_run_leaves_the_table_red(
    source_db: str, project: Project, instance: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The change that stopped the run is on the page of the table that has it."""
    run(source_db, PERSONAL, "CREATE TABLE invoice (id int)")
    assert not refresh(project, instance, monkeypatch).success
    assert (state_of(instance, PERSON) or ())[:2] == (False, ERROR)
    assert (state_of(instance, SCHEMA) or ())[:2] == (False, ERROR)


def test_the_check_of_one_table_runs_by_hand(
    source_db: str, project: Project, instance: Any
) -> None:
    """Dagster's button on a table's check looks at the source now."""
    run(source_db, HARMLESS)
    definitions = build_definitions(project)
    chosen = dg.AssetSelection.checks(dg.AssetCheckKey(PERSON, AS_REVIEWED))
    job = dg.Definitions.merge(
        definitions, dg.Definitions(jobs=[dg.define_asset_job("by_hand", chosen)])
    ).resolve_job_def("by_hand")
    result = job.execute_in_process(instance=instance)
    (found,) = result.get_asset_check_evaluations()
    assert (found.asset_key, found.passed, found.severity) == (PERSON, False, WARN)


@pytest.mark.usefixtures("plugins")
def test_what_a_detector_finds_is_red_on_the_schema_and_stops_a_run(
    source_db: str, looks: Looks, instance: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sensor and the run ask the installed detectors, as `privaci drift` does."""
    looks.look()
    run(source_db, "ALTER TABLE person ADD COLUMN invoice_size int")
    looks.look()
    passed, severity, said = looks.state(SCHEMA) or (None, None, "")
    assert (passed, severity) == (False, ERROR)
    assert "it is about money" in said
    failure = first_failure(refresh(looks.project, instance, monkeypatch))
    assert failure is not None
    assert failure.exit_code == 6
    assert "detected by loud" in failure.message
    write_lock_of(source_db, looks.project)
    assert {event.asset_key: event.passed for event in looks.look()} == {PERSON: True, SCHEMA: True}


def test_a_detector_that_is_installed_later_is_asked(
    looks: Looks, request: pytest.FixtureRequest, source_db: str
) -> None:
    """The same shape is looked at again: what it means may have changed."""
    run(source_db, "ALTER TABLE person ADD COLUMN invoice_size int")
    looks.look()
    request.getfixturevalue("plugins")
    assert {event.asset_key: event.passed for event in looks.look()} == {SCHEMA: False}


def write_lock_of(source: str, project: Project) -> None:
    """Review the source as it is."""
    with source_session(source) as session:
        write_lock(lock_of(read_catalog(session)), project.lock_path)


def test_a_source_that_is_down_does_not_fail_the_sensor(project: Project, instance: Any) -> None:
    """The sensor skips, and says why."""
    environ = {**project.environ, "SOURCE_DB_URL": "postgresql://127.0.0.1:1/nowhere"}
    away = Looks(replace(project, environ=environ), instance)
    assert away.look() == []
    assert "Connecting to" in (away.skipped or "")
    assert drift_checks.CHECK_SECONDS >= 30
