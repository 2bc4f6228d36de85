"""One asset per table of the lock file, between the assets that open a refresh and those that complete it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import dagster as dg

from privaci_core.catalog.lock_file import shape_fingerprint, slice_names
from privaci_core.plan.show import lines_of, what_masks
from privaci_core.prove.document import document_of
from privaci_core.refresh.resume import load_rest
from privaci_core.refresh.steps import create_target, finish_target, publish_target
from privaci_core.refresh.table_versions import version_of
from privaci_dagster.asset_keys import REFRESH_TAG
from privaci_dagster.checkpoints import PARTS, loaded_before, notes_of, part_of
from privaci_dagster.failures import told
from privaci_dagster.history import KEPT, NOTES, story_of, trail_of
from privaci_dagster.keep_unchanged import DEFINITIONS, STATES, definitions_of
from privaci_dagster.project import proofs_in
from privaci_dagster.proofs import content_of, keep_proof
from privaci_dagster.refresh import RESOURCE, refresh_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from privaci_core.catalog.lock_file import Lock, LockedTable
    from privaci_core.loading.copy import Copy
    from privaci_core.plan.chunks import Chunk
    from privaci_core.plan.plan import TablePlan
    from privaci_dagster.asset_keys import Names

SUSPECTED, SIZES = "suspected columns", "bytes to load"
# A nightly copy that is older than this has missed a night.
FRESH_FOR = timedelta(hours=36)
# One run carries a whole range of slices, so that one line on the command line is a whole refresh.
ONE_RUN = dg.BackfillPolicy.single_run()


def build_assets(
    lock: Lock, names: Names, owners: Sequence[str] = ()
) -> list[dg.AssetsDefinition | dg.AssetSpec]:
    """Every asset of a refresh, in the order of the data's path."""
    slices = dg.StaticPartitionsDefinition(slice_names(lock.slices))
    common = Common(names, tuple(owners))
    sources = [_source(table, common) for table in lock.tables]
    tables = [_table(table, slices, common) for table in lock.tables]
    loaded = [names.target(table) for table in lock.tables]
    return [
        *sources,
        _schema(common),
        *tables,
        _constraints(loaded, common),
        _published(lock, common),
    ]


@dataclass(frozen=True, slots=True)
class Common:
    """What all assets of one database have in common."""

    names: Names
    owners: tuple[str, ...] = ()

    def asset(
        self, key: dg.AssetKey, group: str = "target", **more: Any
    ) -> Callable[..., dg.AssetsDefinition]:
        """An asset of ours: one run carries all its partitions, and it works on the run's copy."""
        made: Callable[..., dg.AssetsDefinition] = dg.asset(
            key=key,
            group_name=self.names.of(group),
            kinds={"postgres"},
            owners=list(self.owners),
            backfill_policy=ONE_RUN,
            required_resource_keys={self.names.of(RESOURCE)},
            **more,
        )
        return made


def _source(table: LockedTable, common: Common) -> dg.AssetSpec:
    return dg.AssetSpec(
        common.names.source(table),
        description=f"The table {table.qualified} of the source, as it is.",
        group_name=common.names.of("source"),
        kinds={"postgres"},
        owners=list(common.owners),
        metadata={"dagster/column_schema": _columns(table)},
    )


def _schema(common: Common) -> dg.AssetsDefinition:
    @common.asset(common.names.schema)
    def schema() -> dg.MaterializeResult[None]:
        """The target's tables, types, views and functions, before any row: opens a refresh."""
        with told():
            refresh = refresh_of(dg.AssetExecutionContext.get(), common.names)
            copy = refresh.copy_under_way()
            notes, sizes = create_target(copy), _sizes(copy)
        return dg.MaterializeResult(
            metadata={
                "tables": len(sizes),
                "masked columns": sum(line.masks for line in lines_of(copy.plan, copy.catalog)),
                "policy's fingerprint": copy.policy.fingerprint(),
                "schema's fingerprint": shape_fingerprint(copy.catalog),
                "salt's fingerprint": copy.ends.keys.fingerprint(),
                "refresh": copy.mark.refresh,
                "went on": copy.resumes,
                KEPT: dg.MetadataValue.json(sorted(copy.kept)),
                NOTES: dg.MetadataValue.json(list(notes)),
                SIZES: dg.MetadataValue.json(sizes),
                SUSPECTED: sum(found.confidence != "low" for _, _, found in copy.plan.suspected),
                "changed since the lock file": dg.MetadataValue.json(
                    [str(change) for change in refresh.changes]
                ),
            },
            tags={REFRESH_TAG: copy.mark.refresh},
        )

    return schema


def _sizes(copy: Copy) -> dict[str, int]:
    """How much of each table is to be loaded; as people count, the leaves of a partitioned table are one with it."""
    sizes: dict[str, int] = {}
    for plan in copy.plan.tables:
        root = copy.root_of(plan)
        sizes[root] = sizes.get(root, 0) + (0 if root in copy.kept else plan.size_bytes)
    return sizes


