"""Tells Dagster of test data that other doors made without it: commands, and pytest."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import dagster as dg

from privaci_core.testdata.follow import events_after
from privaci_dagster.event_log import values_of
from privaci_dagster.scenario_events import RUN_TAG, entries_of, last_moment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from privaci_core.postgres.session import Connection
    from privaci_core.testdata.events import Event
    from privaci_dagster.asset_keys import Names

    Entry = dg.AssetMaterialization | dg.AssetObservation

# Transactions that began before an event may still commit others at earlier places.
SETTLED_AFTER = timedelta(minutes=2)
PAGE = 1_000


def catch_up(
    instance: dg.DagsterInstance, names: Names, target: Connection, place: int
) -> tuple[list[Entry], int]:
    """The entries that Dagster lacks of events behind a place, and the place to look from next."""
    found = events_after(target, place)
    if not found:
        return [], place
    events = [event for _, event in found]
    entries = list(entries_of(names, events))
    told = _told(instance, {entry.asset_key for entry in entries}, events)
    settled = datetime.now(UTC) - SETTLED_AFTER
    seen = [at for at, event in found if event.at < settled]
    return [entry for entry in entries if _name(entry) not in told], max(seen, default=place)


def _told(
    instance: dg.DagsterInstance, keys: set[dg.AssetKey], events: Sequence[Event]
) -> set[tuple[str, str]]:
    """What Dagster knows of these scenarios since the first of the events."""
    since = (min(event.at for event in events) - SETTLED_AFTER).timestamp()
    return {_name(entry) for key in keys for entry in _entries(instance, key, since)}


def _entries(instance: dg.DagsterInstance, key: dg.AssetKey, since: float) -> Iterator[Entry]:
    """The materializations and observations of a scenario since a time."""
    after = dg.AssetRecordsFilter(asset_key=key, after_timestamp=since)
    for fetch in (instance.fetch_materializations, instance.fetch_observations):
        cursor = None
        while True:
            page = fetch(after, limit=PAGE, cursor=cursor)
            for record in page.records:
                entry = record.asset_materialization or record.event_log_entry.asset_observation
                if entry is not None:
                    yield entry
            if not page.has_more:
                break
            cursor = page.cursor


def _name(entry: Entry) -> tuple[str, str]:
    """What tells an entry from all others: its run, and when its last event happened."""
    return (entry.tags or {}).get(RUN_TAG, ""), last_moment(values_of(entry.metadata))
