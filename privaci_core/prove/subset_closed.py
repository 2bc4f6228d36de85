"""Looks for rows of a subset that refer to a row which was not copied."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from psycopg import sql

from privaci_core.choose.leaves import all_rows, leaves_of, rows_named
from privaci_core.postgres.driver_errors import driver_errors
from privaci_core.prove.evidence import session_in_target
from privaci_core.prove.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from privaci_core.loading.copy import Copy
    from privaci_core.plan.subset import Edge
    from privaci_core.postgres.session import Connection
    from privaci_core.prove.evidence import Evidence

LOST = sql.SQL("""
SELECT pg_catalog.count(*) FROM {children} AS child
WHERE {whole} AND NOT EXISTS (SELECT FROM {parents} AS parent WHERE {refers})
""")


def subset_is_closed(evidence: Evidence) -> Verdict:
    """Count, by each key and relation, the rows whose parent is missing in the target alone."""
    copy = evidence.copy
    subset = copy.plan.subset
    if subset is None:
        return Verdict(differences={}, not_asked="The policy has no subset.")
    edges = [edge for edge in subset.edges if edge.up == "keep"]
    compared = [edge for edge in edges if _can_compare(copy, edge)]
    with session_in_target(copy) as target:
        missing = {edge.name: _lost_in(target, copy, edge) for edge in compared}
    found = {
        edge.name: missing[edge.name] - _lost_in_source(evidence.source, copy, edge)
        for edge in compared
        if missing[edge.name]
    }
    return Verdict(
        differences={name: count for name, count in found.items() if count > 0},
        details={
            "references": len(compared),
            "references_not_compared": len(edges) - len(compared),
        },
    )


def _can_compare(copy: Copy, edge: Edge) -> bool:
    """Whether both ends of a reference are in the copy, and have equal values for equal ones."""
    child, parent = map(copy.catalog.root_name, (edge.child, edge.parent))
    if copy.selection and not {child, parent} <= copy.selection:
        return False
    own = {name for pair in edge.pairs for name in _columns(pair[0])}
    others = {name for pair in edge.pairs for name in _columns(pair[1])}
    if edge.is_key or not own & _masked(copy, child) | others & _masked(copy, parent):
        return True
    alike = {each.referencing for each in copy.plan.references if each.matches}
    oid = copy.catalog.by_name[edge.child].oid
    return not edge.as_text and all((oid, name) in alike for name in own)


def _masked(copy: Copy, root: str) -> set[str]:
    """The masked columns of a table and its partitions."""
    tables = (table for table in copy.plan.tables if copy.root_of(table) == root)
    return {column.name for table in tables for column in table.masked}


def _columns(value: sql.Composable) -> Iterator[str]:
    """The columns that an expression reads."""
    if isinstance(value, sql.Composed):
        for part in value:
            yield from _columns(part)
    elif isinstance(value, sql.Identifier):
        yield value.as_string()[1:-1].replace('""', '"')


def _lost_in(target: Connection, copy: Copy, edge: Edge) -> int:
    """How many rows of the target refer to no row of it."""
    child, parent = (
        sql.SQL("ONLY {}" if alone else "{}").format(copy.catalog.by_name[name].identifier)
        for name, alone in ((edge.child, edge.child_alone), (edge.parent, edge.parent_alone))
    )
    return _count(target, edge, child, parent)


def _lost_in_source(source: Connection, copy: Copy, edge: Edge) -> int:
    """How many of the chosen rows refer to no row of the source: the copy's orphans as well."""
    chosen = leaves_of(copy.catalog, copy.plan)
    every = tuple(replace(table, rows=None, nulls=()) for table in copy.plan.tables)
    child = rows_named(copy.catalog, chosen, edge.child, dict.fromkeys(chosen.of[edge.child]))
    parent = all_rows(
        copy.catalog, replace(chosen, tables=every), edge.parent, alone=edge.parent_alone
    )
    return _count(source, edge, child, parent)


def _count(
    connection: Connection, edge: Edge, child: sql.Composable, parent: sql.Composable
) -> int:
    whole = [sql.SQL("{} IS NOT NULL").format(own) for own, _ in edge.pairs]
    when = [] if edge.when is None else [sql.SQL("({})").format(edge.when)]
    query = LOST.format(
        children=child,
        whole=sql.SQL(" AND ").join([*whole, *when]),
        parents=parent,
        refers=edge.refers,
    )
    with driver_errors(f"Looking for missing parents of {edge.name}"):
        ((count,),) = connection.execute(query).fetchall()
    return int(count)
