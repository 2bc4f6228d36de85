"""Finds the members and elements of a JSON document that a rule removes, with their commas."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from privaci_core.masks.documents.scalars import CLOSING, OPENING, TOKEN, text_of

if TYPE_CHECKING:
    import re
    from collections.abc import Container, Iterator

    from privaci_core.masks.documents.scalars import Reached

# From where to where a document is cut.
Cut = tuple[int, int]


@dataclass(slots=True)
class _Members:
    """What lies in one object or array, as far as it was read."""

    container: Reached
    # The number of an array's element; None in an object.
    index: int | None
    start: int | None = None
    is_removed: bool = False
    found: list[tuple[int, int, bool]] = field(default_factory=list)

    def begin(self, token: re.Match[str], removed: Container[int | None]) -> Reached:
        """A member begins with its key, an element with its value."""
        self.start = token.start()
        here = self.container.step(text_of(token[1]) if self.index is None else self.index)
        self.is_removed = _ends(here) in removed
        return here

    def end(self, at: int) -> None:
        """The member that was begun ends here."""
        if self.start is not None:
            self.found.append((self.start, at, self.is_removed))
            self.start = None
            if self.index is not None:
                self.index += 1

    def cuts(self) -> Iterator[Cut]:
        """The removed members, each with the comma that parted it from a kept one."""
        is_first = True
        for place, (start, end, is_removed) in enumerate(self.found):
            if not is_removed:
                is_first = False
            elif not is_first:
                yield self.found[place - 1][1], end
            else:
                behind = self.found[place + 1][0] if place + 1 < len(self.found) else end
                yield start, behind


def cuts(document: str, root: Reached, removed: Container[int | None]) -> list[Cut]:
    """Where a document is cut so that the members at some paths, by their numbers, are gone."""
    found: list[Cut] = []
    around: list[_Members] = []
    here, last = root, 0
    for token in TOKEN.finditer(document):
        sign = token[0]
        members = around[-1] if around else None
        if sign in CLOSING and members is not None:
            members.end(last)
            found += around.pop().cuts()
        elif sign == "," and members is not None:
            members.end(last)
        elif members is not None and members.start is None:
            here = members.begin(token, removed)
        if sign in OPENING:
            around.append(_Members(here, 0 if sign == "[" else None))
        if sign != ",":
            last = token.end()
    return _outermost(found)


def _outermost(found: list[Cut]) -> list[Cut]:
    """The cuts that lie in no other, in the document's order."""
    outer: list[Cut] = []
    for start, end in sorted(found, key=lambda cut: (cut[0], -cut[1])):
        if not outer or start >= outer[-1][1]:
            outer.append((start, end))
    return outer


def _ends(here: Reached) -> int | None:
    """The number of the path that leads exactly here."""
    return next((node.ends for node in here.nodes if node.ends is not None), None)
