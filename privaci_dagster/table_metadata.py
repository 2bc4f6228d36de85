"""Describes a loaded table to Dagster: counts, columns with their masks, and column lineage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dagster as dg

from privaci_core.plan.show import what_masks
from privaci_core.stream.copy_table import Loaded
from privaci_dagster.chunk_events import part_of
from privaci_dagster.labels import PARTS, UNCHANGED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from privaci_core.catalog.lock_file import LockedTable
    from privaci_core.plan.plan import TablePlan
    from privaci_core.refresh.open import Opened
    from privaci_dagster.asset_keys import Names

NOTHING = Loaded(rows=0, bytes=0)


def loaded_metadata(
    opened: Opened, plans: Sequence[TablePlan], loaded: Mapping[str, Loaded], seconds: float
) -> dict[str, Any]:
    """How much was loaded and how fast, and what a later run needs in order to resume."""
    total = sum(loaded.values(), NOTHING)
    masked = {column.name: column.action.action for plan in plans for column in plan.masked}
    parts = {plan.name: part_of(opened.earlier.counters, plan, loaded[plan.name]) for plan in plans}
    return {
        "dagster/row_count": total.rows,
        "bytes": total.bytes,
        "seconds": round(seconds, 3),
        "rows per second": round(total.rows / seconds) if seconds else total.rows,
        "masked columns": dg.MetadataValue.json(masked),
        "snapshot": opened.copy.ends.snapshot,
        PARTS: dg.MetadataValue.json(parts),
        **({UNCHANGED: True} if any(opened.keeps(plan) for plan in plans) else {}),
        **({} if plans else {"skipped": "by the policy's strategy"}),
    }


def table_metadata(
    opened: Opened,
    table: LockedTable,
    names: Names,
    plans: Sequence[TablePlan],
    loaded: Mapping[str, Loaded],
    seconds: float,
) -> dict[str, Any]:
    """All that a table's materialization tells of it."""
    return {
        **loaded_metadata(opened, plans, loaded, seconds),
        "dagster/column_schema": masked_columns(table, plans),
        "dagster/column_lineage": column_lineage(table, names),
    }


def slice_metadata(rows: int) -> dict[str, Any]:
    """What a run brought of one slice."""
    return {"dagster/partition_row_count": rows}


def columns_of(table: LockedTable) -> dg.TableSchema:
    """The table's columns and their types."""
    return _schema_of(table, {})


def masked_columns(table: LockedTable, plans: Sequence[TablePlan]) -> dg.TableSchema:
    """The table's columns; a masked one says what masks it, and why."""
    masks = {
        column.name: "masked by {} ({})".format(*what_masks(column))
        for plan in plans
        for column in plan.masked
    }
    return _schema_of(table, masks)


def column_lineage(table: LockedTable, names: Names) -> dg.TableColumnLineage:
    """Every column comes from the source's column of the same name."""
    source = names.source(table)
    return dg.TableColumnLineage(
        {name: [dg.TableColumnDep(source, name)] for name in table.columns}
    )


def _schema_of(table: LockedTable, descriptions: Mapping[str, str]) -> dg.TableSchema:
    columns = [
        dg.TableColumn(name, type=kind, description=descriptions.get(name))
        for name, kind in table.columns.items()
    ]
    return dg.TableSchema(columns=columns)
