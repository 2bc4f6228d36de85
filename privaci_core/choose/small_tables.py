"""Brings small tables whole as soon as a kept row refers to one of their rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from privaci_core.choose.queries import count_query
from privaci_core.postgres.driver_errors import driver_errors

if TYPE_CHECKING:
    from privaci_core.choose.follow import Search
    from privaci_core.choose.queries import Source
    from privaci_core.plan.subset import SubsetPlan


@dataclass(slots=True, kw_only=True)
class SmallTables:
    """Tables of fewer rows than the subset names; each is counted when it is first asked for."""

    source: Source
    subset: SubsetPlan
    known: dict[str, bool] = field(default_factory=dict)

    def come_whole(self, search: Search, leaf: int) -> None:
        """Bring the rest of a table, all partitions of it, of which a row has just come."""
        root = self.source.leaves.roots[leaf]
        if self._is_small(root):
            for part in self.source.leaves.of[root]:
                search.arrive_whole(part)

    def _is_small(self, root: str) -> bool:
        most = self.subset.whole_below
        if most is None or root in self.subset.filtered:
            return False
        if root not in self.known:
            self.known[root] = self._count(root, most) < most
        return self.known[root]

    def _count(self, root: str, most: int) -> int:
        with driver_errors(f"Counting the rows of {root}"):
            query = count_query(self.source, root, most)
            ((count,),) = self.source.connection.execute(query).fetchall()
        return int(count)
