"""Reads what steps noted in Dagster's event log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import dagster as dg


def values_of(metadata: Mapping[str, dg.MetadataValue[Any]]) -> dict[str, Any]:
    """Metadata as it was written."""
    return {name: value.value for name, value in metadata.items()}


def last_materialization(
    instance: dg.DagsterInstance, key: dg.AssetKey
) -> dg.AssetMaterialization | None:
    """What the last step that made an asset noted."""
    event = instance.get_latest_materialization_event(key)
    return event.asset_materialization if event else None


def last_materializations(
    instance: dg.DagsterInstance, keys: Iterable[dg.AssetKey]
) -> Iterator[tuple[dg.EventLogEntry, dg.AssetMaterialization]]:
    """The same of many assets, by one query, each with the event that it came in; an asset never made is left out."""
    for record in instance.get_asset_records(list(keys)):
        event = record.asset_entry.last_materialization
        if event is not None and event.asset_materialization is not None:
            yield event, event.asset_materialization
