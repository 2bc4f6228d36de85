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
from privaci_dagster.history import check_records, history_of, step_records
from privaci_dagster.labels import DIFFERENCES, NOTES

pytestmark = pytest.mark.dagster

NAMES = Names()
TABLE = dg.AssetKey(["target", "public", "person"])
REFRESH = "monday"


def end(instance: Any, key: dg.AssetKey, refresh: str | None = REFRESH, **metadata: Any) -> None:
    """End a step."""
    tags = {REFRESH_TAG: refresh} if refresh else None
    instance.report_runless_asset_event(dg.AssetMaterialization(key, metadata=metadata, tags=tags))


def judge(instance: Any, name: str, *, passed: bool, severity: str = "ERROR") -> None:
    """End a check."""
    evaluation = dg.AssetCheckEvaluation(
        asset_key=NAMES.constraints,
        check_name=name,
        passed=passed,
        severity=dg.AssetCheckSeverity(severity),
        metadata={DIFFERENCES: dg.MetadataValue.json({"public.person": 1})},
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
    first, second = check_records(instance, NAMES)
    assert [check.name for check in CHECKS].index("same_rows") == 0
    assert (first.name, first.passed, first.severity) == ("same_rows", False, "WARN")
    assert (second.name, second.passed, second.severity) == ("keys_hold", True, "ERROR")
    assert first.metadata == {DIFFERENCES: {"public.person": 1}}
    assert second.at <= first.at


def test_notes_are_those_of_the_first_and_the_last_step() -> None:
    """In this order; a step without any, or one that is not there, adds none."""
    assert history().notes == ("an owner is not there", "a large object")
    assert history(opened=None).notes == ("a large object",)
    assert history(completed=step("target/constraints", 0.0)).notes == ("an owner is not there",)
    assert history(opened=None, completed=None).notes == ()
