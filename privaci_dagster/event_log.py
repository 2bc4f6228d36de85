"""Reads what the steps of a refresh wrote to Dagster's event log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dagster as dg

from privaci_dagster.asset_keys import REFRESH_TAG
from privaci_dagster.labels import REFRESH, current

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

    Made = tuple[dg.EventLogEntry, dg.AssetMaterialization]
    Found = tuple[dg.EventLogEntry, dg.AssetCheckEvaluation]

# How many events of one asset or check are read at once.
PAGE = 100


def values_of(metadata: Mapping[str, dg.MetadataValue[Any]]) -> dict[str, Any]:
    """Plain values of metadata, under the labels of this version."""
    return {current(label): value.value for label, value in metadata.items()}


def last_materialization(
    instance: dg.DagsterInstance, key: dg.AssetKey
) -> dg.AssetMaterialization | None:
    """What the last step that materialized an asset wrote."""
    event = instance.get_latest_materialization_event(key)
    return event.asset_materialization if event else None


def last_materializations(
    instance: dg.DagsterInstance, keys: Iterable[dg.AssetKey]
) -> Iterator[Made]:
    """The last materialization of each asset that has one, with its event; one query for all."""
    for record in instance.get_asset_records(list(keys)):
        event = record.asset_entry.last_materialization
        if event is not None and event.asset_materialization is not None:
            yield event, event.asset_materialization


def materializations_of(
    instance: dg.DagsterInstance, keys: Iterable[dg.AssetKey], refresh: str
) -> Iterator[Made]:
    """The last materialization of each asset by a refresh, whatever other runs wrote since."""
    for event, made in last_materializations(instance, keys):
        if _refresh_of(made) == refresh:
            yield event, made
        else:
            yield from _earlier_materialization(instance, made.asset_key, refresh)


def _earlier_materialization(
    instance: dg.DagsterInstance, key: dg.AssetKey, refresh: str
) -> Iterator[Made]:
    """The last materialization of an asset by a refresh; no more where it made none."""
    cursor = None
    while True:
        page = instance.fetch_materializations(key, limit=PAGE, cursor=cursor)
        for record in page.records:
            made = record.asset_materialization
            if made is not None and _refresh_of(made) == refresh:
                yield record.event_log_entry, made
                return
        if not page.has_more:
            return
        cursor = page.cursor


def _refresh_of(made: dg.AssetMaterialization) -> str | None:
    return (made.tags or {}).get(REFRESH_TAG)


def evaluation_of(
    instance: dg.DagsterInstance, key: dg.AssetCheckKey, refresh: str, runs: Container[str] = ()
) -> Found | None:
    """The last result of a check in a refresh, with its event, whichever run found it.

    `runs` are known runs of the refresh: results of earlier versions do not name it.
    """
    # No documented method of Dagster's reads the results of a check; this one has a public name.
    storage, cursor = instance.event_log_storage, None
    while page := storage.get_asset_check_execution_history(key, limit=PAGE, cursor=cursor):
        for record in page:
            found = _evaluation_in(record.event)
            if found is not None and _is_of(found, refresh, runs):
                return found
        cursor = page[-1].id
    return None


def latest_evaluations(
    instance: dg.DagsterInstance, keys: Sequence[dg.AssetCheckKey]
) -> dict[dg.AssetKey, dg.AssetCheckEvaluation]:
    """The last result of each check that has one, by its asset; one query for all."""
    # As above: no documented method reads them, and this one has a public name.
    found = instance.event_log_storage.get_latest_asset_check_execution_by_key(keys)
    results = ((key, _evaluation_in(record.event)) for key, record in found.items())
    return {key.asset_key: result[1] for key, result in results if result is not None}


def _is_of(found: Found, refresh: str, runs: Container[str]) -> bool:
    event, evaluation = found
    named = values_of(evaluation.metadata).get(REFRESH)
    return event.run_id in runs if named is None else named == refresh


def _evaluation_in(event: dg.EventLogEntry | None) -> Found | None:
    """The result in an event; a run's plan to find one is none."""
    if event is None or event.dagster_event is None:
        return None
    if event.dagster_event.event_type != dg.DagsterEventType.ASSET_CHECK_EVALUATION:
        return None
    return event, event.dagster_event.asset_check_evaluation_data
