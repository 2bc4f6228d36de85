"""Brings to a mask only what there is to mask, each value once: no NULL, nothing empty, nothing twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from privaci_core.compiled import loops
from privaci_core.masks.base.fixed_width import large_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from privaci_core.masks.base.shape import Mask

# How often a mask may draw what it was given; a pool of two words fails so often once in 2**64 values.
MOST_DRAWS = 64
# A vector of fewer values is not worth a look; in one of more, this share must differ.
FEW, MOSTLY = 256, 0.8


def over_distinct(mask: Mask) -> Mask:
    """Mask every value once, however often it stands there; NULL stays NULL and empty stays empty."""

    def masked(values: pl.Series) -> pl.Series:
        if _hardly_repeats(values):
            return mask(values.cast(pl.String)).alias(values.name)
        coded = (
            values.cast(pl.String)
            .to_arrow(compat_level=pl.CompatLevel.oldest())
            .dictionary_encode()
        )
        known = pl.Series(coded.dictionary, dtype=pl.String)
        fakes = mask(known.filter(known != "")) if len(known) else known
        empty = (known == "").arg_max() if (known == "").any() else None
        if empty is not None:
            fakes = pl.concat([fakes[:empty], known[empty : empty + 1], fakes[empty:]])
        return fakes.gather(pl.Series(coded.indices)).alias(values.name)

    return masked


def _hardly_repeats(values: pl.Series) -> bool:
    """Whether there is nothing to leave out, and looking for what stands twice would cost more than it saves."""
    if len(values) < FEW or values.null_count():
        return False
    known = values.to_frame("value").select(pl.col("value").approx_n_unique()).item()
    return known >= len(values) * MOSTLY and not (values == "").any()


def never_itself(draw: Callable[[pl.Series, int], pl.Series]) -> Mask:
    """Draw again where a value would be masked to itself, in whatever case; attempts are counted from zero."""

    def drawn(values: pl.Series) -> pl.Series:
        fakes = draw(values, 0)
        for attempt in range(1, MOST_DRAWS):
            again = same(values, fakes)
            if not len(again):
                break
            fakes = fakes.scatter(again, draw(values.gather(again), attempt))
        return fakes

    return drawn


def same(values: pl.Series, fakes: pl.Series) -> pl.Series:
    """The places where both say the same but for case and surrounding blanks; few are compared, as few are as long."""
    if not loops.LOADED:
        return _same(values, fakes)
    near = pl.Series(loops.alike(large_text(values), large_text(fakes)))
    return near.gather(_same(values.gather(near), fakes.gather(near))) if len(near) else near


def _same(values: pl.Series, fakes: pl.Series) -> pl.Series:
    pairs = pl.DataFrame([values.alias("value"), fakes.alias("fake")]).with_row_index("place")
    # Case and blanks change a text's bytes by less than half; lengths in bytes cost nothing to know.
    near = pairs.filter(pl.col("value").str.len_bytes() * 2 >= pl.col("fake").str.len_bytes())
    alike = (
        pl.col("value").str.strip_chars().str.to_lowercase() == pl.col("fake").str.to_lowercase()
    )
    return near.filter(alike)["place"]
