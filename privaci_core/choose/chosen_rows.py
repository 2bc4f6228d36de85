"""Tells each table of a plan which of its rows are copied."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from privaci_core.catalog.catalog import Catalog
    from privaci_core.choose.choose import Chosen
    from privaci_core.plan.plan import Plan, TablePlan


def with_rows(plan: Plan, catalog: Catalog, chosen: Chosen) -> Plan:
    """The plan of the chosen rows alone."""
    roots = {table.name: catalog.root_name(table.name) for table in plan.tables}
    some = {roots[table.name] for table in plan.tables if chosen.rows[table.name] is not None}
    tables = (_with_rows(catalog, table, chosen) for table in plan.tables)
    return replace(
        plan,
        tables=tuple(
            # A shuffle over all partitions would deal out values of rows that stay away.
            replace(table, family=None) if roots[table.name] in some else table
            for table in tables
        ),
        subset=plan.subset and replace(plan.subset, brought=chosen.brought),
    )


def _with_rows(catalog: Catalog, table: TablePlan, chosen: Chosen) -> TablePlan:
    rows = chosen.rows[table.name]
    size = table.size_bytes
    if rows is not None:
        # An estimate of what is carried, which decides how many streams a table is worth.
        size = int(size * min(1.0, len(rows) / max(_estimated_rows(catalog, table), 1)))
    return replace(table, rows=rows, nulls=chosen.nulls.get(table.name, ()), size_bytes=size)


def _estimated_rows(catalog: Catalog, table: TablePlan) -> int:
    return catalog.by_name[table.name].estimated_rows
