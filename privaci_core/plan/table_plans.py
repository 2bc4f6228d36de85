"""Plans how the rows of each table travel."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from privaci_core.codecs.registry import codec_of
from privaci_core.plan.column_plans import wire_type
from privaci_core.plan.plan import TablePlan
from privaci_core.policy import Passthrough

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from psycopg import sql

    from privaci_core.catalog.catalog import Catalog, Column, Relation
    from privaci_core.plan.column_plans import ColumnPlans
    from privaci_core.plan.inputs import Inputs
    from privaci_core.plan.plan import ColumnPlan, WireFormat
    from privaci_core.plan.rules import Rules


def plan_tables(inputs: Inputs, rules: Rules, columns: ColumnPlans) -> tuple[TablePlan, ...]:
    """Plan every table that gets rows, the largest first."""
    without_rows = rules.excluded | rules.empty
    tables = [
        _table_plan(inputs, rules, columns, relation)
        for relation in inputs.catalog.tables
        if relation.oid not in without_rows
    ]
    return tuple(sorted(tables, key=lambda table: (-table.work_bytes, table.name)))


def _table_plan(
    inputs: Inputs, rules: Rules, columns: ColumnPlans, relation: Relation
) -> TablePlan:
    rule = rules.tables.get(relation.oid)
    stored = [c for c in inputs.catalog.columns.get(relation.oid, ()) if not c.generated]
    masked = {plan.name: plan for plan in _masked(columns, relation, stored)}
    looked_at = {name for plan in masked.values() for name in plan.reads}
    read = [c for c in stored if c.name in looked_at and c.name not in masked]
    leading = {*masked, *(column.name for column in read)}
    return TablePlan(
        schema=relation.schema,
        relation=relation.name,
        masked=tuple(masked.values()),
        read=tuple((column.name, wire_type(column)) for column in read),
        carried=tuple(column.name for column in stored if column.name not in leading),
        # Files hold what Postgres prints: rows that go into both travel as text.
        format="text" if inputs.policy.sink else _format(stored, leading),
        where=rule.where if rule else None,
        block_rows=(rule and rule.batch_size) or inputs.policy.batch_size,
        size_bytes=relation.size_bytes,
        key=_primary_key(inputs.catalog, relation),
        into=_destination(inputs.catalog, relation, masked),
        family=_family(inputs.catalog, relation),
        xml=frozenset(column.name for column in stored if wire_type(column) == "xml"),
    )


def _masked(
    columns: ColumnPlans, relation: Relation, stored: Iterable[Column]
) -> Iterator[ColumnPlan]:
    for column in stored:
        plan = columns.plans.get((relation.oid, column.name))
        if plan is not None and not isinstance(plan.action, Passthrough):
            yield plan


def _destination(catalog: Catalog, relation: Relation, masked: Iterable[str]) -> sql.Identifier:
    """The table, or the partitioned table at the top where a mask moves rows between partitions."""
    masked = list(masked)
    for above in catalog.lineage(relation):
        key = above.partition_key or ""
        if above is not relation and any(_mentions(key, name) for name in masked):
            return catalog.root(relation).identifier
    return relation.identifier


def _family(catalog: Catalog, relation: Relation) -> sql.Identifier | None:
    root = catalog.root(relation)
    return None if root is relation else root.identifier


def _mentions(key: str, name: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", key) is not None


def _format(columns: Iterable[Column], leading: Collection[str]) -> WireFormat:
    """Binary where every type's binary form is portable and every leading column can be decoded."""
    binary = all(
        column.binary and (column.name not in leading or codec_of(wire_type(column)) is not None)
        for column in columns
    )
    return "binary" if binary else "text"


def _primary_key(catalog: Catalog, relation: Relation) -> tuple[Column, ...]:
    primary = catalog.primary_key(relation)
    return tuple(catalog.by_place[relation.oid, name] for name in primary)
