"""Writes the events of test data into Dagster's event log, at the asset of their scenario."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dagster as dg

from privaci_core.testdata.errors import UnknownScenario

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from privaci_core.testdata.events import Event
    from privaci_dagster.asset_keys import Names

# On each event: the run that it is about.
RUN_TAG = "privaci/test_run"
# After it, the scenario's rows are in the target.
SEEDED = "seed_completed"
ENDS = frozenset({"reset_started", "reset_completed", "reset_refused", "expired"})
EVENTS = "events"


def report_events(instance: dg.DagsterInstance, names: Names, events: Sequence[Event]) -> None:
    """Write the events of one step of a run: one entry, however many there are."""
    for entry in entries_of(names, events):
        instance.report_runless_asset_event(entry)


def entries_of(
    names: Names, events: Iterable[Event]
) -> Iterator[dg.AssetMaterialization | dg.AssetObservation]:
    """An entry for each step of a run; rows that were written materialize their scenario."""
    steps: dict[tuple[str, str, bool], list[Event]] = {}
    for event in events:
        steps.setdefault(_step(event), []).append(event)
    for (scenario, run, _), of_run in steps.items():
        seeded = any(event.action == SEEDED and event.status == "ok" for event in of_run)
        kind = dg.AssetMaterialization if seeded else dg.AssetObservation
        # A client may invent names: each would be an asset.
        unknown = any(event.outputs.get("code") == UnknownScenario.code for event in of_run)
        # What concerns the whole target names none.
        unknown = unknown or not scenario
        yield kind(
            names.test_data if unknown else names.scenario(scenario),
            description=of_run[-1].action,
            metadata=metadata_of(of_run),
            tags={RUN_TAG: run},
        )


def metadata_of(events: Sequence[Event]) -> dict[str, Any]:
    """What Dagster shows of a step of a run."""
    last = events[-1]
    return {
        "test run": last.run,
        "invoker": last.invoker,
        "status": last.status,
        "requirements": dg.MetadataValue.json(list(last.requirement_ids)),
        EVENTS: dg.MetadataValue.json([event.as_json() for event in events]),
    }


def last_moment(values: Mapping[str, Any]) -> str:
    """When the last event of an entry happened; empty where an entry has none."""
    events = values.get(EVENTS) or [{}]
    return str(events[-1].get("at", ""))


def _step(event: Event) -> tuple[str, str, bool]:
    """What the events of one entry have in common: a request is one step, a reset another."""
    return event.scenario, event.run, event.action in ENDS
