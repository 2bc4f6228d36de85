"""Walks through the members of a composite value, and their elements, as Postgres prints them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from privaci_core.masks.base.array_text import pieces, printed

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
        yield from _leaves_of(member, here.step(name))


def _leaves_of(member: Shape, here: Reached) -> Iterator[tuple[int, Shape]]:
    if member.members:
        yield from leaves(member, here)
    elif member.element is not None and here.leads_on:
        for below in here.elements():
            yield from _leaves_of(member.element, below)
            # Arrays in an array have no type of their own.
            yield from _leaves_of(member, below) if below.leads_on else ()
    elif here.path is not None:
        yield here.path, member


def _masked(value: str | None, here: Reached, visit: Visit, member: Shape) -> str | None:
    if value is None:
        return None
    if member.members:
        return walk_record(value, here, visit, member)
    if member.element is not None and here.leads_on:
        return _walk_array(value, here, visit, member.element)
    return value if here.path is None else visit(here.path, member, value)


def _walk_array(text: str, here: Reached, visit: Visit, element: Shape) -> str:
    """The array with each element as its visit returns it; bounds, nesting and NULL stay."""
    # The containers around the current one, each with the index of its own element.
    around: list[tuple[Reached, int]] = []
    parts, index = [], 0
    for sign, value in pieces(text):
        if sign == "{":
            around.append((here, index))
            here, index = here.step(0), 0
        elif sign == ",":
            index += 1
            here = around[-1][0].step(index)
        elif sign == "}":
            here, index = around.pop()
        parts.append(sign if value is None else printed(_masked(value, here, visit, element)))
    return "".join(parts)


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
