"""Tells what a refresh did, from what its steps noted in Dagster's event log: whoever asks need not have been there."""

from __future__ import annotations

import getpass
import platform
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import dagster as dg

from privaci_core.plan.show import lines_of
from privaci_core.target.audit_trail import Entry
from privaci_dagster.asset_keys import REFRESH_TAG
from privaci_dagster.event_log import last_materializations, values_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from privaci_core.catalog.lock_file import Lock
    from privaci_core.loading.copy import Copy
    from privaci_core.plan.show import Line
    from privaci_dagster.asset_keys import Names

NOTES = "left out"
SCHEDULE_TAG, USER_TAG = "dagster/schedule_name", "user"
# Which tables' rows stay, and that a table's do.
KEPT = "kept from before"
# Each check, and what it is worth to a reader of the proof where it has passed.
CHECKS = {
    "same_rows": "every table holds as many rows as the source's at the moment that was read",
    "rows_are_masked": "rows found by their masked keys: what is masked is another value, the rest is as it was",
    "no_originals": "no original of a masked column stands anywhere in the target",
    "keys_hold": "every key, unique index and foreign key of the source is in the target, and valid",
    "all_columns_reviewed": "no column that may be personal was copied without somebody's word",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one step of a refresh noted when it ended."""

    name: str
    at: float
    run: str
    metadata: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What one check found, in counts and names."""

    name: str
    at: float
    passed: bool
    severity: str
    metadata: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A refresh, from its beginning to its publication."""

    refresh: str
    run: str
    who: str
    begun: Step | None
    tables: tuple[Step, ...]
    completed: Step | None
    checks: tuple[Checked, ...]
    plan: tuple[Line, ...] = field(default=())

    @property
    def notes(self) -> tuple[str, ...]:
        """What was left out or is to be looked at, in the order in which it was met."""
        steps = (step for step in (self.begun, self.completed) if step)
        return tuple(str(note) for step in steps for note in step.metadata.get(NOTES, ()))


def story_of(context: dg.AssetExecutionContext, copy: Copy, lock: Lock, names: Names) -> Story:
    """The story of the refresh that a step is the last of."""
    keys = {names.target(table): table.qualified for table in lock.tables}
    ends = {names.schema: "target/schema", names.constraints: "target/constraints"}
    found = _steps(context.instance, keys | ends, copy.mark.refresh)
    checks = [dg.AssetCheckKey(names.constraints, name) for name in CHECKS]
    return Story(
        refresh=copy.mark.refresh,
        run=context.run.run_id,
        who=_who(context.run),
        begun=found.get(names.schema),
        tables=tuple(step for key, step in found.items() if key in keys),
        completed=found.get(names.constraints),
        checks=tuple(_checks(context.instance, checks)),
        plan=lines_of(copy.plan, copy.catalog),
    )


def trail_of(story: Story) -> tuple[Entry, ...]:
    """The story as lines of the audit trail."""

    def line(event: Any, at: float, **more: Any) -> Entry:
        when = datetime.fromtimestamp(at, UTC)
        return Entry(
            refresh=story.refresh, run=story.run, who=story.who, at=when, event=event, **more
        )

    now = datetime.now(UTC).timestamp()
    begun = story.begun.at if story.begun else now
    lines = [line("begun", begun)]
    rows = {step.name: int(step.metadata.get("dagster/row_count", 0)) for step in story.tables}
    lines += [
        line("table loaded", step.at, relation=step.name, rows=rows[step.name])
        for step in story.tables
    ]
    lines += [
        line(
            "column masked",
            begun,
            relation=planned.table,
            column=planned.column,
            rule=planned.action,
            reason=planned.reason,
            rows=rows.get(planned.table),
        )
        for planned in story.plan
        if planned.masks
    ]
    lines += [line("warning", begun, said=note) for note in story.notes]
    lines += [
        line(
            "check",
            check.at,
            rule=check.name,
            said="passed" if check.passed else f"failed: {check.severity}",
        )
        for check in story.checks
    ]
    return (*lines, line("published", now))


def _steps(
    instance: dg.DagsterInstance, keys: Mapping[dg.AssetKey, str], refresh: str
) -> dict[dg.AssetKey, Step]:
    """What the steps of a refresh noted, by one query for all of them."""
    found = {
        made.asset_key: Step(
            name=keys[made.asset_key],
            at=event.timestamp,
            run=event.run_id,
            metadata=values_of(made.metadata),
        )
        for event, made in last_materializations(instance, keys)
        if (made.tags or {}).get(REFRESH_TAG) == refresh
    }
    return {key: found[key] for key in keys if key in found}


def _checks(instance: dg.DagsterInstance, keys: list[dg.AssetCheckKey]) -> Iterator[Checked]:
    """The last verdict of each check."""
    records = instance.event_log_storage.get_latest_asset_check_execution_by_key(keys)
    for key in keys:
        event = records[key].event if key in records else None
        evaluation = (
            event.dagster_event.asset_check_evaluation_data
            if event and event.dagster_event
            else None
        )
        if event is None or evaluation is None:
            continue
        yield Checked(
            name=key.name,
            at=event.timestamp,
            passed=evaluation.passed,
            severity=evaluation.severity.value,
            metadata=values_of(evaluation.metadata),
        )


def _who(run: dg.DagsterRun) -> str:
    """Who let the run begin: a schedule, the person that a tag names, or the system's user."""
    if SCHEDULE_TAG in run.tags:
        return f"schedule {run.tags[SCHEDULE_TAG]}"
    return run.tags.get(USER_TAG) or f"{_system_user()} at {platform.node()}"


def _system_user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        # A container's user need have no name.
        return "an unnamed user"
