"""Finds the scalars of a JSON document in its own text: where each stands, and which of some paths leads to it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from privaci_core.policy import JsonPath

TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)
OPENING, CLOSING = {"{", "["}, {"}", "]"}


@dataclass(frozen=True, slots=True)
class Scalar:
    """A scalar's place in its document's text, and the number of the path that leads to it or to what holds it."""

    start: int
    end: int
    path: int | None


@dataclass(frozen=True, slots=True)
class Node:
    """Where some paths have led so far: the paths that end here, and where each further step leads."""

    ends: int | None
    steps: Mapping[str | int | None, Node]

    @staticmethod
    def of(paths: Sequence[tuple[JsonPath, int]]) -> Node:
        """The tree of paths, each with its number."""
        further: dict[str | int | None, list[tuple[JsonPath, int]]] = {}
        ends = None
        for path, number in paths:
            if path:
                further.setdefault(path[0], []).append((path[1:], number))
            else:
                ends = number
        return Node(ends, {step: Node.of(rest) for step, rest in further.items()})


# The nodes that paths have led to, those by exact steps before those by wildcards, and the longest path that ended.
Reached = tuple[tuple[Node, ...], int | None]


def scalars(document: str, tree: Node) -> Iterator[Scalar]:
    """Every scalar of a document, in its order; keys of objects are none."""
    here = _arrived((tree,), None)
    # For each open container: what led to it, and the index of an array's next element, or None in an object.
    open_ones: list[tuple[Reached, int | None]] = []
    key: str | None = None
    for token in TOKEN.finditer(document):
        sign = token[0]
        if sign in CLOSING:
            open_ones.pop()
            continue
        if sign == ",":
            container, index = open_ones[-1]
            open_ones[-1] = (container, None if index is None else index + 1)
            key = None
            continue
        if sign == ":":
            continue
        if open_ones and open_ones[-1][1] is None and key is None and sign not in OPENING:
            key = json.loads(sign)
            continue
        if open_ones:
            container, index = open_ones[-1]
            here = _step(container, key if index is None else index)
        key = None
        if sign in OPENING:
            open_ones.append((here, None if sign == "{" else 0))
        else:
            yield Scalar(token.start(), token.end(), here[1])


def _step(reached: Reached, step: str | int | None) -> Reached:
    nodes, longest = reached
    exact = [node.steps[step] for node in nodes if step in node.steps]
    return _arrived((*exact, *(node.steps[None] for node in nodes if None in node.steps)), longest)


def _arrived(nodes: tuple[Node, ...], longest: int | None) -> Reached:
    ended = next((node.ends for node in nodes if node.ends is not None), None)
    return nodes, longest if ended is None else ended
