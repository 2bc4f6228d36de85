"""Builds the assets of a refresh from the lock file, in the order of the data's path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from privaci_dagster.asset_keys import OPENING
from privaci_dagster.held_snapshot import build_snapshot
from privaci_dagster.publication import build_published
from privaci_dagster.steps import steps_of
from privaci_dagster.table_assets import build_source, build_tables
from privaci_dagster.target_assets import build_constraints, build_schema

if TYPE_CHECKING:
    import dagster as dg

    from privaci_core.catalog.lock_file import Lock
    from privaci_dagster.asset_settings import AssetSettings


def build_assets(lock: Lock, settings: AssetSettings) -> list[dg.AssetsDefinition | dg.AssetSpec]:
    """Every asset of a refresh, in the order of the data's path."""
    names = settings.names
    return [
        build_snapshot(names, names.of(OPENING)),
        *(build_source(table, settings) for table in lock.tables),
        build_schema(settings),
        *(build_tables(step, lock, settings) for step in steps_of(lock, names)),
        build_constraints([names.target(table) for table in lock.tables], settings),
        build_published(lock, settings),
    ]
