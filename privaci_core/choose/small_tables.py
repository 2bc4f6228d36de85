"""Brings small tables whole as soon as a kept row refers to one of their rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from privaci_core.choose.queries import count_query
from privaci_core.postgres.driver_errors import driver_errors

if TYPE_CHECKING:
    from privaci_core.choose.follow import Search
    from privaci_core.choose.queries import Source
    from privaci_core.plan.subset import SubsetPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallTables:
    """Tables of fewer rows than the subset names, by the names of their roots."""

    source: Source
    roots: frozenset[str]

    def come_whole(self, search: Search, leaf: int) -> None:
        """Bring the rest of a table, all partitions of it, of which a row has just come."""
        root = self.source.leaves.roots[leaf]
        if root in self.roots:
            for part in self.source.leaves.of[root]:
                search.arrive_whole(part)


def small_tables(source: Source, subset: SubsetPlan) -> SmallTables:
    """Count the tables that rows can be parents in: before any is read, as COPY allows no other."""
    most = subset.whole_below
    if most is None:
        return SmallTables(source=source, roots=frozenset())
    above = {source.catalog.by_name[edge.parent] for edge in subset.edges if edge.up == "keep"}
    roots = {source.catalog.root(relation).qualified for relation in above}
    return SmallTables(
        source=source,
        roots=frozenset(
            root for root in sorted(roots - subset.filtered) if _count(source, root, most) < most
        ),
    )


def _count(source: Source, root: str, most: int) -> int:
    with driver_errors(f"Counting the rows of {root}"):
        ((count,),) = source.connection.execute(count_query(source, root, most)).fetchall()
    return int(count)
