"""Masks arrays element by element, in the text form that Postgres prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from privaci_core.compiled import loops
from privaci_core.compiled.array_texts import find_elements, write_arrays
from privaci_core.compiled.documents import texts_at
from privaci_core.compiled.texts import large_text
from privaci_core.masks.base.array_text import pieces, printed, unescaped
from privaci_core.masks.base.distinct import over_distinct

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from privaci_core.compiled.array_texts import Elements
    from privaci_core.masks import Mask


def each_element(mask: Mask) -> Mask:
    """A mask of arrays from a mask of their elements; bounds, nesting and NULL elements stay."""

    def masked(arrays: pl.Series) -> pl.Series:
        if loops.LOADED:
            texts = large_text(arrays)
            found = find_elements(texts)
            fakes = mask(_elements(texts, found))
            is_there = fakes.is_not_null().to_numpy()
            return pl.Series(write_arrays(texts, found, large_text(fakes.fill_null("")), is_there))
        return _masked_one_by_one(arrays, mask)

    return over_distinct(masked)


def elements_of(arrays: pl.Series) -> pl.Series:
    """The elements of all arrays, one after another."""
    if loops.LOADED:
        texts = large_text(arrays)
        return _elements(texts, find_elements(texts))
    found = (piece for array in arrays.to_list() for piece in pieces(array))
    return pl.Series([element for _, element in found if element is not None], dtype=pl.String)


def _elements(arrays: pa.LargeStringArray, found: Elements) -> pl.Series:
    """The elements without their quotes and escapes."""
    quotes = found.has_quotes.astype(np.int64)
    values = pl.Series(texts_at(arrays, found.starts + quotes, found.ends - quotes))
    escaped = np.flatnonzero(found.has_escapes)
    if not len(escaped):
        return values
    places = pl.Series(escaped)
    read = [unescaped(text) for text in values.gather(places)]
    return values.scatter(places, pl.Series(read, dtype=pl.String))


def _masked_one_by_one(arrays: pl.Series, mask: Mask) -> pl.Series:
    parsed = [list(pieces(array)) for array in arrays.to_list()]
    elements = [element for parts in parsed for _, element in parts if element is not None]
    fakes = iter(mask(pl.Series(elements, dtype=pl.String)).to_list())
    return pl.Series([_printed(parts, fakes) for parts in parsed], dtype=pl.String)


def _printed(parts: list[tuple[str, str | None]], fakes: Iterator[str | None]) -> str:
    return "".join(sign if element is None else printed(next(fakes)) for sign, element in parts)
