"""Builds the assets of tables: as they are in the source, and loaded into the target, masked."""

from __future__ import annotations

from collections.abc import Iterator  # noqa: TC003 - Dagster reads annotations
from typing import TYPE_CHECKING

import dagster as dg

from privaci_core.catalog.lock_file import slice_names
from privaci_core.plan.markdown import plain
from privaci_dagster.failures import errors_as_failures
from privaci_dagster.legal_names import waiting_for
from privaci_dagster.load_step import materialized
from privaci_dagster.refresh import refresh_of
from privaci_dagster.selected_tables import exchanged_tables
from privaci_dagster.table_metadata import columns_of

if TYPE_CHECKING:
    from privaci_core.catalog.lock_file import Lock, LockedTable
    from privaci_dagster.asset_settings import AssetSettings
    from privaci_dagster.steps import Step


def build_source(table: LockedTable, settings: AssetSettings) -> dg.AssetSpec:
    """The asset of a table in the source, which a refresh reads and does not make."""
    return dg.AssetSpec(
        settings.names.source(table),
        description=f"The table {plain(table.qualified)} of the source, as it is.",
        group_name=settings.names.group("source", table.schema),
        kinds={"postgres"},
        owners=list(settings.owners),
        metadata={"dagster/column_schema": columns_of(table)},
    )


def build_tables(step: Step, lock: Lock, settings: AssetSettings) -> dg.AssetsDefinition:
    """The assets of the tables that one step loads; a run loads those that it selects."""
    names, everything = settings.names, {table.qualified: table for table in lock.tables}
    parts = slice_names(lock.slices if step.sliced else 1)
    partitions = dg.StaticPartitionsDefinition(parts) if step.sliced else None
    outs = {
        step.outputs[table.qualified]: dg.AssetOut.from_spec(
            _target(table, settings), dg.Nothing, is_required=False
        )
        for table in step.tables
    }

    # Without this each table would depend on the sources of all others.
    needs = {
        step.outputs[table.qualified]: {names.source(table), names.schema} for table in step.tables
    }

    @settings.multi_asset(
        name=step.name,
        outs=outs,
        internal_asset_deps=needs,
        ins=waiting_for([names.schema, *map(names.source, step.tables)]),
        partitions_def=partitions,
    )
    def load() -> Iterator[dg.MaterializeResult[None]]:
        with errors_as_failures("Loading tables"):
            context = dg.AssetExecutionContext.get()
            refresh = refresh_of(context, names)
            opened, selected = refresh.open_copy(), context.selected_asset_keys
            tables = [table for table in step.tables if names.target(table) in selected]
            if opened.copy.selection:
                yield from exchanged_tables(context, refresh, tables, everything, names)
                return
            with refresh.loading("Loading tables"):
                yield from materialized(context, opened, tables, names, parts)

    return load


def _target(table: LockedTable, settings: AssetSettings) -> dg.AssetSpec:
    """The asset of a table in the target."""
    names = settings.names
    return dg.AssetSpec(
        names.target(table),
        description=settings.notes.description(table),
        metadata=settings.notes.metadata(table),
        tags=settings.notes.tags(table),
        automation_condition=settings.condition_of(table),
        group_name=names.group("target", table.schema),
        kinds={"postgres"},
        owners=list(settings.owners),
    )
