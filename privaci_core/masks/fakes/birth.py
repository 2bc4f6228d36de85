"""Makes dates of birth: a day up to five years away from the real one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from privaci_core.masks.keyed.permute import permutation
from privaci_core.masks.values.dates import (
    BORN_LATE,
    ISO_LENGTH,
    MIDNIGHT,
    SPANS,
    between,
    days_of,
    iso_dates,
    moved,
    moves,
    with_infinity,
)

if TYPE_CHECKING:
    import polars as pl

    from privaci_core.compiled.loops import U64
    from privaci_core.masks.fakes.request import Make, Request
    from privaci_core.masks.keyed.numbers import I64

DOB_DAYS = 5 * 365
# A unique day trades places within a block of so many, one block earlier: less than five years.
BLOCK = DOB_DAYS // 2


def dob(request: Request) -> Make:
    """A day up to five years away, never the same; other text becomes a day of 1900 to 2000."""
    if request.shape.unique:
        return _unique_dob(request)
    end = MIDNIGHT.get(request.shape.type_name, "")

    def made(values: pl.Series, attempt: int) -> pl.Series:
        words = request.draw("dob", values, attempt).words
        days, known = days_of(values)
        days = np.where(known, days, between(words, SPANS[1] + DOB_DAYS, BORN_LATE - DOB_DAYS))
        steps = moves(words[:, 1], DOB_DAYS)
        found = moved(days, np.where(days < BORN_LATE, steps, -np.abs(steps)))
        return with_infinity(values, iso_dates(found) + end)

    return made


def _unique_dob(request: Request) -> Make:
    """An earlier day for each day, no two the same; a timestamp keeps its time."""
    key = request.key("dob")

    def made(values: pl.Series, attempt: int) -> pl.Series:
        days, known = days_of(values)
        words = request.draw("dob", values, attempt).words
        days = np.where(known, days, between(words, SPANS[1] + DOB_DAYS, BORN_LATE))
        return with_infinity(values, iso_dates(_earlier(days, key)) + values.str.slice(ISO_LENGTH))

    return made


def _earlier(days: I64, key: bytes) -> I64:
    """Days permuted within their block, and moved to the block before; the first one wraps."""
    first, total = SPANS[0], SPANS[-1] - SPANS[0]
    blocks, places = np.divmod(days - first, BLOCK)
    found = np.empty_like(days)
    for block in np.unique(blocks):
        chosen = blocks == block
        permute = permutation(
            key + int(block).to_bytes(4, "big"), min(BLOCK, total - block * BLOCK)
        )
        moved_to: U64 = permute(places[chosen].astype(np.uint64))
        found[chosen] = block * BLOCK + moved_to.astype(np.int64) - BLOCK
    return found % total + first
