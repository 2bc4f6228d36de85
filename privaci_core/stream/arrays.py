"""Masks arrays element by element, in the text form that Postgres prints."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polars as pl

from privaci_core.masks.base.distinct import over_distinct

if TYPE_CHECKING:
    from collections.abc import Iterator

    from privaci_core.masks import Mask

# An element with or without quotes, or one of the signs between elements.
PIECE = re.compile(r'"((?:[^"\\]|\\.)*)"|([^{},"]+)|[{},]', re.DOTALL)
# What may precede the first bracket.
BOUNDS = re.compile(r"^(?:\[[-+\d]+:[-+\d]+\])+=")
ESCAPED = re.compile(r"\\(.)", re.DOTALL)
NEEDS_QUOTES = re.compile(r'["\\{},\s]', re.ASCII)
TO_ESCAPE = re.compile(r'(["\\])')


def each_element(mask: Mask) -> Mask:
    """A mask of arrays from a mask of their elements; bounds, nesting and NULL elements stay."""

    def masked(arrays: pl.Series) -> pl.Series:
        parsed = [list(_pieces(array)) for array in arrays.to_list()]
        elements = [element for pieces in parsed for _, element in pieces if element is not None]
        fakes = iter(mask(pl.Series(elements, dtype=pl.String)).to_list())
        return pl.Series([_printed(pieces, fakes) for pieces in parsed])

    return over_distinct(masked)


def _pieces(array: str) -> Iterator[tuple[str, str | None]]:
    """Pairs of a sign and an element; one of the two is empty."""
    bounds = BOUNDS.match(array)
    if bounds:
        yield bounds[0], None
    for match in PIECE.finditer(array, bounds.end() if bounds else 0):
        quoted, plain = match.groups()
        if quoted is not None:
            yield "", ESCAPED.sub(r"\1", quoted)
        elif plain is not None and plain.upper() != "NULL":
            yield "", plain
        else:
            yield match[0], None


def _printed(pieces: list[tuple[str, str | None]], fakes: Iterator[str | None]) -> str:
    parts = (sign if element is None else _quoted(next(fakes)) for sign, element in pieces)
    return "".join(parts)


def _quoted(element: str | None) -> str:
    """An element as Postgres prints it: in quotes only where it needs them."""
    if element is None:
        return "NULL"
    if element and element.upper() != "NULL" and not NEEDS_QUOTES.search(element):
        return element
    return '"' + TO_ESCAPE.sub(r"\\\1", element) + '"'


def elements_of(arrays: pl.Series) -> pl.Series:
    """The elements of all arrays, one after another."""
    pieces = (piece for array in arrays.to_list() for piece in _pieces(array))
    return pl.Series([element for _, element in pieces if element is not None], dtype=pl.String)
