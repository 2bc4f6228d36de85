"""Holds the rows that were chosen so far, and tells which of those found are new."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from pyroaring import BitMap64

from privaci_core.choose.leaves import by_leaf, named
from privaci_core.plan.addresses import MOST_NAMED, Addresses

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from privaci_core.choose.leaves import Rows
    from privaci_core.plan.addresses import U64

    Bools = npt.NDArray[np.bool]
# Of a table for which no rows wait.
NONE_WAIT = BitMap64()


@dataclass(slots=True)
class Kept:
    """Rows by the number of their table; a table that is not here has none."""

    rows: Rows = field(default_factory=dict)

    def add(self, leaf: int, found: BitMap64) -> BitMap64:
        """Keep rows of a table; returns those that were not kept."""
        known = self.rows.setdefault(leaf, BitMap64())
        if known is None:
            return BitMap64()
        new = found - known
        known |= new
        return new

    def add_all(self, leaf: int) -> bool:
        """Keep all rows of a table; returns whether some may be new."""
        was = self.rows.get(leaf, BitMap64())
        self.rows[leaf] = None
        return was is not None

    def has(self, leaf: int, found: BitMap64) -> BitMap64:
        """Those of some rows of a table that are kept."""
        known = self.rows.get(leaf, BitMap64())
        return found if known is None else found & known

    def among(self, nodes: U64) -> Bools:
        """Which of some rows are kept, each by its own number."""
        parts = [named(leaf, self.has(leaf, found)) for leaf, found in by_leaf(nodes)]
        return np.isin(nodes, np.concatenate([np.empty(0, np.uint64), *parts]))

    def copy(self) -> Kept:
        """The same rows, to which others can be added."""
        return Kept(
            {leaf: None if rows is None else rows.copy() for leaf, rows in self.rows.items()}
        )


def both(held: BitMap64 | None, new: BitMap64 | None) -> BitMap64 | None:
    """Rows of a table that wait, with new ones; None: all of them. Nothing changes either."""
    if held is NONE_WAIT:
        return new
    return None if new is None or held is None else held | new


def in_parts(rows: Rows) -> Iterator[Rows]:
    """Rows in parts that one statement can name; whole tables and small ones together."""
    together: Rows = {}
    size = 0
    for leaf, found in rows.items():
        if found is None:
            together[leaf] = None
            continue
        for part in Addresses(numbers=found).parts():
            if size + len(part) > MOST_NAMED:
                yield together
                together, size = {}, 0
            together[leaf] = part.numbers
            size += len(part)
    if together:
        yield together
