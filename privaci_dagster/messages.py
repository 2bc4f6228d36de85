"""Writes the message about a run that ended, from what its steps and checks recorded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import dagster as dg

from privaci_core.prove.checks import CHECK_NAMED
from privaci_dagster.event_log import values_of
from privaci_dagster.failures import EXIT_CODE, UNEXPECTED, sentences_in

if TYPE_CHECKING:
    from collections.abc import Iterator

# A run of many tables writes some events for each.
PAGE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """What of a code location is one database's: its job, its steps and its assets."""

    job: str
    steps: frozenset[str]
    keys: frozenset[dg.AssetKey]
    published: dg.AssetKey

    def has(self, run: dg.DagsterRun, failed: frozenset[str]) -> bool:
        """Whether a run is about this database: of another project's runs nothing is told."""
        selected = run.asset_selection or frozenset()
        return run.job_name == self.job or bool(failed & self.steps or selected & self.keys)


def failure_message(instance: dg.DagsterInstance, run: dg.DagsterRun, graph: Graph) -> str | None:
    """Which step failed, why, and what to do; None for a run that is not ours."""
    events = list(_events(instance, run.run_id, dg.DagsterEventType.STEP_FAILURE))
    if not graph.has(run, frozenset(event.step_key or "" for event in events)):
        return None
    lines = [f"PrivaCI: the run {run.run_id} of {run.job_name} failed{_at(events)}."]
    lines += [_reason(event) for event in events if event.step_key in graph.steps]
    checks = _events(instance, run.run_id, dg.DagsterEventType.ASSET_CHECK_EVALUATION)
    for event in checks:
        check = event.asset_check_evaluation_data
        refuses = not check.passed and check.severity == dg.AssetCheckSeverity.ERROR
        if refuses and check.check_name in CHECK_NAMED and check.asset_key in graph.keys:
            lines += [f"{check.check_name}: {sentence}" for sentence in sentences_in(check)]
    return "\n".join(line for line in lines if line)


def success_message(instance: dg.DagsterInstance, run: dg.DagsterRun, graph: Graph) -> str | None:
    """What a run published; None for one that published nothing of ours."""
    for event in _events(instance, run.run_id, dg.DagsterEventType.ASSET_MATERIALIZATION):
        made = event.step_materialization_data.materialization
        if made.asset_key == graph.published:
            found = values_of(made.metadata)
            counts = f"{found['tables']:,} tables, {found['rows']:,} rows"
            masked = f"{found['masked_columns']:,} masked columns, {found['seconds']:,} s"
            return (
                f"PrivaCI: the run {run.run_id} of {run.job_name} published its target:"
                f" {counts}, {masked}."
            )
    return None


def _at(events: list[dg.DagsterEvent]) -> str:
    steps = [event.step_key for event in events if event.step_key]
    return f" at {', '.join(steps)}" if steps else ""


def _reason(event: dg.DagsterEvent) -> str:
    """Our own message of a step; any other may hold a value, and a refusal's is its checks'."""
    failure = event.step_failure_data.user_failure_data
    if failure is None:
        return ""
    return failure.description or UNEXPECTED if EXIT_CODE in failure.metadata else UNEXPECTED


def _events(
    instance: dg.DagsterInstance, run_id: str, kind: dg.DagsterEventType
) -> Iterator[dg.DagsterEvent]:
    """The events of one kind that a run wrote."""
    cursor, has_more = None, True
    while has_more:
        found = instance.get_records_for_run(run_id, cursor=cursor, of_type=kind, limit=PAGE)
        cursor, has_more = found.cursor, found.has_more
        for record in found.records:
            if record.event_log_entry.dagster_event is not None:
                yield record.event_log_entry.dagster_event
