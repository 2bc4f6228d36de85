"""Writes the events of test data into Dagster's event log, at the asset of their scenario."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

import dagster as dg

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from privaci_core.testdata.events import Event
    from privaci_dagster.asset_keys import Names

# On each event: the run that it is about.
RUN_TAG = "privaci/test_run"
# After it, the scenario's rows are in the target.
SEEDED = "seed_completed"


def report_events(instance: dg.DagsterInstance, names: Names, events: Sequence[Event]) -> None:
    """Write the events of one step of a run: one entry, however many there are."""
    for entry in entries_of(names, events):
        instance.report_runless_asset_event(entry)


def entries_of(
    names: Names, events: Iterable[Event]
) -> Iterator[dg.AssetMaterialization | dg.AssetObservation]:
    """An entry for each run; rows that were written are a materialization of their scenario."""
    for (scenario, run), found in groupby(events, key=lambda event: (event.scenario, event.run)):
        of_run = list(found)
        last = of_run[-1]
        seeded = any(event.action == SEEDED and event.status == "ok" for event in of_run)
        kind = dg.AssetMaterialization if seeded else dg.AssetObservation
        yield kind(
            names.scenario(scenario),
            description=last.action,
            metadata={
                "test run": run,
                "invoker": last.invoker,
                "status": last.status,
                "requirements": dg.MetadataValue.json(list(last.requirement_ids)),
                "events": dg.MetadataValue.json([event.as_json() for event in of_run]),
            },
            tags={RUN_TAG: run},
        )
