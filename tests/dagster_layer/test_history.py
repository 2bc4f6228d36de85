"""The history of a refresh, read from Dagster's event log: its steps, its checks, its plan."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest
from builders.copies import copy_of
from dagster_layer.test_trail import history, step

from privaci_core.catalog.lock_file import lock_of
from privaci_core.plan.show import lines_of
from privaci_core.prove.checks import CHECKS
from privaci_dagster.asset_keys import REFRESH_TAG, Names
from privaci_dagster.event_log import PAGE
from privaci_dagster.history import (
    CheckRecord,
    check_records,
    history_of,
    step_records,
    unproved_checks,
)
from privaci_dagster.labels import DIFFERENCES, NOTES
from privaci_dagster.labels import REFRESH as LABEL

pytestmark = pytest.mark.dagster

NAMES = Names()
TABLE = dg.AssetKey(["target", "public", "person"])
REFRESH = "monday"


def end(instance: Any, key: dg.AssetKey, refresh: str | None = REFRESH, **metadata: Any) -> None:
    """End a step."""
    tags = {REFRESH_TAG: refresh} if refresh else None
    instance.report_runless_asset_event(dg.AssetMaterialization(key, metadata=metadata, tags=tags))


def judge(
    instance: Any, name: str, *, passed: bool, severity: str = "ERROR", refresh: str = REFRESH
) -> None:
    """End a check of a refresh."""
    evaluation = dg.AssetCheckEvaluation(
        asset_key=NAMES.constraints,
        check_name=name,
        passed=passed,
        severity=dg.AssetCheckSeverity(severity),
        metadata={DIFFERENCES: dg.MetadataValue.json({"public.person": 1}), LABEL: refresh},
    )
    instance.report_runless_asset_event(evaluation)


def read(instance: Any) -> Any:
    """The history of Monday's refresh of one table."""
    run = dg.DagsterRun(job_name="refresh", run_id="a run", tags={"user": "olga"})
    context: Any = SimpleNamespace(instance=instance, run=run)
    copy = copy_of()
    return history_of(context, copy, lock_of(copy.catalog), NAMES)


def test_a_refresh_is_read_from_the_steps_that_it_ended(instance: Any) -> None:
    """The first and the last one by themselves, tables apart, whatever their order in the log."""
    end(instance, NAMES.constraints, **{NOTES: ["a large object"]})
    end(instance, TABLE, rows=50)
    end(instance, NAMES.schema)
    found = read(instance)
    assert (found.refresh, found.run, found.who) == (REFRESH, "a run", "olga")
    assert (found.opened.name, found.completed.name) == ("target/schema", "target/constraints")
    assert [(table.name, table.metadata) for table in found.tables] == [
        ("public.person", {"rows": 50})
    ]
    assert found.notes == ("a large object",)
    assert found.checks == ()


def test_a_history_has_a_line_for_each_column(instance: Any) -> None:
    """What the plan does with it."""
    copy = copy_of()
    assert read(instance).plan == lines_of(copy.plan, copy.catalog)


def test_steps_of_another_refresh_are_not_its_own(instance: Any) -> None:
    """Nor a materialization that no refresh wrote."""
    end(instance, NAMES.schema, "tuesday")
    end(instance, TABLE, None)
    found = read(instance)
    assert (found.opened, found.tables, found.completed) == (None, (), None)


def test_steps_come_in_the_order_of_their_keys(instance: Any) -> None:
    """A step has its name, time and metadata; keys without one are not there."""
    visit, gone = dg.AssetKey("visit"), dg.AssetKey("gone")
    end(instance, visit, rows=7)
    end(instance, TABLE)
    found = step_records(instance, {TABLE: "a", gone: "b", visit: "c"}, REFRESH)
    assert [(key, record.name) for key, record in found.items()] == [(TABLE, "a"), (visit, "c")]
    assert found[visit].metadata == {"rows": 7}
    assert 0 < found[visit].at <= found[TABLE].at


