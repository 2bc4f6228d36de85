"""Asks the source which rows a subset starts with, and which rows others refer to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from psycopg import sql
from pyroaring import BitMap64

from privaci_core.choose.keyed_order import hash_of, is_below
from privaci_core.choose.leaves import all_rows, by_leaf, leaves_of, read_nodes, rows_named
from privaci_core.postgres.driver_errors import driver_errors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from privaci_core.catalog.catalog import Catalog
    from privaci_core.choose.leaves import Leaves, Rows
    from privaci_core.masks import Keys
    from privaci_core.plan.plan import Plan
    from privaci_core.plan.subset import Edge, Start
    from privaci_core.postgres.session import Connection

# Which way an edge is followed: to the children of parents, or to the parents of children.
Way = Literal["children", "parents"]
AND = sql.SQL(" AND ")
CHILD, PARENT = (sql.SQL(f"{row}.tableoid, {row}.ctid").format() for row in ("child", "parent"))
# The first children of each parent; a row's address decides between rows that are equal.
FIRST = sql.SQL("""
SELECT {selected} FROM (
    SELECT {aliased}, pg_catalog.row_number() OVER (
        PARTITION BY parent.tableoid, parent.ctid ORDER BY {hashed}, child.tableoid, child.ctid
    ) AS place
    FROM {parents} AS parent JOIN {children} AS child ON {refers}
) AS ranked WHERE place <= {most}
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The source's session, what it holds, and the keys that choose among its rows."""

    connection: Connection
    catalog: Catalog
    leaves: Leaves
    keys: Keys = field(repr=False)


def source_of(connection: Connection, catalog: Catalog, plan: Plan, keys: Keys) -> Source:
    """The source with its tables numbered."""
    leaves = leaves_of(catalog, plan)
    return Source(connection=connection, catalog=catalog, leaves=leaves, keys=keys)


def start_query(source: Source, start: Start) -> sql.Composed:
    """The addresses of the rows that a subset begins with."""
    rows = all_rows(source.catalog, source.leaves, start.table, alone=True)
    # A predicate may name its table.
    row = source.catalog.by_name[start.table].name
    hashed = hash_of(source.catalog, source.keys, start.table, row)
    chosen: list[sql.Composable] = [start.condition] if start.condition else []
    share = None if start.percent is None else is_below(hashed, start.percent)
    query = sql.SQL("SELECT tableoid, ctid FROM {} AS {} WHERE {}").format(
        rows,
        sql.Identifier(row),
        AND.join([*chosen, *([share] if share else [])] or [sql.SQL("true")]),
    )
    if start.rows is None:
        return query
    first = sql.SQL(" ORDER BY {}, tableoid, ctid LIMIT {}")
    return query + first.format(hashed, sql.Literal(start.rows))


def step_query(source: Source, edge: Edge, way: Way, rows: Rows) -> sql.Composed:
    """The addresses of the rows that an edge leads to from the given ones."""
    if way == "children" and edge.per_parent is not None:
        return _first_children(source, edge, edge.per_parent, rows, [sql.SQL("child")])
    child, parent = _ends(source, edge, way, rows)
    # Several rows may lead to one parent, and rarely to one child.
    select = "SELECT {} FROM {} AS child JOIN {} AS parent ON {}"
    query = sql.SQL(select.replace("SELECT", "SELECT DISTINCT") if way == "parents" else select)
    found = CHILD if way == "children" else PARENT
    return query.format(found, child, parent, refers(edge))


def pairs_query(source: Source, edge: Edge, way: Way, rows: Rows | None) -> sql.Composed:
    """Addresses by two: where an edge starts and where it leads to, of the given rows or of all."""
    if way == "children" and edge.per_parent is not None:
        both = [sql.SQL("parent"), sql.SQL("child")]
        return _first_children(source, edge, edge.per_parent, rows, both)
    child, parent = _ends(source, edge, way, rows)
    found = [PARENT, CHILD] if way == "children" else [CHILD, PARENT]
    return sql.SQL("SELECT {} FROM {} AS child JOIN {} AS parent ON {}").format(
        sql.SQL(", ").join(found), child, parent, refers(edge)
    )


def refers(edge: Edge) -> sql.Composable:
    """True where the row `child` refers to the row `parent`, if it refers to this table at all."""
    if edge.when is None:
        return edge.refers
    return sql.SQL("({}) AND ({})").format(edge.refers, edge.when)


def explicit(source: Source, rows: Rows) -> Rows:
    """The same rows, those of whole tables by their addresses too."""
    return {
        leaf: _every_address(source, leaf) if found is None else found
        for leaf, found in rows.items()
    }


def _every_address(source: Source, leaf: int) -> BitMap64:
    name, found = source.leaves.tables[leaf].name, BitMap64()
    rows = rows_named(source.catalog, source.leaves, name, {leaf: None})
    query = sql.SQL("SELECT tableoid, ctid FROM {} AS every").format(rows)
    with driver_errors(f"Reading the addresses of the rows of {name}"):
        for (nodes,) in read_nodes(source.connection, source.leaves, query, 1):
            for _, addresses in by_leaf(nodes):
                found |= addresses
    return found


def count_query(source: Source, name: str, most: int) -> sql.Composed:
    """How many rows a table has, if it has fewer than so many."""
    rows = all_rows(source.catalog, source.leaves, name, alone=True)
    return sql.SQL(
        "SELECT pg_catalog.count(*) FROM (SELECT FROM {} AS counted LIMIT {}) AS found"
    ).format(rows, sql.Literal(most))


def _ends(
    source: Source, edge: Edge, way: Way, rows: Rows | None
) -> tuple[sql.Composable, sql.Composable]:
    """The two tables of an edge; of the one that it is followed from, the given rows alone."""
    child = all_rows(source.catalog, source.leaves, edge.child, alone=edge.child_alone)
    parent = all_rows(source.catalog, source.leaves, edge.parent, alone=edge.parent_alone)
    if rows is None:
        return child, parent
    if way == "parents":
        return rows_named(source.catalog, source.leaves, edge.child, rows), parent
    return child, rows_named(source.catalog, source.leaves, edge.parent, rows)


def _first_children(
    source: Source, edge: Edge, most: int, rows: Rows | None, ends: Sequence[sql.SQL]
) -> sql.Composed:
    child, parent = _ends(source, edge, "children", rows)
    alias = sql.SQL("{row}.tableoid AS {row}_leaf, {row}.ctid AS {row}_place")
    return FIRST.format(
        selected=sql.SQL(", ").join(
            sql.SQL("{row}_leaf, {row}_place").format(row=row) for row in ends
        ),
        aliased=sql.SQL(", ").join(alias.format(row=row) for row in ends),
        hashed=hash_of(source.catalog, source.keys, edge.child, "child"),
        parents=parent,
        children=child,
        refers=refers(edge),
        most=sql.Literal(most),
    )
