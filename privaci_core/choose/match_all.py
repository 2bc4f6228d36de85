"""Drops the rows of which a parent in a filtered table is not chosen: `match: all`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from privaci_core.choose.distinct import distinct
from privaci_core.choose.follow import Step, read_pairs
from privaci_core.choose.kept import Kept
from privaci_core.choose.leaves import LEAF_BITS, by_leaf, named
from privaci_core.choose.queries import explicit
from privaci_core.choose.walk import walk

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from privaci_core.catalog.catalog import Catalog
    from privaci_core.choose.follow import Search
    from privaci_core.choose.leaves import Leaves, Rows
    from privaci_core.plan.addresses import U64
    from privaci_core.plan.subset import SubsetPlan

    Arrows = Sequence[tuple[U64, U64]]


def with_every_parent(search: Search, starts: Kept, subset: SubsetPlan) -> Kept:
    """Of what starts and children brought, the largest set that needs no other filtered row.

    Its rows have every parent in it that a filtered table holds, and are start rows where a start
    names their table; all of them are still reached from start rows. The search counts again what
    each step brought: of the rows that stay.
    """
    source = search.source
    found = explicit(source, search.kept.rows)
    begun = _nodes(explicit(source, starts.rows))
    named_by_starts = {leaf for start in subset.starts for leaf in source.leaves.of[start.table]}
    nodes = _nodes(found)
    nodes = nodes[np.isin(nodes, begun) | ~_in_tables(nodes, named_by_starts)]
    needs = [
        read_pairs(search, step, _of(source.leaves, step, found))
        for step in _needed(source.catalog, subset)
    ]
    brings = [read_pairs(search, step, _of(source.leaves, step, found)) for step in search.steps]
    kept = _largest(nodes, begun, needs, brings)
    arrows = [_between(kept, *pair) for pair in brings]
    for kind, reached in walk(arrows, kept[np.isin(kept, begun)]):
        step = search.steps[kind]
        search.brought[step.way, step.edge.name] = len(reached)
    return Kept(dict(by_leaf(kept)))


def _needed(catalog: Catalog, subset: SubsetPlan) -> list[Step]:
    """The steps to parents that a row needs; a key may be about one partition alone."""
    return [
        Step(edge=edge, way="parents")
        for edge in subset.edges
        if edge.up == "keep" and catalog.root_name(edge.parent) in subset.filtered
    ]


def _largest(nodes: U64, begun: U64, needs: Arrows, brings: Arrows) -> U64:
    """The largest set of rows whose parents are in it, and which arrows reach from the first."""
    while True:
        kept = _reached(_supported(nodes, needs), begun, brings)
        if len(kept) == len(nodes):
            return kept
        nodes = kept


def _supported(nodes: U64, needs: Arrows) -> U64:
    """Without rows that a parent lacks, and without those that need them, and so on."""
    within = [(child, parent) for child, parent in needs if len(child)]
    lost = [child[~np.isin(parent, nodes)] for child, parent in within]
    down = [(parent, child) for child, parent in within]
    gone = _all_reached(down, lost)
    return nodes[~np.isin(nodes, gone)]


def _reached(nodes: U64, begun: U64, brings: Arrows) -> U64:
    """The rows that are still reached from start rows."""
    arrows = [_between(nodes, *pair) for pair in brings]
    return _all_reached(arrows, [nodes[np.isin(nodes, begun)]])


def _between(nodes: U64, starts: U64, ends: U64) -> tuple[U64, U64]:
    inside = np.isin(starts, nodes) & np.isin(ends, nodes)
    return starts[inside], ends[inside]


def _all_reached(arrows: Arrows, starts: Sequence[U64]) -> U64:
    first = np.concatenate([np.empty(0, np.uint64), *starts])
    return distinct(np.concatenate([first, *(found for _, found in walk(arrows, first))]))


def _nodes(rows: Rows) -> U64:
    """Rows of several tables, each by its own number."""
    parts = (named(leaf, found) for leaf, found in rows.items() if found is not None)
    return distinct(np.concatenate([np.empty(0, np.uint64), *parts]))


def _in_tables(nodes: U64, leaves: Iterable[int]) -> np.ndarray[tuple[int], np.dtype[np.bool]]:
    return np.isin((nodes >> np.uint64(LEAF_BITS)).astype(np.int64), sorted(leaves))


def _of(leaves: Leaves, step: Step, rows: Rows) -> Rows:
    """Those of some rows that a step starts at."""
    return {leaf: rows[leaf] for leaf in leaves.of[step.start] if leaf in rows}
