"""Remembers which rows came down a reference: what they refer to by it is kept already."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pyroaring import BitMap64

from privaci_core.choose.leaves import by_leaf

if TYPE_CHECKING:
    from privaci_core.choose.leaves import Rows
    from privaci_core.plan.addresses import U64
    from privaci_core.plan.subset import Edge

# Of more rows in all, only the numbers are remembered: the rows would take 7 bytes each, and a row
# is reached by as many references as it has.
MOST_REMEMBERED = 4_000_000


@dataclass(slots=True)
class Reached:
    """Rows that kept parents led to, by edge and number of their table.

    Only of edges by which a row has one parent: of several, others may be missing.
    """

    counts: Counter[tuple[str, int]] = field(default_factory=Counter)
    rows: dict[tuple[str, int], BitMap64] = field(default_factory=dict)
    remembered: int = 0

    def add(self, edge: Edge, nodes: U64) -> None:
        """Remember rows that an edge led to; it leads to each once, from its only parent."""
        if not edge.one_parent:
            return
        self.remembered += len(nodes)
        for leaf, found in by_leaf(nodes):
            self.counts[edge.name, leaf] += len(found)
            if self.remembered <= MOST_REMEMBERED:
                held = self.rows.setdefault((edge.name, leaf), BitMap64())
                held |= found

    def left(self, edge: Edge, rows: Rows) -> Rows:
        """Those of some rows whose parents by an edge are still to be found."""
        found = {leaf: self._left(edge, leaf, some) for leaf, some in rows.items()}
        return {leaf: some for leaf, some in found.items() if some is None or some}

    def _left(self, edge: Edge, leaf: int, some: BitMap64 | None) -> BitMap64 | None:
        reached = self.counts[edge.name, leaf]
        if some is None or not reached:
            return some
        # All rows that were reached are among those that are kept.
        if reached == len(some):
            return BitMap64()
        return some - self.rows.get((edge.name, leaf), BitMap64())
