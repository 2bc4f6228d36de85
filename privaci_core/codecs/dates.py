"""Dates and timestamps: counts from the year 2000, and as a pinned session prints them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from privaci_core.codecs.codec import fixed_width
from privaci_core.compiled import loops
from privaci_core.compiled.dates import (
    read_dates,
    read_timestamps,
    write_dates,
    write_timestamps,
)
from privaci_core.compiled.texts import large_text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.int64]

# 2000-01-01, in days from 1970.
EPOCH_DAYS = 10_957
DAY_MICROS = 86_400_000_000
# Polars knows the years 1 to 9999, here in days from 1970; others are rare, and converted alone.
FIRST_DAY, LAST_DAY = -719_162, 2_932_896
USUAL = r"^\d{4}-\d\d-\d\d(?: [0-9:.]+(?:\+00)?)?$"
ISO_DATE = 10
PARTS = re.compile(r"(\d+)-(\d\d)-(\d\d)(?: (\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?)?(?:\+00)?( BC)?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Unit:
    """What a type counts: how many make a day, and the number that stands for infinity."""

    per_day: int
    infinity: int
    # What Postgres prints after a time with a zone.
    zone: str = ""


DAYS = _Unit(per_day=1, infinity=2**31 - 1)
MICROS = _Unit(per_day=DAY_MICROS, infinity=2**63 - 1)
ZONED_MICROS = _Unit(per_day=DAY_MICROS, infinity=2**63 - 1, zone="+00")


def _to_text(numbers: NDArray[np.generic], unit: _Unit) -> pl.Series:
    counts = numbers.astype(np.int64)
    days = counts // unit.per_day + EPOCH_DAYS
    usual = (days >= FIRST_DAY) & (days <= LAST_DAY)
    text = _usual_text(np.where(usual, counts, 0), unit)
    if usual.all():
        return text
    others = np.flatnonzero(~usual)
    return text.scatter(others, [_text_alone(int(counts[place]), unit) for place in others])


def _usual_text(numbers: Numbers, unit: _Unit) -> pl.Series:
    if loops.LOADED:
        if unit.per_day == 1:
            return pl.Series(write_dates(numbers + EPOCH_DAYS))
        return pl.Series(write_timestamps(numbers, has_zone=bool(unit.zone)))
    if unit.per_day == 1:
        dates = pl.Series(numbers + EPOCH_DAYS).cast(pl.Int32).cast(pl.Date)
        return dates.dt.to_string("%Y-%m-%d")
    moments = pl.Series(numbers + EPOCH_DAYS * DAY_MICROS).cast(pl.Datetime("us"))
    text = moments.dt.to_string("%Y-%m-%d %H:%M:%S%.6f")
    # Postgres prints no zeros at the end of a fraction.
    fraction = text.str.slice(19).str.strip_chars_end("0").str.strip_suffix(".")
    short = text.str.head(19) + fraction
    return short + unit.zone if unit.zone else short


def _text_alone(number: int, unit: _Unit) -> str:
    if number == unit.infinity:
        return "infinity"
    if number == -unit.infinity - 1:
        return "-infinity"
    days, within = divmod(number, unit.per_day)
    year, month, day = _calendar_date(days + EPOCH_DAYS)
    era, year = (" BC", 1 - year) if year <= 0 else ("", year)
    time = "" if unit.per_day == 1 else f" {_time_text(within)}{unit.zone}"
    return f"{year:04}-{month:02}-{day:02}{time}{era}"


def _time_text(micros: int) -> str:
    seconds, rest = divmod(micros, 1_000_000)
    fraction = f".{rest:06}".rstrip("0") if rest else ""
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{fraction}"


def _to_numbers(text: pl.Series, unit: _Unit) -> Numbers:
    if not loops.LOADED:
        return _any_numbers(text, unit)
    values = large_text(text)
    if unit.per_day == 1:
        days, is_left = read_dates(values, may_have_time=False)
        numbers = days - EPOCH_DAYS
    else:
        numbers, is_left = read_timestamps(values)
    left = np.flatnonzero(is_left)
    if len(left):
        numbers[left] = _any_numbers(text.gather(pl.Series(left)), unit)
    return numbers


def _any_numbers(text: pl.Series, unit: _Unit) -> Numbers:
    usual = text.str.contains(USUAL)
    read = _usual_days(text) if unit.per_day == 1 else _usual_micros(text)
    known = (usual & read.is_not_null()).to_numpy()
    numbers: Numbers = read.fill_null(0).to_numpy().copy()
    for place in np.flatnonzero(~known):
        numbers[place] = _number_alone(text[int(place)], unit)
    return numbers


def _usual_days(text: pl.Series) -> pl.Series:
    """Days of dates; a time after the date is ignored."""
    dates = text.str.head(ISO_DATE).str.to_date("%Y-%m-%d", strict=False)
    return dates.cast(pl.Int32).cast(pl.Int64) - EPOCH_DAYS


def _usual_micros(text: pl.Series) -> pl.Series:
    """Microseconds of timestamps, all in UTC; a date alone is its midnight."""
    moments = text.str.strip_suffix("+00")
    moments = moments.zip_with(moments.str.len_chars() > ISO_DATE, moments + " 00:00:00")
    read = moments.str.to_datetime("%Y-%m-%d %H:%M:%S%.f", time_unit="us", strict=False)
    return read.cast(pl.Int64) - EPOCH_DAYS * DAY_MICROS


def _number_alone(text: str, unit: _Unit) -> int:
    if text == "infinity":
        return unit.infinity
    if text == "-infinity":
        return -unit.infinity - 1
    parts = PARTS.match(text)
    if parts is None:
        raise ValueError("A mask made a value that is no date.")
    year, month, day, hour, minute, second = (int(part or 0) for part in parts.groups()[:6])
    days = _days_from_1970(1 - year if parts[8] else year, month, day) - EPOCH_DAYS
    if unit.per_day == 1:
        return days
    seconds = hour * 3600 + minute * 60 + second
    return days * DAY_MICROS + seconds * 1_000_000 + int((parts[7] or "").ljust(6, "0"))


# The Gregorian calendar repeats after 400 years. Years are counted from March here, so that a
# leap day is the last of its year and five months have 153 days.
CYCLE_YEARS, CYCLE_DAYS = 400, 146_097
MARCH_1ST_OF_YEAR_0 = -719_468


def _calendar_date(days: int) -> tuple[int, int, int]:
    """The year, month and day of a day from 1970, in any year."""
    cycle, day_of_cycle = divmod(days - MARCH_1ST_OF_YEAR_0, CYCLE_DAYS)
    leap_days = day_of_cycle // 1460 - day_of_cycle // 36_524 + day_of_cycle // 146_096
    year = (day_of_cycle - leap_days) // 365
    day_of_year = day_of_cycle - (365 * year + year // 4 - year // 100)
    months = (5 * day_of_year + 2) // 153
    day = day_of_year - (153 * months + 2) // 5 + 1
    month = (months + 2) % 12 + 1
    return cycle * CYCLE_YEARS + year + _before_march(month), month, day


def _days_from_1970(year: int, month: int, day: int) -> int:
    """The day from 1970 of a date, in any year."""
    cycle, year_of_cycle = divmod(year - _before_march(month), CYCLE_YEARS)
    day_of_year = (153 * ((month - 3) % 12) + 2) // 5 + day - 1
    leap_days = year_of_cycle // 4 - year_of_cycle // 100
    day_of_cycle = year_of_cycle * 365 + leap_days + day_of_year
    return MARCH_1ST_OF_YEAR_0 + cycle * CYCLE_DAYS + day_of_cycle


def _before_march(month: int) -> bool:
    return month <= 2  # noqa: PLR2004 - January and February


DATE = fixed_width(">i4", lambda days: _to_text(days, DAYS), lambda text: _to_numbers(text, DAYS))
TIMESTAMP = fixed_width(
    ">i8", lambda micros: _to_text(micros, MICROS), lambda text: _to_numbers(text, MICROS)
)
TIMESTAMPTZ = fixed_width(
    ">i8",
    lambda micros: _to_text(micros, ZONED_MICROS),
    lambda text: _to_numbers(text, ZONED_MICROS),
)
