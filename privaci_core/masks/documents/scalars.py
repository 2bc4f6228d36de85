"""Finds the scalars in the text of a JSON document, and which path leads to each."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from privaci_core.policy import JsonPath

TOKEN = re.compile(r'("[^"\\]*(?:\\.[^"\\]*)*")(\s*:)?|[{}\[\],]|[^\s{}\[\],:"]+', re.DOTALL)
# No path names it, so only wildcards lead to it.
OTHER_INDEX = -1
OPENING, CLOSING = frozenset("{["), frozenset("}]")


class Scalar(NamedTuple):
    """A scalar's place in the text, and the number of the path to it or to what contains it."""

    start: int
    end: int
    path: int


@dataclass(frozen=True, slots=True)
class Node:
    """A point that paths lead to: the path that ends here, and the node of each further step."""

    ends: int | None
    steps: Mapping[str | int | None, Node]


def tree_of(paths: Sequence[tuple[JsonPath, int]]) -> Node:
    """The tree of paths, each with its number."""
    further: dict[str | int | None, list[tuple[JsonPath, int]]] = {}
    ends = None
    for path, number in paths:
        if path:
            further.setdefault(path[0], []).append((path[1:], number))
        else:
            ends = number
    return Node(ends, {step: tree_of(rest) for step, rest in further.items()})


class Reached:
    """The nodes reached by the steps so far, exact ones before wildcards, and the longest path."""

    __slots__ = ("_every", "_named", "nodes", "path")

    def __init__(self, nodes: tuple[Node, ...], longest: int | None = None) -> None:
        ended = next((node.ends for node in nodes if node.ends is not None), None)
        self.nodes, self.path = nodes, longest if ended is None else ended
        # The results of the named steps, and of all others, kept for all documents.
        self._named: dict[str | int, Reached] = {}
        self._every: Reached | None = None if nodes else self

    def step(self, step: str | int) -> Reached:
        """The nodes behind a key or an index."""
        found = self._named.get(step)
        if found is not None:
            return found
        exact = tuple(node.steps[step] for node in self.nodes if step in node.steps)
        if exact:
            found = self._named[step] = Reached((*exact, *self._wild()), self.path)
            return found
        if self._every is None:
            self._every = Reached(self._wild(), self.path)
        return self._every

    @property
    def leads_on(self) -> bool:
        """Whether a path goes further."""
        return any(node.steps for node in self.nodes)

    def elements(self) -> Iterator[Reached]:
        """The nodes behind each index that a path names, and behind all others."""
        named = {step for step in self.named() if isinstance(step, int)}
        return map(self.step, sorted({*named, OTHER_INDEX}))

    def named(self) -> set[str | int]:
        """The keys and indexes that paths name here."""
        return {step for node in self.nodes for step in node.steps if step is not None}

    def _wild(self) -> tuple[Node, ...]:
        return tuple(node.steps[None] for node in self.nodes if None in node.steps)


def text_of(token: str) -> str:
    """The text of a JSON string."""
    return str(json.loads(token)) if "\\" in token else token[1:-1]


def is_document(text: str) -> bool:
    """Whether a text is JSON; a text column may hold something else."""
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def scalars(document: str, root: Reached) -> Iterator[Scalar]:
    """The scalars of a document that a path leads to, in their order; keys of objects are none."""
    here, container = root, None
    # For each container around the current one: its nodes, and the index of an array's element.
    around: list[tuple[Reached | None, int | None]] = []
    index: int | None = None
    for token in TOKEN.finditer(document):
        sign = token[0]
        if token.lastindex == 2:  # noqa: PLR2004 - the group of the colon
            key = token[1]
            here = container.step(text_of(key)) if container else here
        elif sign == ",":
            if index is not None and container is not None:
                index += 1
                here = container.step(index)
        elif sign in OPENING:
            around.append((container, index))
            container, index = here, None
            if sign == "[":
                index = 0
                here = container.step(0)
        elif sign in CLOSING:
            container, index = around.pop()
        elif here.path is not None:
            yield Scalar(token.start(), token.end(), here.path)
