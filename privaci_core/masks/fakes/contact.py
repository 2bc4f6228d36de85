"""Makes e-mail addresses, user names and links that reach no person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from privaci_core.masks.base.pools import pool
from privaci_core.masks.keyed.digest import CODE_LENGTH

if TYPE_CHECKING:
    from privaci_core.masks.fakes.request import Make, Request

DOMAIN = "example.test"
LINK = f"https://{DOMAIN}/"
# A shorter code would give two people the same address too soon, even where a column may repeat.
LEAST_CODE = 6


def email(request: Request) -> Make:
    """A given name for the reader and a code for uniqueness, under a domain reserved for tests."""
    domain = "@" + request.params.get("domain", DOMAIN)
    return _coded("email", request, ".", domain)


def username(request: Request) -> Make:
    """A given name and a code."""
    return _coded("username", request, "_", "")


def url(request: Request) -> Make:
    """A link under a domain reserved for tests."""
    length = _code_length("url", request, len(LINK))

    def made(values: pl.Series, attempt: int) -> pl.Series:
        code = request.draw("url", values, attempt).code()
        return LINK + code.str.head(length)

    return made


def _coded(provider: str, request: Request, joint: str, end: str) -> Make:
    names = pool("first_name").str.to_lowercase()
    length = _code_length(provider, request, len(end))

    def made(values: pl.Series, attempt: int) -> pl.Series:
        drawn = request.draw(provider, values, attempt)
        code = drawn.code()
        parts = (drawn.pick(names), pl.lit(joint), code, pl.lit(end))
        full = pl.select(pl.concat_str(*parts)).to_series()
        return request.fitted(full, code.str.head(length) + end)

    return made


def _code_length(provider: str, request: Request, beside: int) -> int:
    """How many letters of the code fit beside the rest; a unique column must hold all of them."""
    least = CODE_LENGTH if request.shape.unique else LEAST_CODE
    request.need(provider, beside + least)
    room = request.shape.room
    return CODE_LENGTH if room is None else min(CODE_LENGTH, room - beside)
