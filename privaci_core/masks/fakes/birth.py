"""Makes dates of birth: a day up to five years away from the real one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from privaci_core.masks.values.dates import (
    BORN_LATE,
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

    from privaci_core.masks.fakes.request import Make, Request

DOB_DAYS = 5 * 365


def dob(request: Request) -> Make:
    """A day up to five years away, never the same; other text becomes a day of 1900 to 2000."""
    end = MIDNIGHT.get(request.shape.type_name, "")

    def made(values: pl.Series, attempt: int) -> pl.Series:
        words = request.draw("dob", values, attempt).words
        days, known = days_of(values)
        days = np.where(known, days, between(words, SPANS[1] + DOB_DAYS, BORN_LATE - DOB_DAYS))
        steps = moves(words[:, 1], DOB_DAYS)
        found = moved(days, np.where(days < BORN_LATE, steps, -np.abs(steps)))
        return with_infinity(values, iso_dates(found) + end)

    return made
