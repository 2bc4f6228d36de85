"""Reads what the steps of a refresh did from Dagster's event log, whichever process ran them."""

from __future__ import annotations

import hashlib
import platform
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import dagster as dg

from privaci_core.catalog.lock_file import shape_fingerprint
from privaci_core.plan.show import lines_of
from privaci_core.postgres.dsn import describe
from privaci_core.prove.checks import CHECKS
from privaci_dagster.event_log import evaluation_of, materializations_of, values_of
from privaci_dagster.labels import (
    NOT_ASKED,
    NOTES,
    POLICY_DIGEST,
    REFRESH,
    SALT_DIGEST,
    SCHEMA_DIGEST,
    SOURCE_DIGEST,
)
from privaci_dagster.system_user import system_user

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping

    from privaci_core.catalog.lock_file import Lock
    from privaci_core.loading.copy import Copy
    from privaci_core.plan.show import Line
    from privaci_dagster.asset_keys import Names

WARN = dg.AssetCheckSeverity.WARN.value
SCHEDULE_TAG, USER_TAG = "dagster/schedule_name", "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRecord:
    """What one step of a refresh wrote when it ended."""

    name: str
    at: float
    run: str
    metadata: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRecord:
    """What one check found, in counts and names."""

    name: str
    at: float
    run: str
    passed: bool
    severity: str
    metadata: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """A refresh, from its first step to its checks."""

    refresh: str
    run: str
    who: str
    opened: StepRecord | None
    tables: tuple[StepRecord, ...]
    completed: StepRecord | None
    checks: tuple[CheckRecord, ...]
    plan: tuple[Line, ...] = ()

    @property
    def asked_checks(self) -> tuple[CheckRecord, ...]:
        """The checks that had something to look at: what a proof and a trail tell of."""
        return tuple(check for check in self.checks if NOT_ASKED not in check.metadata)

    @property
    def notes(self) -> tuple[str, ...]:
        """What was not copied or needs a look, in the order of the steps."""
        steps = (step for step in (self.opened, self.completed) if step)
        return tuple(str(note) for step in steps for note in step.metadata.get(NOTES, ()))


def history_of(context: dg.AssetExecutionContext, copy: Copy, lock: Lock, names: Names) -> History:
    """The history of the refresh that a step belongs to, up to that step."""
    tables = {names.target(table): table.qualified for table in lock.tables}
    steps = {names.schema: "target/schema", names.constraints: "target/constraints"}
    refresh = copy.mark.refresh
    found = step_records(context.instance, tables | steps, refresh)
    runs = {refresh, context.run.run_id, *(step.run for step in found.values())}
    return History(
        refresh=refresh,
        run=context.run.run_id,
        who=started_by(context.run),
        opened=found.get(names.schema),
        tables=tuple(step for key, step in found.items() if key in tables),
        completed=found.get(names.constraints),
        checks=tuple(check_records(context.instance, names, refresh, runs)),
        plan=lines_of(copy.plan, copy.catalog),
    )


def fingerprints_of(copy: Copy) -> dict[str, str]:
    """What goes into a refresh: policy, schema, salt and source, none of which they show."""
    return {
        POLICY_DIGEST: copy.policy.fingerprint(),
        SCHEMA_DIGEST: shape_fingerprint(copy.catalog),
        SALT_DIGEST: copy.ends.keys.fingerprint(),
        SOURCE_DIGEST: source_fingerprint(copy.ends.source),
    }


def source_fingerprint(dsn: str) -> str:
    """A hash of a source's host, port and database, without user and password."""
    return hashlib.sha256(describe(dsn).encode()).hexdigest()


def step_records(
    instance: dg.DagsterInstance, keys: Mapping[dg.AssetKey, str], refresh: str
) -> dict[dg.AssetKey, StepRecord]:
    """The materializations of a refresh, in the order of the keys."""
    found = {
        made.asset_key: StepRecord(
            name=keys[made.asset_key],
            at=event.timestamp,
            run=event.run_id,
            metadata=values_of(made.metadata),
        )
        for event, made in materializations_of(instance, keys, refresh)
    }
    return {key: found[key] for key in keys if key in found}


def check_records(
    instance: dg.DagsterInstance, names: Names, refresh: str, runs: Container[str] = ()
) -> Iterator[CheckRecord]:
    """The last result in a refresh of each check that has one."""
    for check in CHECKS:
        key = dg.AssetCheckKey(names.constraints, check.name)
        found = evaluation_of(instance, key, refresh, runs)
        if found is not None:
            event, evaluation = found
            metadata = values_of(evaluation.metadata)
            metadata.pop(REFRESH, None)
            yield CheckRecord(
                name=check.name,
                at=event.timestamp,
                run=event.run_id,
                passed=evaluation.passed,
                severity=evaluation.severity.value,
                metadata=metadata,
            )


def unproved_checks(history: History) -> list[str]:
    """The blocking checks that have not passed since the target was completed."""
    proved = {check.name for check in history.checks if _proves(check, history.completed)}
    return [check.name for check in CHECKS if check.blocks and check.name not in proved]


def _proves(check: CheckRecord, completed: StepRecord | None) -> bool:
    """Whether a check passed, or found only what the policy allows, in the completed target."""
    if completed is None or not (check.passed or check.severity == WARN):
        return False
    # Clocks of two machines differ by less than two runs of one refresh.
    return check.run == completed.run or check.at >= completed.at


def started_by(run: dg.DagsterRun) -> str:
    """What started a run: a schedule, the person that a tag names, or the system's user."""
    if SCHEDULE_TAG in run.tags:
        return f"schedule {run.tags[SCHEDULE_TAG]}"
    return run.tags.get(USER_TAG) or f"{system_user()} at {platform.node()}"
