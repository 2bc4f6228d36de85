"""Makes values coarser, so that many rows share one: periods, multiples, prefixes, networks and ranges."""

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
# Dates that the vector library does not know keep their year alone.
BEYOND = r"^(\d+)-\d\d-\d\d(?: \d\d:\d\d[^ ]*)?( BC)?$"
TIMESTAMP = r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
ISO_DATE = r"^\d{4}-\d\d-\d\d$"
MICROS = "%Y-%m-%d %H:%M:%S"
OTHER = "other"


def generalize(
    shape: Shape, *, to: str | None, step: float | None, prefix: int | None, network: int | None
) -> Mask:
    """The one coarser form that the rule asks for."""
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
    """The label of the range that a number falls into, or in a column of numbers its lower edge."""
    if shape.unique:
        raise Unbindable(
            "bucket makes many values one, and the column is unique", "Use hash or fpe."
        )
    names = _range_names(edges, labels, shape)

    def masked(values: pl.Series) -> pl.Series:
        numbers = values.cast(pl.Float64, strict=False)
        places = np.searchsorted(np.array(edges), numbers.fill_null(0).to_numpy(), side="right")
        found = names.gather(places)
        return (
            found
            if not numbers.null_count()
            else found.zip_with(numbers.is_not_null(), pl.Series([OTHER]))
        )

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
        raise Unbindable("the ranges' labels do not fit into the column", "Write shorter labels.")
    return pl.Series(names)


def _written(edge: float) -> str:
    return str(int(edge)) if edge == int(edge) else repr(edge)


def _period(to: str, shape: Shape) -> Mask:
    if shape.type_name not in DATES or (shape.type_name == "date" and to == "hour"):
        raise Unbindable(
            f"a {shape.type_name} has no {to} to go back to", "Use step, prefix or network."
        )
    days, every = shape.type_name == "date", PERIODS[to]
    zone = "+00" if shape.type_name == "timestamptz" else ""

    def masked(values: pl.Series) -> pl.Series:
        known = values.str.contains(ISO_DATE if days else TIMESTAMP) & ~values.str.ends_with(" BC")
        moments = values.str.head(19).to_frame("at").filter(known).to_series()
        read = moments.str.to_date() if days else moments.str.to_datetime(MICROS, time_unit="us")
        found = read.dt.truncate(every).dt.to_string("%Y-%m-%d" if days else MICROS) + zone
        rest = values.str.replace(BEYOND, "$1-01-01$2")
        if known.all():
            return found
        return rest.scatter(known.arg_true(), found)

    return masked


def _multiple(step: float, shape: Shape) -> Mask:
    if shape.type_name not in NUMBERS:
        raise Unbindable(f"a {shape.type_name} has no multiples", "Use to, prefix or network.")
    if shape.type_name in INTEGERS:
        if step != int(step) or step > INTEGERS[shape.type_name]:
            raise Unbindable(
                "the step is not a whole number of the column's type", "Write a smaller whole step."
            )
        return lambda values: _floored(values, int(step), -INTEGERS[shape.type_name] - 1)
    decimals = len(repr(step).partition(".")[2])

    def masked(values: pl.Series) -> pl.Series:
        numbers = values.cast(pl.Float64)
        found = ((numbers / step).floor() * step).round(decimals)
        return found.cast(pl.String).zip_with(numbers.is_finite(), values)

    return masked


def _floored(values: pl.Series, step: int, lowest: int) -> pl.Series:
    """Rounded down, but where that would leave the type: there, up."""
    numbers = values.cast(pl.Int64)
    above = numbers % step
    return (
        (numbers - above)
        .zip_with(numbers >= lowest + above, numbers - above + step)
        .cast(pl.String)
    )


def _prefix(length: int, shape: Shape) -> Mask:
    if not shape.is_text:
        raise Unbindable(f"a {shape.type_name} has no first characters", "Use to, step or network.")
    return lambda values: values.str.head(length)


def _network(bits: int, shape: Shape) -> Mask:
    """Networks are few, and their arithmetic is not text's: each distinct address is read by itself."""
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
