"""Builds the assets of a refresh from the lock file, in the order of the data's path."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dagster as dg

from privaci_core.catalog.lock_file import slice_names
from privaci_dagster.asset_settings import AssetSettings
from privaci_dagster.publication import build_published
from privaci_dagster.table_assets import build_source, build_table
from privaci_dagster.target_assets import build_constraints, build_schema

if TYPE_CHECKING:
    from collections.abc import Sequence

    from privaci_core.catalog.lock_file import Lock
    from privaci_dagster.asset_keys import Names


def build_assets(
    lock: Lock, names: Names, owners: Sequence[str] = ()
) -> list[dg.AssetsDefinition | dg.AssetSpec]:
    """Every asset of a refresh, in the order of the data's path."""
    slices = dg.StaticPartitionsDefinition(slice_names(lock.slices))
    settings = AssetSettings(names=names, owners=tuple(owners))
    return [
        *(build_source(table, settings) for table in lock.tables),
        build_schema(settings),
        *(build_table(table, slices, settings) for table in lock.tables),
        build_constraints([names.target(table) for table in lock.tables], settings),
        build_published(lock, settings),
    ]
