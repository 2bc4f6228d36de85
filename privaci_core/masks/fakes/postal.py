"""Makes places: streets, towns, post codes and countries, by themselves or as an address on one line."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from privaci_core.masks.base.fixed_width import fixed_width
from privaci_core.masks.base.pools import pool
from privaci_core.masks.base.shape import Unbindable
from privaci_core.masks.fakes.request import Make, Want, folded, numbered, one_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from privaci_core.masks.keyed.digest import Draw

POSTCODE_DIGITS = 5
HOUSES = 998
# Where the number of a house stands before its street.
NUMBER_FIRST = {"en_US", "fr_FR"}
# A country in two or three letters is a code of ISO 3166.
CODED_COUNTRIES = {2: "country_2", 3: "country_3"}

city = partial(one_of, "city", "city")


def street(want: Want) -> Make:
    """A street and the number of a house."""
    return _line("street", want, lambda drawn: _street(drawn, want.locale))


def address(want: Want) -> Make:
    """A street, the number of a house, a post code and a town on one line."""

    def line(drawn: Draw) -> pl.Series:
        postcode = fixed_width(drawn.digits(POSTCODE_DIGITS, 2))
        town = drawn.pick(pool("city", want.locale), 3)
        return pl.select(
            pl.format("{}, {} {}", _street(drawn, want.locale), postcode, town)
        ).to_series()

    return _line("address", want, line)


def postcode(want: Want) -> Make:
    """Five digits, or as many as fit."""
    if want.shape.unique:
        raise Unbindable(
            "fakes of the provider postcode do not stay unique",
            "Use fpe with alphabet alphanumeric.",
        )
    digits = min(POSTCODE_DIGITS, want.shape.room or POSTCODE_DIGITS)
    return lambda values, attempt: fixed_width(
        want.draw("postcode", values, attempt).digits(digits)
    )


def country(want: Want) -> Make:
    """A country's name, or its code where the column is as short as one."""
    return one_of(CODED_COUNTRIES.get(want.shape.room or 0, "country"), "country", want)


def _line(provider: str, want: Want, line: Callable[[Draw], pl.Series]) -> Make:
    """A line of several parts; where it does not fit, a town stands for it."""
    alone = one_of("city", provider, want)

    def made(values: pl.Series, attempt: int) -> pl.Series:
        full = line(want.draw(provider, folded(values), attempt))
        if want.shape.unique:
            return numbered(full, provider, values, want)
        return full if want.shape.room is None else want.fitted(full, alone(values, attempt))

    return made


def _street(drawn: Draw, locale: str) -> pl.Series:
    house = pl.Series(drawn.below(HOUSES, 1) + 1).cast(pl.String)
    words = drawn.pick(pool("street", locale))
    return house + " " + words if locale in NUMBER_FIRST else words + " " + house
