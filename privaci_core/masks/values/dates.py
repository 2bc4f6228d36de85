"""Moves dates and timestamps: by a bounded number of days, of each date or of each subject, or as keys are moved."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from privaci_core.masks.base.shape import DATES, Shape, Unbindable
from privaci_core.masks.keyed.digest import Draw
from privaci_core.masks.keyed.numbers import Sizes

if TYPE_CHECKING:
    from privaci_core.compiled.loops import U64
    from privaci_core.masks.base.shape import Mask
    from privaci_core.masks.keyed.numbers import I64

ISO_LENGTH = 10
ISO_DATE = r"^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d.*[^C])?$"
# Spellings of dates in text columns, tried after the ISO form.
SPELLINGS = ("%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y", "%Y%m%d", "%Y/%m/%d")
# Years 1, 1900, 2100 and 10000 as days from 1970; a date stays in its span.
SPANS = (-719162, -25567, 47482, 2932897)
# Born on this day or later, people are moved back only: the fakes of children are not yet to be born.
BORN_LATE = 10957
DAY = 86_400
MICROSECONDS = 1_000_000
MIDNIGHT = {"date": "", "timestamp": " 00:00:00", "timestamptz": " 00:00:00+00"}
INFINITE = r"^-?infinity$"


def days_of(values: pl.Series) -> tuple[I64, npt.NDArray[np.bool_]]:
    """Dates as days from 1970, and where there was one; the time behind it is not looked at."""
    iso = values.str.contains(ISO_DATE)
    dates = (
        values.str.head(ISO_LENGTH)
        .str.to_date("%Y-%m-%d", strict=False)
        .zip_with(iso, pl.Series([None], dtype=pl.Date))
    )
    for spelling in SPELLINGS:
        if not dates.null_count():
            break
        dates = dates.fill_null(values.str.to_date(spelling, strict=False))
    days = dates.cast(pl.Int32).cast(pl.Int64)
    return days.fill_null(0).to_numpy(), days.is_not_null().to_numpy()


def moves(words: U64, most: int) -> I64:
    """Numbers of days from -most to most, none of them zero."""
    steps = (words % np.uint64(2 * most)).astype(np.int64) - most
    return steps + (steps >= 0)


def moved(days: I64, steps: I64) -> I64:
    """Days moved by so many; the other way where the calendar ends."""
    ahead = days + steps
    outside = (ahead < SPANS[0]) | (ahead >= SPANS[-1])
    return np.where(outside, days - steps, ahead)


def iso_dates(days: I64) -> pl.Series:
    """Days from 1970 as ISO dates."""
    return pl.Series(days).cast(pl.Int32).cast(pl.Date).dt.to_string("%Y-%m-%d")


def shifted(values: pl.Series, words: U64, most: int) -> pl.Series:
    """Dates and timestamps moved by whole days, the time of day kept; infinity stays where it is."""
    days, known = days_of(values)
    found = iso_dates(moved(np.where(known, days, 0), moves(words, most)))
    iso = values.str.contains(ISO_DATE)
    behind = values.str.slice(ISO_LENGTH).zip_with(iso, pl.Series([""]))
    return with_infinity(values, found + behind)


def shift_each(shape: Shape, key: str, most: int) -> Mask:
    """Each date moved by its own digest."""
    need_dates(shape)
    return lambda values: shifted(values, Draw.of(values, key).words[:, 1], most)


def need_dates(shape: Shape) -> None:
    """Refuse a column that cannot hold moved dates."""
    if shape.type_name not in DATES and not (shape.is_text and shape.holds(ISO_LENGTH)):
        raise Unbindable(
            "the column holds no dates",
            "Use date_shift on dates, timestamps and text that holds them.",
        )
    if shape.unique:
        raise Unbindable("date_shift does not stay unique", "Use hash on a date column.")


def key_dates(shape: Shape, key: str) -> Mask:
    """Dates and timestamps that are keys: each becomes another of its span of years, no two the same.

    What lies before the first year or after the last one of four digits is rare enough to be drawn by its digest.
    """
    secret = bytes.fromhex(key)
    unit = 1 if shape.type_name == "date" else DAY
    spans = Sizes.of(secret, tuple(day * unit for day in SPANS))
    parts = Sizes.of(secret + b".", (1, MICROSECONDS))

    def masked(values: pl.Series) -> pl.Series:
        days, known = days_of(values)
        words = Draw.of(values, key).words
        days = np.where(known, days, between(words, SPANS[1], SPANS[2]))
        if unit == 1:
            return with_infinity(values, iso_dates(spans(days)))
        return with_infinity(values, _key_timestamps(values, days, spans, parts))

    return masked


def _key_timestamps(values: pl.Series, days: I64, spans: Sizes, parts: Sizes) -> pl.Series:
    """Seconds are permuted by themselves and so are their fractions, so that whole seconds stay whole."""
    clock = values.str.extract_groups(
        r" (?<h>\d\d):(?<m>\d\d):(?<s>\d\d)(?:\.(?<f>\d{1,6}))?"
    ).struct.unnest()
    hours, minutes, seconds = (clock[name].cast(pl.Int64).fill_null(0).to_numpy() for name in "hms")
    found = spans(days * DAY + hours * 3600 + minutes * 60 + seconds)
    fraction = clock["f"].fill_null("0").str.pad_end(6, "0").cast(pl.Int64).to_numpy().copy()
    fraction[fraction > 0] = parts(fraction[fraction > 0])
    text = (
        pl.Series(found * MICROSECONDS + fraction)
        .cast(pl.Datetime("us"))
        .dt.to_string("%Y-%m-%d %H:%M:%S%.6f")
    )
    zone = values.str.extract(r"(\+00)$").fill_null("")
    return text.str.replace(r"\.?0+$", "").zip_with(text.str.contains(r"\.\d*0$"), text) + zone


def between(words: U64, first: int, end: int) -> I64:
    """A day for what is no date of the calendar."""
    return (words[:, 2] % np.uint64(end - first)).astype(np.int64) + first


def with_infinity(values: pl.Series, found: pl.Series) -> pl.Series:
    """Infinity says nothing about anybody, and a check may rely on it."""
    return values.zip_with(values.str.contains(INFINITE), found)
