"""Orders tables so that references lead forward; tables on a circle are one group."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


def groups_in_order(
    nodes: Sequence[str], arrows: Iterable[tuple[str, str]]
) -> list[frozenset[str]]:
    """The strongly connected groups of a graph; every arrow between two leads to a later one."""
    forward: dict[str, list[str]] = {node: [] for node in nodes}
    backward: dict[str, list[str]] = {node: [] for node in nodes}
    for start, end in arrows:
        forward[start].append(end)
        backward[end].append(start)
    found, taken = list[frozenset[str]](), set[str]()
    # Kosaraju: the node that is left last begins the first group.
    for node in reversed(_left_in_order(nodes, forward)):
        if node not in taken:
            group = _reached(node, backward, taken)
            taken |= group
            found.append(group)
    return found


def _left_in_order(nodes: Sequence[str], forward: Mapping[str, Sequence[str]]) -> list[str]:
    """The nodes in the order in which a walk into the depth leaves them."""
    left, seen = list[str](), set[str]()
    for start in nodes:
        if start in seen:
            continue
        seen.add(start)
        path = [(start, iter(forward[start]))]
        while path:
            _, ends = path[-1]
            end = next((end for end in ends if end not in seen), None)
            if end is None:
                left.append(path.pop()[0])
            else:
                seen.add(end)
                path.append((end, iter(forward[end])))
    return left


def _reached(start: str, arrows: Mapping[str, Sequence[str]], taken: set[str]) -> frozenset[str]:
    """The nodes that arrows lead to, without those that are taken."""
    reached, waiting = {start}, [start]
    while waiting:
        new = [end for end in arrows[waiting.pop()] if end not in reached and end not in taken]
        reached.update(new)
        waiting += new
    return frozenset(reached)
