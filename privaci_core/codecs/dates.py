"""Dates and timestamps as the wire has them, counted from the year 2000, and as a pinned session prints them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from numpy.typing import NDArray

EPOCH_DAYS = 10957
DAY_MICROS = 86_400_000_000
# Years 1 to 9999 are the vector library's; what lies outside is rare, and done by itself.
FIRST_DAY, LAST_DAY = -719162, 2932896
INFINITE = {"infinity": 1, "-infinity": -1}
ENDS = {4: 2**31, 8: 2**63}
DATE = re.compile(r"(\d+)-(\d\d)-(\d\d)(?: (\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?)?(?:\+00)?( BC)?$")
YEARS_400, DAYS_400 = 400, 146_097
MARCH_FIRST_0000 = -719468


def date_text(days: NDArray[np.generic]) -> pl.Series:
    """Days from 2000 as text."""
    return _text(days.astype(np.int64), 4, "D", "")


def timestamp_text(micros: NDArray[np.generic], zone: str = "") -> pl.Series:
    """Microseconds from 2000 as text; zeros at the end of a fraction are not printed."""
    return _text(micros.astype(np.int64), 8, "us", zone)


def days_of_text(text: pl.Series) -> NDArray[np.generic]:
    """The way back of dates; a time behind the date is cut off."""
    return _numbers(text, 4, "D")


def timestamp_micros(text: pl.Series) -> NDArray[np.generic]:
    """The way back of timestamps, all of them in UTC; a date alone is its midnight."""
    return _numbers(text, 8, "us")


def _text(numbers: NDArray[np.int64], width: int, unit: str, zone: str) -> pl.Series:
    per_day = 1 if unit == "D" else DAY_MICROS
    days = numbers // per_day + EPOCH_DAYS
    known = (days >= FIRST_DAY) & (days <= LAST_DAY)
    usual = np.where(known, numbers, 0)
    found = _usual_text(usual, unit, zone)
    if known.all():
        return found
    odd = np.flatnonzero(~known)
    return found.scatter(
        odd, [_odd_text(int(numbers[place]), width, per_day, zone) for place in odd]
    )


def _usual_text(numbers: NDArray[np.int64], unit: str, zone: str) -> pl.Series:
    if unit == "D":
        return pl.Series(numbers + EPOCH_DAYS).cast(pl.Int32).cast(pl.Date).dt.to_string("%Y-%m-%d")
    moments = pl.Series(numbers + EPOCH_DAYS * DAY_MICROS).cast(pl.Datetime("us"))
    text = moments.dt.to_string("%Y-%m-%d %H:%M:%S%.6f")
    short = text.str.head(19) + text.str.slice(19).str.strip_chars_end("0").str.strip_suffix(".")
    return short + zone if zone else short


def _odd_text(number: int, width: int, per_day: int, zone: str) -> str:
    if number == ENDS[width] - 1:
        return "infinity"
    if number == -ENDS[width]:
        return "-infinity"
    days, within = divmod(number, per_day)
    year, month, day = _civil(days + EPOCH_DAYS)
    era, year = (" BC", 1 - year) if year <= 0 else ("", year)
    clock = ""
    if per_day != 1:
        seconds, micros = divmod(within, 1_000_000)
        fraction = f".{micros:06}".rstrip("0") if micros else ""
        clock = f" {seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}{fraction}{zone}"
    return f"{year:04}-{month:02}-{day:02}{clock}{era}"


def _numbers(text: pl.Series, width: int, unit: str) -> NDArray[np.int64]:
    usual = text.str.contains(r"^\d{4}-\d\d-\d\d(?: [0-9:.]+(?:\+00)?)?$")
    if unit == "D":
        read = (
            text.str.head(10).str.to_date("%Y-%m-%d", strict=False).cast(pl.Int32).cast(pl.Int64)
            - EPOCH_DAYS
        )
    else:
        clock = text.str.strip_suffix("+00")
        clock = clock.zip_with(clock.str.len_chars() > 10, clock + " 00:00:00")  # noqa: PLR2004 - an ISO date's length
        moments = clock.str.to_datetime("%Y-%m-%d %H:%M:%S%.f", time_unit="us", strict=False)
        read = moments.cast(pl.Int64) - EPOCH_DAYS * DAY_MICROS
    known = (usual & read.is_not_null()).to_numpy()
    found = read.fill_null(0).to_numpy().copy()
    per_day = 1 if unit == "D" else DAY_MICROS
    for place in np.flatnonzero(~known):
        found[place] = _odd_number(text[int(place)], width, per_day)
    return found


def _odd_number(text: str, width: int, per_day: int) -> int:
    if text in INFINITE:
        return ENDS[width] - 1 if INFINITE[text] > 0 else -ENDS[width]
    parts = DATE.match(text)
    if parts is None:
        raise ValueError("a mask made what is no date")
    year, month, day, hour, minute, second = (int(part or 0) for part in parts.groups()[:6])
    days = _days(1 - year if parts[8] else year, month, day) - EPOCH_DAYS
    if per_day == 1:
        return days
    seconds = hour * 3600 + minute * 60 + second
    return days * DAY_MICROS + seconds * 1_000_000 + int((parts[7] or "").ljust(6, "0"))


def _civil(days: int) -> tuple[int, int, int]:
    """Days from 1970 as a date of the Gregorian calendar, in any year: years begin in March, eras have 400 of them."""
    era, of_era = divmod(days - MARCH_FIRST_0000, DAYS_400)
    year = (of_era - of_era // 1460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    shifted = (5 * of_year + 2) // 153
    month = shifted + 3 if shifted < 10 else shifted - 9  # noqa: PLR2004 - January and February end the year
    return era * YEARS_400 + year + (month <= 2), month, of_year - (153 * shifted + 2) // 5 + 1  # noqa: PLR2004


def _days(year: int, month: int, day: int) -> int:
    """The way back."""
    year -= month <= 2  # noqa: PLR2004 - they belong to the year before
    era, of_era = divmod(year, YEARS_400)
    of_year = (153 * (month - 3 if month > 2 else month + 9) + 2) // 5 + day - 1  # noqa: PLR2004
    return MARCH_FIRST_0000 + era * DAYS_400 + of_era * 365 + of_era // 4 - of_era // 100 + of_year
