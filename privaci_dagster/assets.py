"""One asset per table of the lock file, between the assets that open a refresh and those that complete it."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING

import dagster as dg

from privaci_core.copy_database import create_target, finish_target, publish_target
from privaci_core.go_on import load_rest
from privaci_dagster.errors import told
from privaci_dagster.names import CONSTRAINTS, PUBLISHED, REFRESH_TAG, SCHEMA, slice_names
from privaci_dagster.notes import notes_of, part_of, root_of
from privaci_dagster.refresh import Refresh

if TYPE_CHECKING:
    from privaci_core.chunks import Chunk
    from privaci_core.lock import Lock, LockedTable
    from privaci_core.plan import TablePlan

SUSPECTED = "suspected columns"
# A nightly copy that is older than this has missed a night.
FRESH_FOR = timedelta(hours=36)
# One run carries a whole range of slices, so that one line on the command line is a whole refresh.
ONE_RUN = dg.BackfillPolicy.single_run()


def build_assets(lock: Lock) -> list[dg.AssetsDefinition | dg.AssetSpec]:
    """Every asset of a refresh, in the order of the data's path."""
    slices = dg.StaticPartitionsDefinition(slice_names(lock.slices))
    sources = [_source(table) for table in lock.tables]
    tables = [_table(table, slices) for table in lock.tables]
    return [*sources, _schema(), *tables, _constraints([table.key for table in tables]), _published()]


def source_key(table: LockedTable) -> dg.AssetKey:
    """Where a table is in the graph before it is copied."""
    return dg.AssetKey(["source", table.schema, table.name])


def target_key(table: LockedTable) -> dg.AssetKey:
    """Where a table is in the graph once it is copied."""
    return dg.AssetKey(["target", table.schema, table.name])


def _source(table: LockedTable) -> dg.AssetSpec:
    return dg.AssetSpec(
        source_key(table),
        description=f"The table {table.qualified} of the source, as it is.",
        group_name="source",
        kinds={"postgres"},
        metadata={"dagster/column_schema": _columns(table)},
    )


def _schema() -> dg.AssetsDefinition:
    @dg.asset(key=SCHEMA, backfill_policy=ONE_RUN, group_name="target", kinds={"postgres"})
    def schema(refresh: Refresh) -> dg.MaterializeResult[None]:
        """The target's tables, types, views and functions, before any row: opens a refresh."""
        with told():
            copy = refresh.copy_under_way()
            notes = create_target(copy)
        return dg.MaterializeResult(
            metadata={
                "tables": len(copy.plan.tables),
                "masked columns": copy.plan.masked_columns,
                "policy": copy.policy.fingerprint(),
                "salt": copy.ends.keys.fingerprint(),
                "refresh": copy.mark.refresh,
                "went on": copy.resumes,
                "left out": dg.MetadataValue.json(list(notes)),
                SUSPECTED: len(copy.plan.suspected),
                "changed since the lock file": dg.MetadataValue.json([str(change) for change in refresh.changes]),
            }
        )

    return schema


def _table(table: LockedTable, slices: dg.PartitionsDefinition[str]) -> dg.AssetsDefinition:
    count = len(slices.get_partition_keys())

    @dg.asset(
        key=target_key(table),
        deps=[source_key(table), SCHEMA],
        partitions_def=slices,
        backfill_policy=ONE_RUN,
        group_name=_group(table.schema),
        kinds={"postgres"},
        description=f"The table {table.qualified} in the target, its personal columns masked.",
    )
    def load(refresh: Refresh) -> dg.MaterializeResult[None]:
        with told():
            copy = refresh.copy_under_way()
            plans = [plan for plan in copy.plan.tables if root_of(copy, plan) == table.qualified]
            begun, context = time.monotonic(), dg.AssetExecutionContext.get()
            chosen = {int(key) for key in context.partition_keys}

            def wanted(chunk: Chunk) -> bool:
                return chunk.number * count // chunk.of in chosen

            parts = {plan.name: load_rest(copy, plan, notes_of(context, copy, plan), wanted) for plan in plans}
            seconds = time.monotonic() - begun
        rows, size = sum(part.rows for part in parts.values()), sum(part.bytes for part in parts.values())
        return dg.MaterializeResult(
            metadata={
                "dagster/row_count": rows,
                "bytes": size,
                "seconds": round(seconds, 3),
                "rows a second": round(rows / seconds) if seconds else rows,
                "masked columns": dg.MetadataValue.json({c.name: c.action.action for p in plans for c in p.masked}),
                "dagster/column_schema": _masked_columns(table, plans),
                "dagster/column_lineage": _lineage(table),
                "snapshot": copy.ends.snapshot,
                "parts": dg.MetadataValue.json({p.name: part_of(copy, p, parts[p.name]) for p in plans}),
                **({} if plans else {"left out": "by the policy's strategy"}),
            },
            data_version=dg.DataVersion(copy.mark.refresh),
            tags={REFRESH_TAG: copy.mark.refresh},
        )

    return load


def _constraints(tables: list[dg.AssetKey]) -> dg.AssetsDefinition:
    @dg.asset(key=CONSTRAINTS, deps=tables, backfill_policy=ONE_RUN, group_name="target", kinds={"postgres"})
    def constraints(refresh: Refresh) -> dg.MaterializeResult[None]:
        """The target's indexes, keys, triggers and policies, built behind the rows: completes a refresh."""
        with told():
            notes = finish_target(refresh.copy_under_way())
        return dg.MaterializeResult(metadata={"left out": dg.MetadataValue.json(list(notes))})

    return constraints


def _published() -> dg.AssetsDefinition:
    @dg.asset(
        key=PUBLISHED,
        deps=[CONSTRAINTS],
        backfill_policy=ONE_RUN,
        group_name="target",
        kinds={"postgres"},
        freshness_policy=dg.FreshnessPolicy.time_window(fail_window=FRESH_FOR),
    )
    def published(refresh: Refresh) -> dg.MaterializeResult[None]:
        """The target as people may use it: proved by the checks, marked whole, swapped in if it stood beside."""
        with told():
            publish_target(refresh.copy_under_way())
        return dg.MaterializeResult()

    return published


def _masked_columns(table: LockedTable, plans: list[TablePlan]) -> dg.TableSchema:
    """The table's columns, each masked one with what masks it and why."""
    said = {c.name: f"masked by {c.action.action}: {c.evidence or c.reason}" for plan in plans for c in plan.masked}
    columns = [dg.TableColumn(name, type=kind, description=said.get(name)) for name, kind in table.columns.items()]
    return dg.TableSchema(columns=columns)


def _lineage(table: LockedTable) -> dg.TableColumnLineage:
    """Every column comes from the source's of the same name."""
    source = source_key(table)
    return dg.TableColumnLineage({name: [dg.TableColumnDep(source, name)] for name in table.columns})


def _columns(table: LockedTable) -> dg.TableSchema:
    return dg.TableSchema(columns=[dg.TableColumn(name, type=kind) for name, kind in table.columns.items()])


def _group(schema: str) -> str:
    """A schema's name as a group's, which may hold letters, digits and underscores alone."""
    return "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in schema)
