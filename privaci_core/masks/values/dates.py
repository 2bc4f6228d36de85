"""Moves dates and timestamps, by a bounded number of days or as keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from privaci_core.compiled import loops
from privaci_core.compiled.dates import read_dates, replace_dates, write_dates
from privaci_core.compiled.texts import large_text
from privaci_core.masks.base.shape import DATE_RANGES, DATES, Shape, Unbindable
from privaci_core.masks.keyed.digest import DigestWords
from privaci_core.masks.keyed.numbers import Sizes

if TYPE_CHECKING:
    from privaci_core.compiled.loops import U64
    from privaci_core.masks.base.shape import Mask
    from privaci_core.masks.keyed.numbers import I64

ISO_LENGTH = 10
ISO_DATE = r"^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d.*[^C])?$"
CLOCK = r" (?<h>\d\d):(?<m>\d\d):(?<s>\d\d)(?:\.(?<f>\d{1,6}))?"
# Spellings of dates in text columns, tried after the ISO form.
SPELLINGS = ("%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y", "%Y%m%d", "%Y/%m/%d")
# Years 1, 1900, 2100 and 10000 as days from 1970; a key stays in its span.
SPANS = (-719162, -25567, 47482, 2932897)
# Birthdays from 2000 on move back only: a fake birthday must not lie in the future.
BORN_LATE = 10957
DAY = 86_400
MICROSECONDS = 1_000_000
MIDNIGHT = {"date": "", "timestamp": " 00:00:00", "timestamptz": " 00:00:00+00"}
INFINITE = r"^-?infinity$"
SHORTEST_INFINITE = len("infinity")


def days_of(values: pl.Series) -> tuple[I64, npt.NDArray[np.bool_]]:
    """Dates as days from 1970, and which values are dates; the time of day is skipped."""
    if loops.LOADED:
        found, is_left = read_dates(large_text(values), may_have_time=True)
        if not is_left.any():
            return found, ~is_left
    is_iso = values.str.contains(ISO_DATE)
    read = values.str.head(ISO_LENGTH).str.to_date("%Y-%m-%d", strict=False)
    dates = read.zip_with(is_iso, pl.Series([None], dtype=pl.Date))
    for spelling in SPELLINGS:
        if dates.null_count():
            dates = dates.fill_null(values.str.to_date(spelling, strict=False))
    days = dates.cast(pl.Int32).cast(pl.Int64)
    return days.fill_null(0).to_numpy(), days.is_not_null().to_numpy()


def moves(words: U64, most: int) -> I64:
    """Numbers of days from -most to most, none of them zero."""
    steps = (words % np.uint64(2 * most)).astype(np.int64) - most
    return steps + (steps >= 0)


def moved(days: I64, steps: I64) -> I64:
    """Days moved by so many, or by as many the other way where the calendar ends."""
    found = days + steps
    outside = (found < SPANS[0]) | (found >= SPANS[-1])
    return np.where(outside, days - steps, found)


def iso_dates(days: I64) -> pl.Series:
    """Days from 1970 as ISO dates."""
    if loops.LOADED:
        return pl.Series(write_dates(days))
    return pl.Series(days).cast(pl.Int32).cast(pl.Date).dt.to_string("%Y-%m-%d")


def shifted(values: pl.Series, words: U64, most: int) -> pl.Series:
    """Dates and timestamps moved by whole days; the time of day and infinity stay."""
    if loops.LOADED:
        texts = large_text(values)
        iso_days, is_left = read_dates(texts, may_have_time=True)
        if not is_left.any():
            return pl.Series(replace_dates(texts, moved(iso_days, moves(words, most))))
    days, is_date = days_of(values)
    found = iso_dates(moved(np.where(is_date, days, 0), moves(words, most)))
    is_iso = values.str.contains(ISO_DATE)
    time = values.str.slice(ISO_LENGTH).zip_with(is_iso, pl.Series([""]))
    return with_infinity(values, found + time)


def need_dates(shape: Shape) -> None:
    """Refuse a column that cannot hold moved dates."""
    if shape.type_name not in DATES | DATE_RANGES and not (
        shape.is_text and shape.holds(ISO_LENGTH)
    ):
        raise Unbindable(
            "the column holds no dates",
            "Use date_shift on dates, timestamps, ranges of these and text that holds dates.",
        )
    if shape.unique:
        raise Unbindable("date_shift does not stay unique", "Use hash on a date column.")


def key_dates(shape: Shape, key: str) -> Mask:
    """Dates and timestamps that are keys: each becomes another of its span of years, injectively.

    Dates before year 1 or after 9999 are rare, and become a day that their digest draws.
    """
    secret = bytes.fromhex(key)
    unit = 1 if shape.type_name == "date" else DAY
    spans = Sizes.of(secret, tuple(day * unit for day in SPANS))
    parts = Sizes.of(secret + b".", (1, MICROSECONDS))

    def masked(values: pl.Series) -> pl.Series:
        days, is_date = days_of(values)
        words = DigestWords.of(values, key).words
        days = np.where(is_date, days, between(words, SPANS[1], SPANS[2]))
        if unit == 1:
            return with_infinity(values, iso_dates(spans(days)))
        return with_infinity(values, _key_timestamps(values, days, spans, parts))

    return masked


def _key_timestamps(values: pl.Series, days: I64, spans: Sizes, parts: Sizes) -> pl.Series:
    """Permutes seconds, and their fractions apart, so that whole seconds stay whole."""
    clock = values.str.extract_groups(CLOCK).struct.unnest()
    hours, minutes, seconds = (clock[name].cast(pl.Int64).fill_null(0).to_numpy() for name in "hms")
    found = spans(days * DAY + hours * 3600 + minutes * 60 + seconds)
    fraction = clock["f"].fill_null("0").str.pad_end(6, "0").cast(pl.Int64).to_numpy().copy()
    fraction[fraction > 0] = parts(fraction[fraction > 0])
    moments = pl.Series(found * MICROSECONDS + fraction).cast(pl.Datetime("us"))
    text = moments.dt.to_string("%Y-%m-%d %H:%M:%S%.6f")
    # As Postgres writes them: no zeros at the end of a fraction, and no point without one.
    shortened = text.str.replace(r"\.?0+$", "")
    zone = values.str.extract(r"(\+00)$").fill_null("")
    return shortened.zip_with(text.str.contains(r"\.\d*0$"), text) + zone


def between(words: U64, first: int, end: int) -> I64:
    """A day from the first to before the end, for a value that is no date."""
    return (words[:, 2] % np.uint64(end - first)).astype(np.int64) + first


def with_infinity(values: pl.Series, found: pl.Series) -> pl.Series:
    """The dates found, and infinity unchanged: it identifies no person, and a CHECK may need it."""
    lengths = values.str.len_bytes()
    if not ((lengths >= SHORTEST_INFINITE) & (lengths <= SHORTEST_INFINITE + 1)).any():
        return found
    return values.zip_with(values.str.contains(INFINITE), found)
