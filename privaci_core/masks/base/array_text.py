"""Reads and writes the text form that Postgres prints of an array."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# An element with or without quotes, or one of the signs between elements.
PIECE = re.compile(r'"((?:[^"\\]|\\.)*)"|([^{},"]+)|[{},]', re.DOTALL)
# What may precede the first bracket.
BOUNDS = re.compile(r"^(?:\[[-+\d]+:[-+\d]+\])+=")
ESCAPED = re.compile(r"\\(.)", re.DOTALL)
NEEDS_QUOTES = re.compile(r'["\\{},\s]', re.ASCII)
TO_ESCAPE = re.compile(r'(["\\])')


def pieces(array: str) -> Iterator[tuple[str, str | None]]:
    """Pairs of a sign and an element; one of the two is empty, and NULL is a sign."""
    bounds = BOUNDS.match(array)
    if bounds:
        yield bounds[0], None
    for match in PIECE.finditer(array, bounds.end() if bounds else 0):
        quoted, plain = match.groups()
        if quoted is not None:
            yield "", unescaped(quoted)
        elif plain is not None and plain.upper() != "NULL":
            yield "", plain
        else:
            yield match[0], None


def unescaped(quoted: str) -> str:
    """What stands between the quotes of an element."""
    return ESCAPED.sub(r"\1", quoted)


def printed(element: str | None) -> str:
    """An element as Postgres prints it: in quotes only where it needs them."""
    if element is None:
        return "NULL"
    if element and element.upper() != "NULL" and not NEEDS_QUOTES.search(element):
        return element
    return '"' + TO_ESCAPE.sub(r"\\\1", element) + '"'
