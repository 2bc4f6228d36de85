"""Makes dates of birth: a day up to five years away from the real one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from privaci_core.masks.base.shape import Unbindable
from privaci_core.masks.values.dates import (
    BORN_LATE,
    ISO_LENGTH,
    MIDNIGHT,
    SPANS,
    between,
    days_of,
    iso_dates,
    kept_infinite,
    moved,
    moves,
)

if TYPE_CHECKING:
    import polars as pl

    from privaci_core.masks.fakes.request import Make, Want

DOB_DAYS = 5 * 365


def dob(want: Want) -> Make:
    """A day up to five years away, never the same; text that is no date becomes a day of the twentieth century."""
    if want.shape.unique:
        raise Unbindable(
            "fakes of the provider dob do not stay unique", "Use hash on a date column."
        )
    want.need("dob", ISO_LENGTH)
    end = MIDNIGHT.get(want.shape.type_name, "")

    def made(values: pl.Series, attempt: int) -> pl.Series:
        words = want.draw("dob", values, attempt).words
        days, known = days_of(values)
        days = np.where(known, days, between(words, SPANS[1] + DOB_DAYS, BORN_LATE - DOB_DAYS))
        steps = moves(words[:, 1], DOB_DAYS)
        found = moved(days, np.where(days < BORN_LATE, steps, -np.abs(steps)))
        return kept_infinite(values, iso_dates(found) + end)

    return made
