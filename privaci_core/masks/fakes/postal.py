"""Makes streets, towns, post codes and countries, alone or as an address on one line."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from privaci_core.masks.base.fixed_width import fixed_width
from privaci_core.masks.base.pools import pool
from privaci_core.masks.fakes.identity import of_its_form
from privaci_core.masks.fakes.request import Make, Request, folded, numbered, one_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from privaci_core.masks.keyed.digest import DigestWords

POSTCODE_DIGITS = 5
HOUSES = 998
# The locales that write the number of a house before its street.
NUMBER_FIRST = {"en_US", "fr_FR"}
# A country in two or three letters is a code of ISO 3166.
CODED_COUNTRIES: dict[int | None, str] = {2: "country_2", 3: "country_3"}

city = partial(one_of, "city", "city")


def street(request: Request) -> Make:
    """A street and the number of a house."""
    return _line("street", request, lambda drawn: _street(drawn, request.locale))


def address(request: Request) -> Make:
    """A street, the number of a house, a post code and a town on one line."""

    def line(drawn: DigestWords) -> pl.Series:
        house = _street(drawn, request.locale)
        postcode = fixed_width(drawn.digits(POSTCODE_DIGITS, 2))
        town = drawn.pick(pool("city", request.locale), 3)
        return pl.select(pl.format("{}, {} {}", house, postcode, town)).to_series()

    return _line("address", request, line)


def postcode(request: Request) -> Make:
    """Five digits, or as many as fit; in a unique column one of its form."""
    if request.shape.unique or request.params.get("form") == "own":
        return of_its_form("postcode", request)
    digits = min(POSTCODE_DIGITS, request.shape.room or POSTCODE_DIGITS)
    return lambda values, attempt: fixed_width(
        request.draw("postcode", values, attempt).digits(digits)
    )


def country(request: Request) -> Make:
    """A country's name, or its code where the column is as short as one."""
    return one_of(CODED_COUNTRIES.get(request.shape.room, "country"), "country", request)


def _line(provider: str, request: Request, line: Callable[[DigestWords], pl.Series]) -> Make:
    """A line of several parts; a town alone where the line does not fit."""
    alone = one_of("city", provider, request)

    def made(values: pl.Series, attempt: int) -> pl.Series:
        full = line(request.draw(provider, folded(values), attempt))
        if request.shape.unique:
            return numbered(full, provider, values, request)
        return full if request.shape.room is None else request.fitted(full, alone(values, attempt))

    return made


def _street(drawn: DigestWords, locale: str) -> pl.Series:
    house = pl.Series(drawn.below(HOUSES, 1) + 1).cast(pl.String)
    words = drawn.pick(pool("street", locale))
    return house + " " + words if locale in NUMBER_FIRST else words + " " + house
