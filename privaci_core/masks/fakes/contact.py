"""Makes e-mail addresses, user names and links that reach no person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from privaci_core.masks.base.pools import pool
from privaci_core.masks.keyed.digest import CODE_LENGTH

if TYPE_CHECKING:
    from collections.abc import Callable

    from privaci_core.masks.fakes.request import Make, Request
    from privaci_core.masks.keyed.digest import DigestWords

DOMAIN = "example.test"
LINK = f"https://{DOMAIN}/"
# A shorter code would give two people the same address too soon, even where a column may repeat.
LEAST_CODE = 6


def email(request: Request) -> Make:
    """A given name for the reader and a code for uniqueness, under a domain reserved for tests."""
    return _named_by_itself("email", request)


def username(request: Request) -> Make:
    """A given name and a code."""
    return _named_by_itself("username", request)


def url(request: Request) -> Make:
    """A link under a domain reserved for tests."""
    length = _code_length("url", request, len(LINK))

    def made(values: pl.Series, attempt: int) -> pl.Series:
        code = request.draw("url", values, attempt).code()
        return LINK + code.str.head(length)

    return made


def _named_by_itself(provider: str, request: Request) -> Make:
    """The value itself decides about the given name."""
    names, written = pool("first_name").str.to_lowercase(), _written(provider, request)

    def made(values: pl.Series, attempt: int) -> pl.Series:
        drawn = request.draw(provider, values, attempt)
        return written(drawn, drawn.pick(names))

    return made


def coded(provider: str, request: Request) -> Callable[[pl.Series, int, pl.Series], pl.Series]:
    """A login or an address from given names, and a code that each value decides."""
    written = _written(provider, request)
    return lambda values, attempt, names: written(request.draw(provider, values, attempt), names)


def _written(provider: str, request: Request) -> Callable[[DigestWords, pl.Series], pl.Series]:
    is_login = provider == "username"
    joint, end = ("_", "") if is_login else (".", "@" + request.params.get("domain", DOMAIN))
    length = _code_length(provider, request, len(end))

    def written(drawn: DigestWords, names: pl.Series) -> pl.Series:
        code = drawn.code()
        parts = (names, pl.lit(joint), code, pl.lit(end))
        full = pl.select(pl.concat_str(*parts)).to_series()
        if request.shape.room is None:
            return full
        return request.fitted(full, code.str.head(length) + end)

    return written


def _code_length(provider: str, request: Request, beside: int) -> int:
    """How many letters of the code fit beside the rest; a unique column must hold all of them."""
    least = CODE_LENGTH if request.shape.unique else LEAST_CODE
    request.need(provider, beside + least)
    room = request.shape.room
    return CODE_LENGTH if room is None else min(CODE_LENGTH, room - beside)