def _table(
    table: LockedTable, slices: dg.PartitionsDefinition[str], common: Common
) -> dg.AssetsDefinition:
    count = len(slices.get_partition_keys())

    @common.asset(
        common.names.target(table),
        _group(table.schema),
        deps=[common.names.source(table), common.names.schema],
        partitions_def=slices,
        description=f"The table {table.qualified} in the target, its personal columns masked.",
    )
    def load() -> dg.MaterializeResult[None]:
        with told():
            context = dg.AssetExecutionContext.get()
            copy = refresh_of(context, common.names).copy_under_way()
            plans = [plan for plan in copy.plan.tables if copy.root_of(plan) == table.qualified]
            begun = time.monotonic()
            chosen = {int(key) for key in context.partition_keys}

            def wanted(chunk: Chunk) -> bool:
                return chunk.number * count // chunk.of in chosen

            kept = table.qualified in copy.kept
            parts = {
                plan.name: loaded_before(context, plan)
                if kept
                else load_rest(copy, plan, notes_of(context, copy, plan), wanted)
                for plan in plans
            }
            seconds = time.monotonic() - begun
        rows, size = (
            sum(part.rows for part in parts.values()),
            sum(part.bytes for part in parts.values()),
        )
        return dg.MaterializeResult(
            metadata={
                "dagster/row_count": rows,
                "bytes": size,
                "seconds": round(seconds, 3),
                "rows a second": round(rows / seconds) if seconds else rows,
                "masked columns": dg.MetadataValue.json(
                    {c.name: c.action.action for p in plans for c in p.masked}
                ),
                "dagster/column_schema": _masked_columns(table, plans),
                "dagster/column_lineage": _lineage(table, common),
                "snapshot": copy.ends.snapshot,
                PARTS: dg.MetadataValue.json(
                    {p.name: part_of(copy, p, parts[p.name]) for p in plans}
                ),
                **({KEPT: True} if kept else {}),
                **({} if plans else {"left out": "by the policy's strategy"}),
            },
            data_version=dg.DataVersion(version_of(copy, plans)),
            tags={REFRESH_TAG: copy.mark.refresh},
        )

    return load


def _constraints(tables: list[dg.AssetKey], common: Common) -> dg.AssetsDefinition:
    @common.asset(common.names.constraints, deps=tables)
    def constraints() -> dg.MaterializeResult[None]:
        """The target's indexes, keys, triggers and policies, built behind the rows: completes a refresh."""
        with told():
            begun, copy = (
                time.monotonic(),
                refresh_of(dg.AssetExecutionContext.get(), common.names).copy_under_way(),
            )
            notes = finish_target(copy)
        return dg.MaterializeResult(
            metadata={
                NOTES: dg.MetadataValue.json(list(notes)),
                "seconds": round(time.monotonic() - begun, 3),
            },
            tags={REFRESH_TAG: copy.mark.refresh},
        )

    return constraints


def _published(lock: Lock, common: Common) -> dg.AssetsDefinition:
    fresh = dg.FreshnessPolicy.time_window(fail_window=FRESH_FOR)

    @common.asset(common.names.published, deps=[common.names.constraints], freshness_policy=fresh)
    def published() -> dg.MaterializeResult[None]:
        """The target as people may use it: proved by the checks, marked whole, swapped in if it stood beside."""
        with told():
            context = dg.AssetExecutionContext.get()
            refresh = refresh_of(context, common.names)
            copy = refresh.copy_under_way()
            seen = {DEFINITIONS: definitions_of(copy)} if refresh.keeps else {}
            story = story_of(context, copy, lock, common.names)
            trail = trail_of(story) if copy.policy.audit_log else ()
            states = publish_target(copy, trail)
            by_name = {f"{schema}.{name}": state for (schema, name), state in states.items()}
            folder = proofs_in(context.instance.root_directory) / common.names.of(copy.mark.refresh)
            kept = keep_proof(
                folder, document_of(content_of(copy, story), refresh.signs_with), trail
            )
        return dg.MaterializeResult(
            metadata={**kept, **seen, STATES: dg.MetadataValue.json(by_name)},
            tags={REFRESH_TAG: copy.mark.refresh},
        )

    return published


def _masked_columns(table: LockedTable, plans: list[TablePlan]) -> dg.TableSchema:
    """The table's columns, each masked one with what masks it and why."""
    said = {
        column.name: "masked by {} ({})".format(*what_masks(column))
        for plan in plans
        for column in plan.masked
    }
    columns = [
        dg.TableColumn(name, type=kind, description=said.get(name))
        for name, kind in table.columns.items()
    ]
    return dg.TableSchema(columns=columns)


def _lineage(table: LockedTable, common: Common) -> dg.TableColumnLineage:
    """Every column comes from the source's of the same name."""
    source = common.names.source(table)
    return dg.TableColumnLineage(
        {name: [dg.TableColumnDep(source, name)] for name in table.columns}
    )


def _columns(table: LockedTable) -> dg.TableSchema:
    return dg.TableSchema(
        columns=[dg.TableColumn(name, type=kind) for name, kind in table.columns.items()]
    )


def _group(schema: str) -> str:
    """A schema's name as a group's, which may hold letters, digits and underscores alone."""
    return "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in schema)