def test_the_last_result_of_each_check_is_read(instance: Any) -> None:
    """In the order of the registry; a check that never ran has none."""
    judge(instance, "keys_hold", passed=True)
    judge(instance, "same_rows", passed=True)
    judge(instance, "same_rows", passed=False, severity="WARN")
    first, second = check_records(instance, NAMES, REFRESH)
    assert [check.name for check in CHECKS].index("same_rows") == 0
    assert (first.name, first.passed, first.severity) == ("same_rows", False, "WARN")
    assert (second.name, second.passed, second.severity) == ("keys_hold", True, "ERROR")
    assert first.metadata == {DIFFERENCES: {"public.person": 1}}
    assert second.at <= first.at


def test_results_of_another_refresh_are_not_its_own(instance: Any) -> None:
    """However many of them were written since, and however many checks only planned."""
    judge(instance, "keys_hold", passed=True)
    for number in range(PAGE + 1):
        judge(instance, "keys_hold", passed=False, refresh=f"tuesday-{number}")
    judge(instance, "same_rows", passed=False, refresh="tuesday")
    (found,) = check_records(instance, NAMES, REFRESH)
    assert (found.name, found.passed) == ("keys_hold", True)


def test_a_check_that_a_run_planned_has_no_result(instance: Any) -> None:
    """A run that is refused before its checks leaves only its plan, which hides no result."""
    judge(instance, "keys_hold", passed=True)

    def run_check() -> dg.AssetCheckResult:
        raise dg.Failure("refused")

    refused = dg.asset_check(asset=NAMES.constraints, name="keys_hold")(run_check)
    job = dg.Definitions(
        assets=[dg.AssetSpec(NAMES.constraints)], asset_checks=[refused]
    ).resolve_implicit_global_asset_job_def()
    job.execute_in_process(instance=instance, raise_on_error=False)
    latest = instance.get_latest_asset_check_evaluation_record(
        dg.AssetCheckKey(NAMES.constraints, "keys_hold")
    )
    assert "PLANNED" in latest.event.dagster_event_type.value
    (found,) = check_records(instance, NAMES, REFRESH)
    assert (found.name, found.passed) == ("keys_hold", True)


def test_a_step_is_found_behind_those_of_other_refreshes(instance: Any) -> None:
    """Another project may use the same names in the same home, and end the same steps later."""
    end(instance, TABLE, rows=50)
    for number in range(PAGE + 1):
        end(instance, TABLE, f"tuesday-{number}", rows=7)
    found = step_records(instance, {TABLE: "public.person"}, REFRESH)
    assert found[TABLE].metadata == {"rows": 50}


def verdict(name: str, **more: Any) -> CheckRecord:
    """A check that passed in the run that completed the target."""
    usual = {"at": 5.0, "run": "a run", "passed": True, "severity": "ERROR", "metadata": {}}
    return CheckRecord(name=name, **(usual | more))


@pytest.mark.parametrize(
    ("changed", "unproved"),
    [
        ({}, []),
        ({"passed": False}, ["keys_hold"]),
        ({"passed": False, "severity": "WARN"}, []),
        ({"run": "an earlier run"}, ["keys_hold"]),
        ({"run": "a later run", "at": 9.0}, []),
        ({"name": "another"}, ["keys_hold"]),
    ],
)
def test_a_target_is_published_only_after_its_own_checks(
    changed: dict[str, Any], unproved: list[str]
) -> None:
    """Each check that blocks passed since the target was completed, or found what is allowed."""
    blocking = [check.name for check in CHECKS if check.blocks]
    checks = [verdict(name) for name in blocking if name != "keys_hold"]
    completed = step("target/constraints", 8.0)
    mine = verdict(**({"name": "keys_hold"} | changed))
    assert unproved_checks(history(completed=completed, checks=(*checks, mine))) == unproved


def test_a_target_that_was_not_completed_is_unproved() -> None:
    """Nothing says what its checks looked at."""
    blocking = [check.name for check in CHECKS if check.blocks]
    checks = tuple(verdict(name) for name in blocking)
    assert unproved_checks(history(completed=None, checks=checks)) == blocking


def test_notes_are_those_of_the_first_and_the_last_step() -> None:
    """In this order; a step without any, or one that is not there, adds none."""
    assert history().notes == ("an owner is not there", "a large object")
    assert history(opened=None).notes == ("a large object",)
    assert history(completed=step("target/constraints", 0.0)).notes == ("an owner is not there",)
    assert history(opened=None, completed=None).notes == ()
