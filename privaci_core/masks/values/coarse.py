"""Makes values coarser: periods, multiples, prefixes, networks and ranges that many rows share."""

from __future__ import annotations

from ipaddress import ip_interface
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from privaci_core.masks.base.shape import ADDRESSES, DATES, INTEGERS, NUMBERS, Shape, Unbindable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from privaci_core.masks.base.shape import Mask

PERIODS = {"year": "1y", "quarter": "1q", "month": "1mo", "week": "1w", "day": "1d", "hour": "1h"}
# Dates that the vector library cannot read keep only their year.
BEYOND = r"^(\d+)-\d\d-\d\d(?: \d\d:\d\d[^ ]*)?( BC)?$"
TIMESTAMP = r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
ISO_DATE = r"^\d{4}-\d\d-\d\d$"
SECONDS = "%Y-%m-%d %H:%M:%S"
TO_SECONDS = len("2000-01-01 00:00:00")
OTHER = "other"


def generalize(
    shape: Shape, *, to: str | None, step: float | None, prefix: int | None, network: int | None
) -> Mask:
    """The mask of the one form that the rule asks for."""
    if shape.unique:
        raise Unbindable(
            "generalize makes many values one, and the column is unique", "Use hash or fpe."
        )
    if to is not None:
        return _period(to, shape)
    if step is not None:
        return _multiple(step, shape)
    if prefix is not None:
        return _prefix(prefix, shape)
    return _network(network or 0, shape)


def bucket(edges: Sequence[float], labels: Sequence[str] | None, shape: Shape) -> Mask:
    """The label of a number's range, or in a column of numbers the range's lower edge."""
    if shape.unique:
        raise Unbindable(
            "bucket makes many values one, and the column is unique", "Use hash or fpe."
        )
    names = _range_names(edges, labels, shape)

    def masked(values: pl.Series) -> pl.Series:
        numbers = values.cast(pl.Float64, strict=False)
        places = np.searchsorted(np.array(edges), numbers.fill_null(0).to_numpy(), side="right")
        found = names.gather(places)
        if not numbers.null_count():
            return found
        return found.zip_with(numbers.is_not_null(), pl.Series([OTHER]))

    return masked


def _range_names(edges: Sequence[float], labels: Sequence[str] | None, shape: Shape) -> pl.Series:
    if shape.type_name in NUMBERS:
        if labels is not None:
            raise Unbindable(
                "a column of numbers cannot hold labels",
                "Leave labels out: the lower edge is written.",
            )
        lowest = min(0.0, edges[0] - 1)
        return pl.Series([_written(edge) for edge in (lowest, *edges)])
    middle = [f"{_written(low)}-{_written(high)}" for low, high in pairwise(edges)]
    names = list(labels or (f"<{_written(edges[0])}", *middle, f">={_written(edges[-1])}"))
    if not shape.is_text or not shape.holds(max(map(len, (*names, OTHER)))):
        raise Unbindable("the labels of the ranges do not fit the column", "Write shorter labels.")
    return pl.Series(names)


def _written(edge: float) -> str:
    return str(int(edge)) if edge == int(edge) else repr(edge)


def _period(to: str, shape: Shape) -> Mask:
    if shape.type_name not in DATES or (shape.type_name == "date" and to == "hour"):
        raise Unbindable(
            f"a {shape.type_name} has no {to} to start at", "Use step, prefix or network."
        )
    if shape.type_name == "date" and to == "day":
        raise Unbindable(
            "a date is no finer than a day: every value would stay as it is",
            "Generalize it to week, month, quarter or year.",
        )
    truncated = _dates if shape.type_name == "date" else _timestamps
    form = ISO_DATE if shape.type_name == "date" else TIMESTAMP
    zone = "+00" if shape.type_name == "timestamptz" else ""

    def masked(values: pl.Series) -> pl.Series:
        readable = values.str.contains(form) & ~values.str.ends_with(" BC")
        found = truncated(values.filter(readable), PERIODS[to]) + zone
        if readable.all():
            return found
        rest = values.str.replace(BEYOND, "$1-01-01$2")
        return rest.scatter(readable.arg_true(), found)

    return masked


def _dates(values: pl.Series, every: str) -> pl.Series:
    return values.str.to_date().dt.truncate(every).dt.to_string("%Y-%m-%d")


def _timestamps(values: pl.Series, every: str) -> pl.Series:
    moments = values.str.head(TO_SECONDS).str.to_datetime(SECONDS, time_unit="us")
    return moments.dt.truncate(every).dt.to_string(SECONDS)


def _multiple(step: float, shape: Shape) -> Mask:
    if shape.type_name not in NUMBERS:
        raise Unbindable(f"a {shape.type_name} has no multiples", "Use to, prefix or network.")
    if shape.type_name in INTEGERS:
        if step != int(step) or step > INTEGERS[shape.type_name]:
            raise Unbindable(
                "the step is not a whole number of the column's type", "Write a smaller whole step."
            )
        _refuse_smallest(step, 1)
        return lambda values: _floored(values, int(step), -INTEGERS[shape.type_name] - 1)
    if shape.scale is not None:
        _refuse_smallest(step, 10.0**-shape.scale)
    decimals = len(repr(step).partition(".")[2])

    def masked(values: pl.Series) -> pl.Series:
        numbers = values.cast(pl.Float64)
        found = ((numbers / step).floor() * step).round(decimals)
        return found.cast(pl.String).zip_with(numbers.is_finite(), values)

    return masked


def _refuse_smallest(step: float, smallest: float) -> None:
    if step <= smallest:
        raise Unbindable(
            "every number of the column is a multiple of the step, and would stay as it is",
            "Write a larger step.",
        )


def _floored(values: pl.Series, step: int, lowest: int) -> pl.Series:
    """Rounded down, or up where the multiple below is out of the type's range."""
    numbers = values.cast(pl.Int64)
    above = numbers % step
    down = numbers - above
    return down.zip_with(numbers >= lowest + above, down + step).cast(pl.String)


def _prefix(length: int, shape: Shape) -> Mask:
    if not shape.is_text:
        raise Unbindable(f"a {shape.type_name} has no first characters", "Use to, step or network.")
    return lambda values: values.str.head(length)


def _network(bits: int, shape: Shape) -> Mask:
    """The network of each distinct address, read one by one."""
    if shape.type_name not in ADDRESSES and not shape.is_text:
        raise Unbindable(f"a {shape.type_name} has no network", "Use to, step or prefix.")
    return lambda values: values.map_elements(
        lambda value: _network_of(value, bits), return_dtype=pl.String
    )


def _network_of(value: str, bits: int) -> str:
    try:
        address = ip_interface(value)
    except ValueError:
        return OTHER
    supernet = address.network.supernet(new_prefix=min(bits, address.network.prefixlen))
    return str(supernet)
