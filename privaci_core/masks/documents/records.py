"""Walks through the members of a composite value, in the text form that Postgres prints."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from privaci_core.masks.base.shape import Shape
    from privaci_core.masks.documents.scalars import Reached
    from privaci_core.masks.documents.visit import Visit

# A member with or without quotes; nothing at all is NULL.
MEMBER = re.compile(r'[(,](?:"((?:[^"\\]|""|\\.)*)"|([^,")]*))', re.DOTALL)
ESCAPED = re.compile(r'"(")|\\(.)', re.DOTALL)
NEEDS_QUOTES = re.compile(r'["\\(),\s]')
TO_ESCAPE = re.compile(r'(["\\])')


def walk_record(text: str, root: Reached, visit: Visit, shape: Shape) -> str:
    """The composite with each member as its visit returns it."""
    found = [
        _masked(value, root.step(name), visit, member)
        for value, (name, member) in zip(_values(text), shape.members, strict=False)
    ]
    return "(" + ",".join(map(_written, found)) + ")"


def leaves(shape: Shape, here: Reached) -> Iterator[tuple[int, Shape]]:
    """The members that paths lead to, each with the number of its path."""
    for name, member in shape.members:
        below = here.step(name)
        if member.members:
            yield from leaves(member, below)
        elif below.path is not None:
            yield below.path, member


def _masked(value: str | None, here: Reached, visit: Visit, member: Shape) -> str | None:
    if value is None:
        return None
    if member.members:
        return walk_record(value, here, visit, member)
    return value if here.path is None else visit(here.path, member, value)


def _values(text: str) -> Iterator[str | None]:
    for match in MEMBER.finditer(text):
        quoted, plain = match.groups()
        yield (plain or None) if quoted is None else ESCAPED.sub(r"\1\2", quoted)


def _written(value: str | None) -> str:
    """A member as Postgres prints it: in quotes only where it needs them."""
    if value is None:
        return ""
    if value and not NEEDS_QUOTES.search(value):
        return value
    return '"' + TO_ESCAPE.sub(r"\1\1", value) + '"'
