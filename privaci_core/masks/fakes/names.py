"""Makes names of people, each part by its own key: a person has one name everywhere."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from privaci_core.masks.base.distinct import never_itself, over_distinct
from privaci_core.masks.base.pools import pool
from privaci_core.masks.base.shape import Shape
from privaci_core.masks.fakes.request import Make, Request, folded, one_of
from privaci_core.masks.fakes.unique_names import told_apart
from privaci_core.masks.keyed.digest import CODE_LENGTH

if TYPE_CHECKING:
    from privaci_core.masks.base.shape import Mask

TITLES = r"^\s*(?:(?i:dr|prof|mr|mrs|ms|miss|herr|frau|sr|sra|m|mme|sir|dame)\.?\s+)*"
# Words that belong to the family name behind them, as in "van der Heide".
PARTICLES = (
    r"(?:(?:van|von|de|der|den|del|della|di|da|du|dos|das|la|le|los|las|ter|ten|zu|zur"
    r"|bin|ibn|al|el)\s+)*"
)
FIRST_LAST = rf"{TITLES}(?P<first>\S.*?)\s+(?P<last>{PARTICLES}\S+)\s*$"
LAST_FIRST = rf"{TITLES}(?P<last>[^,]*[^,\s])\s*,\s*(?P<first>[^,]*[^,\s])\s*$"


def part_of_name(kind: str, request: Request) -> Make:
    """A given or a family name; in a unique column one that is told apart."""
    if not request.shape.unique:
        return one_of(kind, kind, request)
    request.need(f"{kind} in a unique column", CODE_LENGTH)
    words = pool(kind, request.locale)

    def made(values: pl.Series, attempt: int) -> pl.Series:
        names = request.draw(kind, folded(values), attempt).pick(words)
        return told_apart(names, kind, kind, values, request)

    return made


first_name = partial(part_of_name, "first_name")
last_name = partial(part_of_name, "last_name")


def full_name(request: Request) -> Make:
    """The parts as `first_name` and `last_name` make them, in the input's order, with its comma."""
    free = replace(request, shape=Shape())
    first, last = (over_distinct(never_itself(make(free))) for make in (first_name, last_name))
    # Written where both parts do not fit; in a unique column that is the code alone.
    alone = one_of("last_name", "full_name", request)

    def made(values: pl.Series, attempt: int) -> pl.Series:
        if attempt:
            return alone(values, attempt)
        full = _joined(values, first, last)
        if request.shape.unique:
            return told_apart(full, "last_name", "full_name", values, request)
        return full if request.shape.room is None else request.fitted(full, alone(values, attempt))

    return made


def _joined(values: pl.Series, first: Mask, last: Mask) -> pl.Series:
    """Cut names in two, mask both parts and join them."""
    firsts, lasts, with_comma = parts_of(values)
    return whole_name(first(firsts), last(lasts), with_comma)


def parts_of(values: pl.Series) -> tuple[pl.Series, pl.Series, pl.Series]:
    """Given names, family names, and which are turned; a name of one part is a family name."""
    named = values.to_frame("name").select(
        turned=pl.col("name").str.extract_groups(LAST_FIRST),
        plain=pl.col("name").str.extract_groups(FIRST_LAST),
    )
    turned, plain = named["turned"].struct.unnest(), named["plain"].struct.unnest()
    with_comma = turned["last"].is_not_null()
    firsts = turned["first"].zip_with(with_comma, plain["first"])
    lasts = (
        turned["last"].zip_with(with_comma, plain["last"]).zip_with(firsts.is_not_null(), values)
    )
    return firsts, lasts, with_comma


def whole_name(firsts: pl.Series, lasts: pl.Series, with_comma: pl.Series) -> pl.Series:
    """Both parts in their order; a part that is NULL is left out."""
    parts = pl.DataFrame([firsts.alias("first"), lasts.alias("last"), with_comma.alias("comma")])
    return parts.select(
        pl.when(pl.col("first").is_null())
        .then("last")
        .when(pl.col("last").is_null())
        .then("first")
        .when("comma")
        .then(pl.format("{}, {}", "last", "first"))
        .otherwise(pl.format("{} {}", "first", "last"))
    ).to_series()
