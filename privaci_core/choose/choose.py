"""Chooses the rows of a subset in the source's snapshot; nothing is written to the source."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pyroaring import BitMap64

from privaci_core.choose.cut_references import cut_rows
from privaci_core.choose.follow import Search, Step, follow
from privaci_core.choose.kept import Kept
from privaci_core.choose.leaves import by_leaf, read_nodes
from privaci_core.choose.match_all import with_every_parent
from privaci_core.choose.queries import source_of, start_query
from privaci_core.choose.reached import Reached
from privaci_core.choose.seeks import cheap_seeks
from privaci_core.choose.small_tables import small_tables
from privaci_core.errors import PolicyError
from privaci_core.plan.addresses import Addresses
from privaci_core.plan.subset import Brought
from privaci_core.postgres.driver_errors import driver_errors

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from privaci_core.catalog.catalog import Catalog
    from privaci_core.choose.leaves import Rows
    from privaci_core.choose.queries import Source
    from privaci_core.masks import Keys
    from privaci_core.plan.plan import Plan
    from privaci_core.plan.subset import Start, SubsetPlan
    from privaci_core.postgres.session import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The rows of a subset, by the name of each table that holds rows; a partition is one."""

    # None: every row that the table's own predicate selects.
    rows: Mapping[str, Addresses | None] = field(repr=False)
    # Columns that become NULL, and in which rows, by table.
    nulls: Mapping[str, tuple[tuple[str, Addresses], ...]] = field(default_factory=dict, repr=False)
    brought: tuple[Brought, ...] = ()

    def counts(self) -> dict[str, int | None]:
        """How many rows of each table; None: every row."""
        return {name: None if rows is None else len(rows) for name, rows in self.rows.items()}


def choose_rows(connection: Connection, catalog: Catalog, plan: Plan, keys: Keys) -> Chosen:
    """The rows of the plan's subset, as the session's snapshot shows them."""
    subset = plan.subset
    if subset is None:
        return Chosen(rows={table.name: None for table in plan.tables})
    source = source_of(connection, catalog, plan, keys)
    with cheap_seeks(connection):
        down, reached, brought = _with_children(source, subset)
        search = _with_parents(source, subset, down, reached)
        nulls = cut_rows(source, subset, search.kept)
    return Chosen(
        rows={
            table.name: _addresses(search.kept.rows, leaf) for leaf, table in enumerate(plan.tables)
        },
        nulls=nulls,
        brought=(*brought, *_brought(search)),
    )


def _with_children(source: Source, subset: SubsetPlan) -> tuple[Kept, Reached, list[Brought]]:
    """The start rows and, from parents to children, all that refers to them."""
    steps = [Step(edge=edge, way="children") for edge in subset.edges if edge.down]
    search = Search(source=source, steps=steps, kept=Kept())
    brought = _begin(search, subset.starts)
    starts = search.kept.copy()
    follow(search)
    if subset.match == "any":
        return search.kept, search.reached, [*brought, *_brought(search)]
    kept = with_every_parent(search, starts, subset)
    # Some of the rows that were reached are not kept.
    return kept, Reached(), [*brought, *_brought(search)]


def _begin(search: Search, starts: Sequence[Start]) -> list[Brought]:
    """Read the rows of all starts; refuse those that match none."""
    brought, empty = list[Brought](), list[str]()
    for start in starts:
        found, new = _begin_with(search, start)
        brought.append(Brought(how="start", name=start.table, rows=new))
        if not found and not start.may_be_empty:
            empty.append(start.table)
    if empty:
        raise PolicyError(
            "Choosing the rows that the subset starts with",
            f"no row matches the start of {', '.join(empty)}",
            "Correct `where`, raise `percent` or `rows`, or write may_be_empty: true at the start.",
        )
    return brought


def _begin_with(search: Search, start: Start) -> tuple[int, int]:
    """How many rows a start matches, and how many of them are new."""
    source, matched, new = search.source, 0, 0
    with driver_errors(f"Choosing rows of {start.table}"):
        query = start_query(source, start)
        for (nodes,) in read_nodes(source.connection, source.leaves, query, 1):
            matched += len(nodes)
            new += sum(search.arrive(leaf, found) for leaf, found in by_leaf(nodes))
    return matched, new


def _with_parents(source: Source, subset: SubsetPlan, begun: Kept, reached: Reached) -> Search:
    """Add whole tables, and from children to parents all that a kept row refers to."""
    steps = [Step(edge=edge, way="parents") for edge in subset.edges if edge.up == "keep"]
    small = small_tables(source, subset)
    search = Search(source=source, steps=steps, kept=Kept(), arrived=small.come_whole)
    for leaf, root in enumerate(source.leaves.roots):
        is_whole = root in subset.whole or root in subset.untied - subset.empty
        # Two sets of so many rows need not be in memory at once.
        rows = begun.rows.pop(leaf, BitMap64())
        found = None if is_whole else rows
        if found is None:
            search.arrive_whole(leaf)
        else:
            search.begin(leaf, found)
    search.leave(reached)
    follow(search)
    return search


def _brought(search: Search) -> list[Brought]:
    return [
        Brought(how=step.way, name=step.edge.name, rows=search.brought[step.way, step.edge.name])
        for step in search.steps
    ]


def _addresses(rows: Rows, leaf: int) -> Addresses | None:
    found = rows.get(leaf, BitMap64())
    return None if found is None else Addresses(numbers=found)
