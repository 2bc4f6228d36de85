"""Gives a mask each distinct value once, without NULL and the empty text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from privaci_core.compiled import loops
from privaci_core.compiled.texts import large_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from privaci_core.masks.base.shape import Mask

# How often a mask may draw the value itself; with a pool of two words that happens to one value
# in 2**64.
MOST_DRAWS = 64
# A longer vector whose share of distinct values is at least this is masked as it is.
FEW, MOSTLY = 256, 0.8


def over_distinct(mask: Mask) -> Mask:
    """Mask every distinct value once; NULL stays NULL and the empty text stays empty."""

    def masked(values: pl.Series) -> pl.Series:
        if len(values) == 1 and not values.null_count() and not (values == "").any():
            # A huge value is a block of its own, and is not copied to look for another one like it.
            return mask(values).alias(values.name)
        if _mostly_distinct(values):
            return mask(values).alias(values.name)
        coded = large_text(values).dictionary_encode()
        distinct = pl.Series(coded.dictionary, dtype=pl.String)
        fakes = mask(distinct.filter(distinct != "")) if len(distinct) else distinct
        is_empty = distinct == ""
        if is_empty.any():
            place = is_empty.arg_max()
            fakes = pl.concat([fakes[:place], distinct.filter(is_empty), fakes[place:]])
        return fakes.gather(pl.Series(coded.indices)).alias(values.name)

    return masked


def _mostly_distinct(values: pl.Series) -> bool:
    """Whether every value has to be masked, and finding the few repeated ones would not pay."""
    if len(values) < FEW or values.null_count():
        return False
    distinct = values.to_frame("value").select(pl.col("value").approx_n_unique()).item()
    return distinct >= len(values) * MOSTLY and not (values == "").any()


def never_itself(draw: Callable[[pl.Series, int], pl.Series]) -> Mask:
    """Draw again where a fake equals its value but for case; attempts are counted from zero."""

    def drawn(values: pl.Series) -> pl.Series:
        fakes = draw(values, 0)
        for attempt in range(1, MOST_DRAWS):
            again = same(values, fakes)
            if not len(again):
                return fakes
            # A scatter changes its series, and a plugin may have returned the values themselves.
            fakes = fakes.clone().scatter(again, draw(values.gather(again), attempt))
        return fakes

    return drawn


def same(values: pl.Series, fakes: pl.Series) -> pl.Series:
    """The places where both are equal but for case and outer blanks."""
    if not loops.LOADED:
        return _same(values, fakes)
    near = pl.Series(loops.alike(large_text(values), large_text(fakes)))
    return near.gather(_same(values.gather(near), fakes.gather(near))) if len(near) else near


def _same(values: pl.Series, fakes: pl.Series) -> pl.Series:
    pairs = pl.DataFrame([values.alias("value"), fakes.alias("fake")]).with_row_index("place")
    # Lengths in bytes are known already; another case at most triples them (the Kelvin sign).
    near = pairs.filter(pl.col("value").str.len_bytes() * 3 >= pl.col("fake").str.len_bytes())
    alike = (
        pl.col("value").str.strip_chars().str.to_lowercase() == pl.col("fake").str.to_lowercase()
    )
    return near.filter(alike)["place"]
