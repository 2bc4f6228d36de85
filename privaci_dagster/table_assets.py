"""Builds the assets of one table: as it is in the source, and loaded into the target, masked."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import dagster as dg

from privaci_core.refresh.resume import load_rest
from privaci_core.refresh.table_versions import version_of
from privaci_dagster.asset_keys import REFRESH_TAG
from privaci_dagster.checkpoints import loaded_before, notes_of
from privaci_dagster.failures import errors_as_failures
from privaci_dagster.refresh import refresh_of
from privaci_dagster.table_metadata import (
    column_lineage,
    columns_of,
    loaded_metadata,
    masked_columns,
)

if TYPE_CHECKING:
    from privaci_core.catalog.lock_file import LockedTable
    from privaci_core.plan.chunks import Chunk
    from privaci_core.plan.plan import TablePlan
    from privaci_core.refresh.open import Opened
    from privaci_core.stream.copy_table import Loaded
    from privaci_dagster.asset_settings import AssetSettings


def build_source(table: LockedTable, settings: AssetSettings) -> dg.AssetSpec:
    """The asset of a table in the source, which a refresh reads and does not make."""
    return dg.AssetSpec(
        settings.names.source(table),
        description=f"The table {table.qualified} of the source, as it is.",
        group_name=settings.names.of("source"),
        kinds={"postgres"},
        owners=list(settings.owners),
        metadata={"dagster/column_schema": columns_of(table)},
    )


def build_table(
    table: LockedTable, slices: dg.PartitionsDefinition[str], settings: AssetSettings
) -> dg.AssetsDefinition:
    """The asset of a table in the target; a run loads the slices that it names."""
    names, count = settings.names, len(slices.get_partition_keys())

    @settings.asset(
        names.target(table),
        group_of(table.schema),
        deps=[names.source(table), names.schema],
        partitions_def=slices,
        description=f"The table {table.qualified} in the target, its personal columns masked.",
    )
    def load() -> dg.MaterializeResult[None]:
        with errors_as_failures():
            context = dg.AssetExecutionContext.get()
            opened = refresh_of(context, names).open_copy()
            copy = opened.copy
            plans = [plan for plan in copy.plan.tables if copy.root_of(plan) == table.qualified]
            started = time.monotonic()
            loaded = _load(context, opened, plans, count)
            seconds = time.monotonic() - started
            return dg.MaterializeResult(
                metadata={
                    **loaded_metadata(opened, plans, loaded, seconds),
                    "dagster/column_schema": masked_columns(table, plans),
                    "dagster/column_lineage": column_lineage(table, names),
                },
                data_version=dg.DataVersion(version_of(copy, opened.earlier.counters, plans)),
                tags={REFRESH_TAG: copy.mark.refresh},
            )

    return load


def _load(
    context: dg.AssetExecutionContext, opened: Opened, plans: list[TablePlan], slices: int
) -> dict[str, Loaded]:
    """Load the run's slices of a table's partitions; the rows of an unchanged table stay."""
    chosen = {int(key) for key in context.partition_keys}

    def wanted(chunk: Chunk) -> bool:
        return slice_of(chunk, slices) in chosen

    return {
        plan.name: loaded_before(context, plan)
        if opened.keeps(plan)
        else load_rest(opened, plan, notes_of(context, opened, plan), wanted)
        for plan in plans
    }


def slice_of(chunk: Chunk, slices: int) -> int:
    """The slice that a chunk belongs to; each chunk is in one."""
    return chunk.number * slices // chunk.of


def group_of(schema: str) -> str:
    """A group's name for a schema; Dagster allows letters, digits and underscores."""
    return "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in schema)
