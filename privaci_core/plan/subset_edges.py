"""Makes an edge of a subset from each foreign key and each declared relation."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from psycopg import sql

from privaci_core.catalog.foreign_keys import MATCH_FULL
from privaci_core.codecs.registry import types_of
from privaci_core.plan.conditions import compile_condition
from privaci_core.plan.inputs import policy_name
from privaci_core.plan.linked_columns import usable_relations
from privaci_core.plan.subset import Edge
from privaci_core.policy import KeyColumns, split_column
from privaci_core.policy.subset import PerParent
from privaci_core.postgres.names import spelled

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from privaci_core.catalog.catalog import Catalog, Column, Relation
    from privaci_core.catalog.foreign_keys import ForeignKey
    from privaci_core.plan.inputs import Inputs
    from privaci_core.policy import Policy
    from privaci_core.policy import Relation as DeclaredRelation
    from privaci_core.policy.subset import Subset

AND = sql.SQL(" AND ")
# Types whose values compare with one another, and types without an equality of their own.
FAMILIES = (types_of("integer"), types_of("text"))
INCOMPARABLE = frozenset({"json", "xml", "point", "polygon", "box", "line", "path", "circle"})


def edges_of(inputs: Inputs, subset: Subset) -> tuple[Edge, ...]:
    """Every edge between tables that the source has, with what the policy says about it."""
    catalog, policy = inputs.catalog, inputs.policy
    cuts = cuts_of(subset)
    found = (*_of_keys(catalog), *_of_relations(catalog, policy))
    # Two keys of the same columns are two edges.
    count = Counter[str]()
    edges = []
    for edge, names in found:
        count[edge.name] += 1
        again = f" ({count[edge.name]})" if count[edge.name] > 1 else ""
        named = replace(edge, name=f"{edge.name}{again}")
        edges.append(_ruled(catalog, subset, cuts, named, names))
    return tuple(edges)


def cuts_of(subset: Subset) -> dict[str, frozenset[str]]:
    """The columns that are cut, by the name of their table."""
    cuts: dict[str, set[str]] = {}
    for path in subset.parents if isinstance(subset.parents, dict) else ():
        schema, table, column = split_column(path) or ("", "", "")
        name = KeyColumns(schema=schema, table=table, columns=()).relation
        cuts.setdefault(name, set()).add(column)
    return {table: frozenset(columns) for table, columns in cuts.items()}


def _ruled(
    catalog: Catalog,
    subset: Subset,
    cuts: Mapping[str, frozenset[str]],
    edge: Edge,
    names: tuple[str, ...],
) -> Edge:
    """An edge with its children and parents as the policy wants them."""
    child = catalog.by_name[edge.child]
    rule = subset.child_rule(policy_name(catalog.root(child)))
    per_parent = rule.per_parent if isinstance(rule, PerParent) else None
    cut = [name for above in catalog.lineage(child) for name in cuts.get(policy_name(above), ())]
    nulled = tuple(name for name in names if name in cut)
    if nulled and edge.match_full:
        nulled = names
    up: Literal["keep", "null"] = "null" if nulled else "keep"
    return replace(
        edge,
        columns=names,
        down=rule != "none",
        per_parent=per_parent,
        up=up,
        null_columns=nulled,
    )


def _of_keys(catalog: Catalog) -> Iterator[tuple[Edge, tuple[str, ...]]]:
    """The edges of foreign keys, each with the columns that could become NULL."""
    for key in catalog.foreign_keys:
        child, parent = catalog.by_oid.get(key.relation), catalog.by_oid.get(key.referenced)
        # The catalog has no tables of extensions.
        if child is not None and parent is not None:
            yield _of_key(catalog, key, child, parent), key.columns


def _of_key(catalog: Catalog, key: ForeignKey, child: Relation, parent: Relation) -> Edge:
    own = [_qualified("child", name) for name in key.columns]
    other = [_qualified("parent", name) for name in key.referenced_columns]
    operators = list(key.operators or ("=",) * len(own))
    collations = key.collations or ("",) * len(own)
    if key.period:
        # Its rows share one period with each row that they refer to.
        operators[-1] = "OPERATOR(pg_catalog.&&)"
    compared = (
        # The server wrote operators and collations.
        sql.SQL("{} {} {} {}").format(above, sql.SQL(operator), below, sql.SQL(collation))
        for above, below, operator, collation in zip(other, own, operators, collations, strict=True)
    )
    return Edge(
        name=_name(catalog, child, _listed(key.columns), parent, key.referenced_columns),
        child=child.qualified,
        parent=parent.qualified,
        pairs=tuple(zip(own, other, strict=True)),
        refers=AND.join(compared),
        match_full=key.match == MATCH_FULL,
        one_parent=not key.period,
        child_alone=child.kind == "r",
        parent_alone=parent.kind == "r",
    )


def _of_relations(catalog: Catalog, policy: Policy) -> Iterator[tuple[Edge, tuple[str, ...]]]:
    """The edges of declared relations; a document's columns are not to become NULL."""
    for relation, child, parent in usable_relations(catalog, policy):
        names = tuple(name for name, inside in relation.source.ends if not inside)
        yield _of_relation(catalog, relation, child, parent), names


