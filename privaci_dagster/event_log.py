"""Reads what the steps of a refresh wrote to Dagster's event log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from privaci_dagster.labels import current

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import dagster as dg


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
) -> Iterator[tuple[dg.EventLogEntry, dg.AssetMaterialization]]:
    """The last materialization of each asset that has one, with its event; one query for all."""
    for record in instance.get_asset_records(list(keys)):
        event = record.asset_entry.last_materialization
        if event is not None and event.asset_materialization is not None:
            yield event, event.asset_materialization


def last_evaluation(
    instance: dg.DagsterInstance, key: dg.AssetCheckKey
) -> tuple[dg.EventLogEntry, dg.AssetCheckEvaluation] | None:
    """The last result of a check, with its event."""
    # No documented method of Dagster's reads a check's result; this one has a public name.
    record = instance.get_latest_asset_check_evaluation_record(key)
    event = record.event if record else None
    if event is None or event.dagster_event is None:
        return None
    return event, event.dagster_event.asset_check_evaluation_data
