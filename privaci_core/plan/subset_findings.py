"""Finds what a policy's subset names that the source does not have, or that cannot be done."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from privaci_core.plan.inputs import policy_name
from privaci_core.plan.rules import tables_by_name
from privaci_core.policy import split_column, suggest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from privaci_core.catalog.catalog import Catalog, Relation
    from privaci_core.plan.inputs import Inputs
    from privaci_core.plan.rules import Rules
    from privaci_core.plan.subset import Edge
    from privaci_core.policy import Finding
    from privaci_core.policy.subset import Subset

NO_TABLE = "the source has no such table"
PATTERN = frozenset("*?[")


def findings_of(
    inputs: Inputs, rules: Rules, subset: Subset, edges: Sequence[Edge]
) -> Iterator[Finding]:
    """Every mistake of a subset that the catalog shows."""
    yield from _starts(inputs, rules, subset)
    yield from _children(inputs, subset, edges)
    yield from _parents(inputs, subset, edges)
    yield from _whole(inputs, rules, subset)


def _starts(inputs: Inputs, rules: Rules, subset: Subset) -> Iterator[Finding]:
    tables = tables_by_name(inputs.catalog)
    for number, start in enumerate(subset.start):
        mistake = _unfit(inputs.catalog, rules, tables.get(start.table), start.table)
        if mistake is not None:
            reason, remedy = mistake
            path = ("subset", "start", number, "table")
            yield inputs.policy.finding(*path, reason=reason, remedy=remedy)


def _unfit(
    catalog: Catalog, rules: Rules, relation: Relation | None, name: str
) -> tuple[str, str] | None:
    """Why a table cannot be named as a whole that has rows, and what to do."""
    if relation is None:
        return NO_TABLE, suggest(name, map(policy_name, catalog.roots))
    if relation.partition_of is not None:
        root = policy_name(catalog.root(relation))
        return f"the table is a partition of {root}", f"Name {root}."
    if relation.oid in rules.excluded | rules.empty:
        strategy = rules.tables[relation.oid].strategy
        return (
            f"the policy copies no row of it: strategy: {strategy}",
            "Leave the table's strategy out, or the table out of the subset.",
        )
    return None


def _children(inputs: Inputs, subset: Subset, edges: Sequence[Edge]) -> Iterator[Finding]:
    catalog = inputs.catalog
    tables = tables_by_name(catalog)
    roots = {edge.child: catalog.root(catalog.by_name[edge.child]) for edge in edges}
    referring = {policy_name(root) for root in roots.values()}
    for name in subset.children if isinstance(subset.children, dict) else ():
        relation = tables.get(name)
        if relation is not None and name in referring:
            continue
        if relation is None:
            reason, remedy = NO_TABLE, suggest(name, sorted(referring))
        elif relation.partition_of is not None:
            root = policy_name(catalog.root(relation))
            reason, remedy = f"the table is a partition of {root}", f"Name {root}."
        else:
            reason = "the table refers to no other: it is no child"
            remedy = "Leave it out, or declare its reference under `relations`."
        yield inputs.policy.finding("subset", "children", name, reason=reason, remedy=remedy)


def _parents(inputs: Inputs, subset: Subset, edges: Sequence[Edge]) -> Iterator[Finding]:
    for path in subset.parents if isinstance(subset.parents, dict) else ():
        mistake = _uncuttable(inputs.catalog, path, edges)
        if mistake is not None:
            reason, remedy = mistake
            yield inputs.policy.finding("subset", "parents", path, reason=reason, remedy=remedy)


def _uncuttable(catalog: Catalog, path: str, edges: Sequence[Edge]) -> tuple[str, str] | None:
    """Why a column's reference cannot be cut, and what to do."""
    relation = _table_of(catalog, path)
    if relation is None:
        return NO_TABLE, suggest(path.rpartition(".")[0], tables_by_name(catalog))
    name = (split_column(path) or ("", "", ""))[2]
    column = catalog.by_place.get((relation.oid, name))
    if column is None:
        columns = (each.name for each in catalog.columns.get(relation.oid, ()))
        return "the table has no such column", suggest(name, columns)
    family = {each.qualified for each in catalog.row_tables if relation in catalog.lineage(each)}
    touched = [edge for edge in edges if edge.child in family and name in edge.null_columns]
    if not touched:
        reason = "no key and no relation refers from this column: there is nothing to cut"
        return reason, "Name a referencing column, as schema.table.column."
    nulled = {
        each for edge in touched for each in edge.null_columns if edge.match_full or each == name
    }
    for each in sorted(nulled):
        found = catalog.by_place[relation.oid, each]
        if found.not_null or found.generated:
            why = "is NOT NULL" if found.not_null else "is generated"
            return (
                f"the reference cannot become NULL: its column {each} {why}",
                "Leave it out, so that its parents come along; or choose fewer children.",
            )
    return None


def _table_of(catalog: Catalog, path: str) -> Relation | None:
    """The table of a column that the policy names."""
    schema, table, _ = split_column(path) or ("", "", "")
    found = (each for each in catalog.row_tables if (each.schema, each.name) == (schema, table))
    return next(found, None)


def _whole(inputs: Inputs, rules: Rules, subset: Subset) -> Iterator[Finding]:
    catalog = inputs.catalog
    tables = tables_by_name(catalog)
    names = [policy_name(relation) for relation in catalog.roots]
    for number, pattern in enumerate(subset.whole):
        if any(fnmatchcase(name, pattern) for name in names):
            is_name = not PATTERN & set(pattern)
            mistake = _unfit(catalog, rules, tables[pattern], pattern) if is_name else None
        elif pattern in tables:
            mistake = _unfit(catalog, rules, tables[pattern], pattern)
        else:
            mistake = ("no table of the source has such a name", suggest(pattern, names))
        if mistake is not None:
            reason, remedy = mistake
            yield inputs.policy.finding("subset", "whole", number, reason=reason, remedy=remedy)
