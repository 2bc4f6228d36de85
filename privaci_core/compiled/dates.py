"""Calls the compiled loops over dates and timestamps of the years 1 to 9999."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from privaci_core.compiled.library import AT, COUNT, at, called, declare
from privaci_core.compiled.texts import bytes_of_texts, edges_of, text_buffers, texts_from

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

    Numbers = npt.NDArray[np.int64]
    Flags = npt.NDArray[np.bool_]

DATE_LETTERS = 10
# `9999-12-31 23:59:59.123456+00`
TIMESTAMP_LETTERS = 29

declare(
    {
        "write_timestamps": (None, (AT, COUNT, COUNT, AT, AT)),
        "read_timestamps": (None, (AT, AT, COUNT, AT, AT)),
        "write_dates": (None, (AT, COUNT, AT)),
        "read_dates": (None, (AT, AT, COUNT, COUNT, AT, AT)),
        "replace_dates": (None, (AT, COUNT, AT, AT)),
    }
)


def write_timestamps(micros: Numbers, *, has_zone: bool) -> pa.LargeStringArray:
    """Microseconds from 2000, all in these years, as text."""
    micros, count = np.ascontiguousarray(micros), len(micros)
    out, offsets = np.empty(count * TIMESTAMP_LETTERS, np.uint8), np.empty(count + 1, np.int64)
    called().write_timestamps(*at(micros), count, has_zone, *at(out, offsets))
    return texts_from(offsets, out)


def read_timestamps(texts: pa.LargeStringArray) -> tuple[Numbers, Flags]:
    """Microseconds from 2000, and which were left out: those of another form."""
    micros, is_left = np.empty(len(texts), np.int64), np.empty(len(texts), np.uint8)
    called().read_timestamps(*text_buffers(texts), len(texts), *at(micros, is_left))
    return micros, is_left.view(bool)


def write_dates(days: Numbers) -> pa.LargeStringArray:
    """Days from 1970, all of these years, as text."""
    days = np.ascontiguousarray(days, np.int64)
    out = np.empty(len(days) * DATE_LETTERS, np.uint8)
    called().write_dates(*at(days), len(days), *at(out))
    return texts_from(np.arange(len(days) + 1, dtype=np.int64) * DATE_LETTERS, out)


def read_dates(texts: pa.LargeStringArray, *, may_have_time: bool) -> tuple[Numbers, Flags]:
    """Days from 1970, and which were left out: those of another form."""
    days, is_left = np.empty(len(texts), np.int64), np.empty(len(texts), np.uint8)
    called().read_dates(*text_buffers(texts), len(texts), may_have_time, *at(days, is_left))
    return days, is_left.view(bool)


def replace_dates(texts: pa.LargeStringArray, days: Numbers) -> pa.LargeStringArray:
    """Texts that begin with a date, with other dates; what stands behind a date stays."""
    days = np.ascontiguousarray(days, np.int64)
    out = np.frombuffer(bytes_of_texts(texts), np.uint8).copy()
    edges = edges_of(texts)
    called().replace_dates(*at(edges), len(texts), *at(days, out))
    return texts_from(edges - edges[0], out)
