"""Masks arrays element by element, in the text form that Postgres prints."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polars as pl

from privaci_core.masks.base.distinct import over_distinct

if TYPE_CHECKING:
    from collections.abc import Iterator

    from privaci_core.masks import Mask

# An element in quotes or without, or one of the signs between them; bounds may stand before the first bracket.
PIECE = re.compile(r'"((?:[^"\\]|\\.)*)"|([^{},"]+)|[{},]', re.DOTALL)
BOUNDS = re.compile(r"^(?:\[[-+\d]+:[-+\d]+\])+=")
ESCAPED = re.compile(r"\\(.)", re.DOTALL)
TO_ESCAPE = re.compile(r'(["\\])')


def each_element(mask: Mask) -> Mask:
    """The mask of arrays whose elements a mask is for; bounds, nesting and NULL elements stay."""

    def masked(arrays: pl.Series) -> pl.Series:
        cut = [list(_pieces(array)) for array in arrays.to_list()]
        elements = [element for pieces in cut for _, element in pieces if element is not None]
        fakes = iter(mask(pl.Series(elements, dtype=pl.String)).to_list())
        return pl.Series(
            ["".join(_written(sign, element, fakes) for sign, element in pieces) for pieces in cut]
        )

    return over_distinct(masked)


def _pieces(array: str) -> Iterator[tuple[str, str | None]]:
    """Signs as they are, each followed by no element, and elements as they would print by themselves."""
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


def _written(sign: str, element: str | None, fakes: Iterator[str | None]) -> str:
    if element is None:
        return sign
    fake = next(fakes)
    return "NULL" if fake is None else '"' + TO_ESCAPE.sub(r"\\\1", fake) + '"'
