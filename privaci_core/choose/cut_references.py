"""Finds the rows whose cut references become NULL: their parents are not in the subset."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyroaring import BitMap64

from privaci_core.choose.kept import in_parts
from privaci_core.choose.leaves import by_leaf, read_nodes
from privaci_core.choose.queries import pairs_query
from privaci_core.plan.addresses import Addresses
from privaci_core.postgres.driver_errors import driver_errors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from privaci_core.choose.kept import Kept
    from privaci_core.choose.leaves import Rows
    from privaci_core.choose.queries import Source
    from privaci_core.plan.addresses import U64
    from privaci_core.plan.subset import Edge, SubsetPlan

# Columns that become NULL, and in which rows.
Nulls = tuple[tuple[str, Addresses], ...]


def cut_rows(source: Source, subset: SubsetPlan, kept: Kept) -> dict[str, Nulls]:
    """The columns of cut references by table, and the rows in which they become NULL.

    A reference to a row that the source does not have is no cut one.
    """
    found: dict[int, dict[str, BitMap64]] = {}
    for edge in subset.edges:
        if edge.up == "null":
            for leaf, rows in _without_parent(source, edge, kept).items():
                columns = found.setdefault(leaf, {})
                for name in edge.null_columns:
                    columns[name] = columns.get(name, BitMap64()) | rows
    return {
        source.leaves.tables[leaf].name: tuple(
            (name, Addresses(numbers=rows)) for name, rows in columns.items()
        )
        for leaf, columns in found.items()
    }


def _without_parent(source: Source, edge: Edge, kept: Kept) -> dict[int, BitMap64]:
    """Kept rows that refer to a row of the source by an edge, and to no kept one."""
    referring, held = dict[int, BitMap64](), dict[int, BitMap64]()
    for children, parents in _pairs(source, edge, kept):
        _add(referring, children)
        _add(held, children[kept.among(parents)])
    return {
        leaf: lost
        for leaf, rows in referring.items()
        if (lost := rows - held.get(leaf, BitMap64()))
    }


def _pairs(source: Source, edge: Edge, kept: Kept) -> Iterator[tuple[U64, ...]]:
    """Kept rows and what they refer to by an edge."""
    leaves = source.leaves
    rows: Rows = {leaf: kept.rows[leaf] for leaf in leaves.of[edge.child] if leaf in kept.rows}
    with driver_errors(f"Following {edge.name} to the parents"):
        for part in in_parts(rows):
            query = pairs_query(source, edge, "parents", part)
            yield from read_nodes(source.connection, leaves, query, 2)


def _add(rows: dict[int, BitMap64], nodes: U64) -> None:
    for leaf, found in by_leaf(nodes):
        rows[leaf] = rows.get(leaf, BitMap64()) | found