def _of_relation(
    catalog: Catalog, relation: DeclaredRelation, child: Relation, parent: Relation
) -> Edge:
    source = relation.source
    pairs, compared = [], []
    for (name, inside), referenced in zip(source.ends, relation.target.columns, strict=True):
        own, other = catalog.by_place[child.oid, name], catalog.by_place[parent.oid, referenced]
        below, above = _qualified("child", name), _qualified("parent", referenced)
        if inside:
            below = _inside(below, inside)
        pairs.append((below, above))
        compared.append(_compared(below, above, own, other, is_text=bool(inside)))
    shown = str(source).removeprefix(f"{source.relation}(").removesuffix(")")
    when = _condition(catalog, child, relation.when) if relation.when is not None else None
    return Edge(
        name=_name(catalog, child, shown, parent, relation.target.columns),
        child=child.qualified,
        parent=parent.qualified,
        pairs=tuple(pairs),
        refers=AND.join(compared),
        is_key=False,
        as_text=any(source.documents),
        when=when,
        child_alone=child.kind == "r",
        parent_alone=parent.kind == "r",
    )


def _compared(
    below: sql.Composable, above: sql.Composable, own: Column, other: Column, *, is_text: bool
) -> sql.Composed:
    """The comparison of two columns of a relation: as text where their types have no other."""
    if is_text:
        return sql.SQL("{}::pg_catalog.text = {}").format(above, below)
    if own.is_array and not other.is_array:
        return sql.SQL("{} = ANY ({})").format(above, below)
    schemas, types = {own.base_schema, other.base_schema}, {own.base_type, other.base_type}
    alike = len(types) == len(schemas) == 1 and not types & INCOMPARABLE
    if not alike and not any(types <= family for family in FAMILIES):
        return sql.SQL("{}::pg_catalog.text = {}::pg_catalog.text").format(above, below)
    # A type of an extension has its operators beside it.
    beside = own.base_schema != "pg_catalog" and own.scalar_kind == "b" and not own.is_array
    schema = own.base_schema if beside else "pg_catalog"
    return sql.SQL("{} OPERATOR({}.=) {}").format(above, sql.Identifier(schema), below)


def _inside(column: sql.Composable, path: tuple[str | int, ...]) -> sql.Composed:
    """A value inside a document as text, written as people write an index on it."""
    for number, step in enumerate(path, 1):
        arrow = sql.SQL("->>" if number == len(path) else "->")
        column = sql.SQL("{} {} {}").format(column, arrow, sql.Literal(step))
    return sql.SQL("({})").format(column)


def _condition(catalog: Catalog, child: Relation, when: str) -> sql.Composable:
    """The condition of a polymorphic relation, about the row `child`."""
    return _of_child(compile_condition(when, catalog.columns[child.oid]))


def _of_child(part: sql.Composable) -> sql.Composable:
    """A condition whose columns are those of the row `child`."""
    if isinstance(part, sql.Composed):
        return sql.Composed([_of_child(each) for each in part])
    return sql.SQL("child.{}").format(part) if isinstance(part, sql.Identifier) else part


def _qualified(row: Literal["child", "parent"], column: str) -> sql.Composable:
    return sql.SQL(f"{row}.{{}}").format(sql.Identifier(column))


def _name(
    catalog: Catalog, child: Relation, columns: str, parent: Relation, referenced: tuple[str, ...]
) -> str:
    """An edge as a person reads it; the referenced columns, if they are not the primary key."""
    to = "" if referenced == catalog.primary_key(parent) else f" ({_listed(referenced)})"
    return f"{child.qualified} ({columns}) -> {parent.qualified}{to}"


def _listed(columns: Iterable[str]) -> str:
    return ", ".join(map(spelled, columns))
