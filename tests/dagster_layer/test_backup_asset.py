"""The asset of backups dumps a published target, and its check restores the dump."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import dagster as dg
import pytest
from dagster_layer.runs import project_in, refresh
from substrate.databases import run

from privaci_core.baselines.backups import backups
from privaci_core.errors import PreflightError
from privaci_core.prove.document import DOCUMENT, ProofId, document_from, document_of, file_of
from privaci_dagster.automation import TIMEZONE_VARIABLE
from privaci_dagster.backup_asset import DRILL_JOB, JOB
from privaci_dagster.build import build_definitions
from privaci_dagster.project import proofs_in
from privaci_dagster.proof_ids import proof_finder
from privaci_dagster.stale import stale_after

if TYPE_CHECKING:
    from pathlib import Path

    from privaci_dagster.project import Project

pytestmark = pytest.mark.dagster


def test_a_backup_is_taken_and_tried(
    source_db: str, target_db: str, tmp_path: Path, instance: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The check passes for a backup of proved rows, and fails for one of changed rows."""
    run(source_db, "CREATE TABLE visit (id int PRIMARY KEY)", "INSERT INTO visit VALUES (1), (2)")
    plain = project_in(tmp_path, source_db, target_db)
    project = replace(plain, store=f"file://{tmp_path}/kept")
    assert refresh(project, instance, monkeypatch).success
    job = build_definitions(project).resolve_job_def(JOB)
    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    verdicts = []
    for change in ("SELECT", "DELETE FROM visit WHERE id = 1"):
        run(target_db, change)
        done = job.execute_in_process(run_config=quiet, instance=instance, raise_on_error=False)
        assert done.success
        verdicts += [check.passed for check in done.get_asset_check_evaluations()]
    assert verdicts == [True, False]
    (backup,) = backups(project.object_store())
    (proof,) = proofs_in(instance.root_directory, project.environ).glob(f"*/{DOCUMENT}")
    named = document_from(proof.read_bytes())
    assert named is not None
    assert backup.proof == ProofId(refresh=backup.refreshes[-1], sha256=named["sha256"])


@pytest.fixture
def project(source_db: str, target_db: str, tmp_path: Path) -> Project:
    """A project with a store; nothing is published."""
    run(source_db, "CREATE TABLE visit (id int PRIMARY KEY)")
    plain = project_in(tmp_path, source_db, target_db)
    return replace(plain, store=f"file://{tmp_path}/kept")


def test_backups_and_drills_have_times_of_their_own(project: Project) -> None:
    """Each schedule is on where its time is named; a drill by time is not in the other's job."""
    off = build_definitions(project)
    assert {
        (name, off.resolve_schedule_def(name).cron_schedule)
        for name in ("nightly_backup", "backup_drill")
    } == {("nightly_backup", "0 5 * * *"), ("backup_drill", "0 6 * * 0")}
    timed = replace(
        project,
        backup_cron="30 2 * * 1-5",
        drill_cron="0 7 * * 6",
        environ={**project.environ, TIMEZONE_VARIABLE: "Europe/Berlin"},
    )
    on = build_definitions(timed)
    for name, job, cron in (
        ("nightly_backup", JOB, "30 2 * * 1-5"),
        ("backup_drill", DRILL_JOB, "0 7 * * 6"),
    ):
        schedule = on.resolve_schedule_def(name)
        assert (schedule.cron_schedule, schedule.job_name) == (cron, job)
        assert schedule.execution_timezone == "Europe/Berlin"
        assert schedule.default_status == dg.DefaultScheduleStatus.RUNNING
        assert off.resolve_schedule_def(name).default_status == dg.DefaultScheduleStatus.STOPPED
    checks = {
        of: [
            bool(made.resolve_job_def(of).asset_layer.asset_graph.asset_check_keys)
            for made in (off, on)
        ]
        for of in (JOB, DRILL_JOB)
    }
    assert checks == {JOB: [True, False], DRILL_JOB: [True, True]}


@pytest.mark.parametrize(
    ("cron", "hours"), [("", 36), ("0 5 * * *", 36), ("0 5 * * 1-5", 84), ("* * * * *", 36)]
)
def test_a_backup_is_stale_when_the_next_one_is_missed(cron: str, hours: int) -> None:
    """One of working days is not stale on a Sunday; a nightly one is after a day and a half."""
    assert stale_after(cron) == timedelta(hours=hours)


def test_the_newest_proof_of_the_copy_is_named(tmp_path: Path) -> None:
    """Not another copy's, and not one that was edited, whatever it says."""
    for name, day in (("a", 1), ("b", 2), ("shop-c", 3), ("other", 4)):
        content = {"refresh": name.removeprefix("shop-"), "published": f"2026-01-0{day}"}
        (tmp_path / name).mkdir()
        (tmp_path / name / DOCUMENT).write_bytes(file_of(document_of(content, None)))
    find = proof_finder(tmp_path, {})
    newest = find(["c", "a", "b"])
    assert newest is not None
    assert newest.refresh == "c"
    edited = tmp_path / "shop-c" / DOCUMENT
    edited.write_bytes(edited.read_bytes().replace(b"2026", b"2027"))
    assert getattr(find(["a", "b", "c"]), "refresh", "") == "b"
    assert find(["none"]) is None
    assert proof_finder(tmp_path / "missing", {})(["a"]) is None


def test_times_that_cannot_be_kept_are_refused(project: Project) -> None:
    """A time without a store, and words that are no time."""
    with pytest.raises(PreflightError, match="no store is named"):
        build_definitions(replace(project, store="", backup_cron="0 5 * * *"))
    with pytest.raises(PreflightError, match="is not a time"):
        build_definitions(replace(project, drill_cron="at night"))
    with pytest.raises(PreflightError, match="is not a time"):
        build_definitions(replace(project, backup_cron="at night"))


def test_as_many_backups_stay_as_the_project_says(
    project: Project, instance: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With one a day and none of earlier weeks, the second backup of a day replaces the first."""
    kept = replace(project, keep={"daily": 1, "weekly": 0}, drill_cron="0 7 * * 6")
    assert refresh(kept, instance, monkeypatch).success
    job = build_definitions(kept).resolve_job_def(JOB)
    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    for _ in range(2):
        assert job.execute_in_process(run_config=quiet, instance=instance).success
    assert len(backups(kept.object_store())) == 1
    wrong = replace(kept, keep={"hourly": 1})
    failed = build_definitions(wrong).resolve_job_def(JOB)
    assert not failed.execute_in_process(
        run_config=quiet, instance=instance, raise_on_error=False
    ).success
