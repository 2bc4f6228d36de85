"""Checks what a policy says about files: tables and columns whose values name folders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from privaci_core.plan.inputs import policy_name
from privaci_core.plan.rules import tables_by_name
from privaci_core.policy import suggest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from privaci_core.catalog.catalog import Catalog, Column
    from privaci_core.plan.inputs import Inputs
    from privaci_core.plan.rules import Rules
    from privaci_core.policy import Finding
    from privaci_core.policy.sink import Folders

DATES = frozenset({"date", "timestamp", "timestamptz"})
# Their values are long, or spelled in several ways.
NO_NAMES = frozenset({"bytea", "json", "jsonb", "xml", "float4", "float8", "numeric", "uuid"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedSink:
    """What does not fit."""

    findings: tuple[Finding, ...] = ()


def plan_sink(inputs: Inputs, rules: Rules) -> PlannedSink:
    """Look for the tables and columns of `partition_by`; what the source lacks is a finding."""
    return PlannedSink(findings=tuple(_findings(inputs, rules)))


def _findings(inputs: Inputs, rules: Rules) -> Iterator[Finding]:
    sink = inputs.policy.sink
    for name, folders in (sink.partition_by if sink else {}).items():
        for key, reason, remedy in _unfit(inputs.catalog, rules, name, folders):
            path = ("sink", "partition_by", name, *key)
            yield inputs.policy.finding(*path, reason=reason, remedy=remedy)


def _unfit(
    catalog: Catalog, rules: Rules, name: str, folders: Folders
) -> Iterator[tuple[tuple[str, ...], str, str]]:
    """What cannot be a folder: which key says it, why, what to do."""
    tables = tables_by_name(catalog)
    relation = tables.get(name)
    if relation is None:
        yield (), "the source has no such table", suggest(name, tables)
    elif relation.partition_of is not None:
        root = policy_name(catalog.root(relation))
        yield (), f"the table is a partition of {root}", f"Name {root}."
    elif relation.oid in rules.excluded | rules.empty:
        yield (), "the policy copies no row of it", "Leave the table out of `partition_by`."
    else:
        yield from _unfit_column(catalog.columns.get(relation.oid, ()), folders)


def _unfit_column(
    columns: tuple[Column, ...], folders: Folders
) -> Iterator[tuple[tuple[str, ...], str, str]]:
    of_name = {column.name: column for column in columns if not column.generated}
    column = of_name.get(folders.column)
    if column is None:
        reason = f"the table has no column {folders.column} that is copied"
        yield ("column",), reason, suggest(folders.column, of_name)
    elif folders.by != "value" and (column.is_array or column.scalar_type not in DATES):
        yield ("by",), f"{folders.column} is no date or timestamp", "Leave `by` out."
    elif folders.by == "value" and (column.is_array or column.scalar_type in NO_NAMES):
        reason = f"values of the type {column.type} name no folders"
        yield ("column",), reason, "Name a column of texts, whole numbers or dates."
    elif folders.by == "value" and len(of_name) == 1:
        reason = f"{folders.column} is the table's only column"
        yield ("column",), reason, "Leave the table out of `partition_by`."
