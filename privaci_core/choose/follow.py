"""Follows references from row to row until nothing is new: each one with new rows only."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from privaci_core.choose.groups import groups_in_order
from privaci_core.choose.kept import NONE_WAIT, Kept, both, in_parts
from privaci_core.choose.leaves import by_leaf, named, read_nodes
from privaci_core.choose.queries import Source, pairs_query, step_query
from privaci_core.choose.reached import Reached
from privaci_core.choose.walk import walk
from privaci_core.postgres.driver_errors import driver_errors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from psycopg import sql
    from pyroaring import BitMap64

    from privaci_core.choose.leaves import Rows
    from privaci_core.choose.queries import Way
    from privaci_core.plan.addresses import U64
    from privaci_core.plan.subset import Edge

# A circle of tables is asked so often, round after round. What is longer is a chain of rows: then
# all its references are read once, and followed in memory.
MOST_ROUNDS = 24


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Step:
    """One edge, followed one way."""

    edge: Edge
    way: Way

    @property
    def start(self) -> str:
        """The table whose rows lead further."""
        return self.edge.parent if self.way == "children" else self.edge.child

    @property
    def end(self) -> str:
        """The table that they lead to."""
        return self.edge.child if self.way == "children" else self.edge.parent


@dataclass(slots=True, kw_only=True)
class Search:
    """Rows that are kept, and those whose references are still to be followed, by step."""

    source: Source
    steps: Sequence[Step]
    kept: Kept
    # What else comes with new rows of a table.
    arrived: Callable[[Search, int], None] = lambda *_: None
    waiting: dict[Step, Rows] = field(default_factory=dict)
    # Which rows each step led to from its parents, but for what was walked in memory.
    reached: Reached = field(default_factory=Reached)
    # How many rows each step brought.
    brought: Counter[tuple[Way, str]] = field(default_factory=Counter)

    def begin(self, leaf: int, found: BitMap64) -> None:
        """Keep rows that no step brought."""
        new = self.kept.add(leaf, found)
        if new:
            self._wait(leaf, new)

    def arrive(self, leaf: int, found: BitMap64) -> int:
        """Keep rows of a table and let them wait for their steps; returns how many are new."""
        new = self.kept.add(leaf, found)
        if new:
            self._wait(leaf, new)
            self.arrived(self, leaf)
        return len(new)

    def leave(self, reached: Reached) -> None:
        """Let no row wait for a step to its parent if that is where the row came from."""
        for step, rows in list(self.waiting.items()):
            left = reached.left(step.edge, rows)
            if left:
                self.waiting[step] = left
            else:
                del self.waiting[step]

    def arrive_whole(self, leaf: int) -> None:
        """Keep all rows of a table."""
        if self.kept.add_all(leaf):
            self._wait(leaf, None)

    def _wait(self, leaf: int, new: BitMap64 | None) -> None:
        """Steps that share the rows that wait for them still share them afterwards."""
        joined: dict[int, BitMap64 | None] = {}
        for step in self.steps:
            if leaf in self.source.leaves.of.get(step.start, ()):
                waiting = self.waiting.setdefault(step, {})
                held = waiting.get(leaf, NONE_WAIT)
                if id(held) not in joined:
                    joined[id(held)] = both(held, new)
                waiting[leaf] = joined[id(held)]

    def brings(self, step: Step, nodes: U64) -> None:
        """Keep what a step led to."""
        for leaf, found in by_leaf(nodes):
            self.brought[step.way, step.edge.name] += self.arrive(leaf, found)


def follow(search: Search) -> None:
    """Follow all steps until no row is new: group by group, so that most are followed once."""
    roots = search.source.leaves.roots
    root = search.source.catalog.root_name
    arrows = [(root(step.start), root(step.end)) for step in search.steps]
    groups = groups_in_order(tuple(dict.fromkeys(roots)), arrows)
    # Only rows of inheriting tables can lead back to an earlier group.
    while search.waiting:
        for group in groups:
            steps = [step for step in search.steps if root(step.start) in group]
            _follow_within(search, [step for step in steps if root(step.end) in group])
            for step in steps:
                _take(search, step)


def _follow_within(search: Search, steps: Sequence[Step]) -> None:
    """Follow the steps of a circle of tables, round after round."""
    rounds = 0
    while any(step in search.waiting for step in steps):
        if rounds < MOST_ROUNDS or _some_wait_whole(search, steps):
            for step in steps:
                _take(search, step)
            rounds += 1
        else:
            _walk(search, steps)


def _some_wait_whole(search: Search, steps: Sequence[Step]) -> bool:
    return any(None in search.waiting.get(step, {}).values() for step in steps)


def _take(search: Search, step: Step) -> None:
    """Follow a step from the rows that wait for it."""
    for rows in in_parts(search.waiting.pop(step, {})):
        query = step_query(search.source, step.edge, step.way, rows)
        for nodes in _read(search, step, query, 1):
            if step.way == "children":
                search.reached.add(step.edge, nodes[0])
            search.brings(step, nodes[0])


def _walk(search: Search, steps: Sequence[Step]) -> None:
    """Read all references of some steps, and follow them in memory."""
    waiting = [search.waiting.pop(step, {}) for step in steps]
    starts = [
        named(leaf, rows) for each in waiting for leaf, rows in each.items() if rows is not None
    ]
    arrows = [read_pairs(search, step, None) for step in steps]
    for kind, nodes in walk(arrows, np.concatenate(starts)):
        search.brings(steps[kind], nodes)
    # All of them have been followed within the circle.
    for step in steps:
        still: Rows = {
            leaf: rows for leaf, rows in search.waiting.pop(step, {}).items() if rows is None
        }
        if still:
            search.waiting[step] = still


def read_pairs(search: Search, step: Step, rows: Rows | None) -> tuple[U64, U64]:
    """Where a step starts and where it leads to, of the given rows or of all, row by row."""
    found = [
        pair
        for part in ([None] if rows is None else in_parts(rows))
        for pair in _read(search, step, _pairs(search, step, part), 2)
    ]
    empty = np.empty(0, np.uint64)
    starts, ends = ([empty, *(pair[side] for pair in found)] for side in (0, 1))
    return np.concatenate(starts), np.concatenate(ends)


def _pairs(search: Search, step: Step, rows: Rows | None) -> sql.Composed:
    return pairs_query(search.source, step.edge, step.way, rows)


def _read(search: Search, step: Step, query: sql.Composed, width: int) -> Iterator[tuple[U64, ...]]:
    """The answer to a query about a step."""
    with driver_errors(f"Following {step.edge.name} to the {step.way}"):
        yield from read_nodes(search.source.connection, search.source.leaves, query, width)
