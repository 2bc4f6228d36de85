"""Masks arrays element by element, in the text form that Postgres prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from privaci_core.masks.base.array_text import pieces, printed
from privaci_core.masks.base.distinct import over_distinct

if TYPE_CHECKING:
    from collections.abc import Iterator

    from privaci_core.masks import Mask


def each_element(mask: Mask) -> Mask:
    """A mask of arrays from a mask of their elements; bounds, nesting and NULL elements stay."""

    def masked(arrays: pl.Series) -> pl.Series:
        parsed = [list(pieces(array)) for array in arrays.to_list()]
        elements = [element for parts in parsed for _, element in parts if element is not None]
        fakes = iter(mask(pl.Series(elements, dtype=pl.String)).to_list())
        return pl.Series([_printed(parts, fakes) for parts in parsed])

    return over_distinct(masked)


def _printed(parts: list[tuple[str, str | None]], fakes: Iterator[str | None]) -> str:
    return "".join(sign if element is None else printed(next(fakes)) for sign, element in parts)


def elements_of(arrays: pl.Series) -> pl.Series:
    """The elements of all arrays, one after another."""
    found = (piece for array in arrays.to_list() for piece in pieces(array))
    return pl.Series([element for _, element in found if element is not None], dtype=pl.String)
