"""Moves ranges of dates and moments: both ends by the same number of days."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polars as pl

from privaci_core.masks.base.shape import DATE_RANGES
from privaci_core.masks.keyed.digest import DigestWords
from privaci_core.masks.values.dates import SPANS, iso_dates, moves, need_dates, shifted

if TYPE_CHECKING:
    from collections.abc import Callable

    from privaci_core.compiled.loops import U64
    from privaci_core.masks.base.shape import Mask, Shape

DAY = re.compile(r"(?<!\d)\d{4}-\d\d-\d\d(?=[ ,)\]\"])")
# A day before our era, or of a year of five digits.
OUTSIDE = re.compile(r" BC|\d{5}-\d\d-\d\d")


def shift_each(shape: Shape, key: str, most: int) -> Mask:
    """Each date, or range of dates, moved by its own digest."""
    need_dates(shape)
    move = shifter(shape)
    return lambda values: move(values, DigestWords.of(values, key).words[:, 1], most)


def shifter(shape: Shape) -> Callable[[pl.Series, U64, int], pl.Series]:
    """What moves the values of a column: ranges as a whole, or dates."""
    if shape.type_name not in DATE_RANGES:
        return shifted
    nothing = "{}" if "multi" in shape.type_name else "empty"

    def moved_ranges(values: pl.Series, words: U64, most: int) -> pl.Series:
        steps = moves(words, most).tolist()
        ranges = zip(values.to_list(), steps, strict=True)
        return pl.Series([_moved(text, step, nothing) for text, step in ranges], dtype=pl.String)

    return moved_ranges


def _moved(text: str, step: int, nothing: str) -> str:
    """A range moved by so many days, or as many the other way; nothing where neither has a date."""
    if OUTSIDE.search(text):
        return nothing
    written = DAY.findall(text)
    if not written:
        return text
    days = pl.Series(written).str.to_date("%Y-%m-%d").cast(pl.Int32).cast(pl.Int64)
    found = next((days + s for s in (step, -step) if _is_in_calendar(days + s)), None)
    if found is None:
        return nothing
    fakes = iter(iso_dates(found.to_numpy()).to_list())
    return DAY.sub(lambda _: next(fakes), text)


def _is_in_calendar(days: pl.Series) -> bool:
    return bool(((days >= SPANS[0]) & (days < SPANS[-1])).all())
