"""Walks along references that are in memory: long chains need no query for each of their rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from privaci_core.choose.distinct import distinct

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    from privaci_core.plan.addresses import U64

    Places = npt.NDArray[np.int64]


def walk(arrows: Sequence[tuple[U64, U64]], starts: U64) -> Iterator[tuple[int, U64]]:
    """Follow arrows from some rows to all that they lead to.

    Each kind of arrow is a pair: where they start, where they end. Yields the rows that were
    reached, each once, with the number of the kind that reached them first.
    """
    if not arrows:
        return
    ends = [each for pair in arrows for each in pair]
    nodes = distinct(np.concatenate([starts, *ends]))
    first, to, kinds = _arrows_by_start(nodes, arrows)
    seen = np.zeros(len(nodes), bool)
    front = np.searchsorted(nodes, distinct(starts))
    seen[front] = True
    reached, by = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    while len(front):
        places = _places(first, front)
        places = places[~seen[to[places]]]
        front, index = np.unique(to[places], return_index=True)
        seen[front] = True
        reached.append(front)
        by.append(kinds[places[index]])
    all_reached, all_by = np.concatenate(reached), np.concatenate(by)
    for kind in range(len(arrows)):
        yield kind, nodes[all_reached[all_by == kind]]


def _arrows_by_start(
    nodes: U64, arrows: Sequence[tuple[U64, U64]]
) -> tuple[Places, Places, Places]:
    """Where each node's arrows begin in the list of all; where each leads to, and its kind."""
    starts = np.concatenate([np.searchsorted(nodes, start) for start, _ in arrows])
    ends = np.concatenate([np.searchsorted(nodes, end) for _, end in arrows])
    kinds = np.concatenate([np.full(len(start), kind) for kind, (start, _) in enumerate(arrows)])
    order = np.argsort(starts, kind="stable")
    counts = np.bincount(starts, minlength=len(nodes))
    first = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
    return first, ends[order], kinds[order]


def _places(first: Places, front: Places) -> Places:
    """The places of all arrows that start at some nodes."""
    begins = first[front]
    counts = first[front + 1] - begins
    before = np.cumsum(counts) - counts
    return np.repeat(begins - before, counts) + np.arange(counts.sum())
