"""Makes addresses of machines from the ranges reserved for documentation, and browsers' names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from privaci_core.masks.base.fixed_width import fixed_width
from privaci_core.masks.base.shape import Unbindable
from privaci_core.masks.fakes.request import Make, Request, numbered
from privaci_core.masks.keyed.digest import CODE_LENGTH

if TYPE_CHECKING:
    from privaci_core.compiled.loops import Letters
    from privaci_core.masks.keyed.digest import DigestWords

# RFC 5737 and RFC 3849.
V4_NETS = pl.Series(["192.0.2.", "198.51.100.", "203.0.113."])
V6_GROUPS = 4
LONGEST_V6 = len("2001:db8::") + 5 * V6_GROUPS - 1
# RFC 9542: the prefixes of hardware addresses in documents, of 48 and of 64 bits.
MAC_48, MAC_64 = b"00:00:5e:00:53:", b"02:00:5e:ef:10:00:00:"
AGENTS = pl.Series(
    [
        f"Mozilla/5.0 ({system}) {engine}"
        for system in (
            "X11; Linux x86_64",
            "Windows NT 10.0; Win64; x64",
            "Macintosh; Intel Mac OS X 10_15_7",
        )
        for engine in (
            "Gecko/20100101 Firefox/128.0",
            "AppleWebKit/537.36 Chrome/126.0 Safari/537.36",
        )
    ]
)
HEX = b"0123456789abcdef"


def ip_address(request: Request, provider: str = "ip_address") -> Make:
    """An address of the input's version with its network's length; of version 6 if it is unique."""
    if request.shape.unique:
        request.need("ip_address in a unique column", LONGEST_V6)
        return lambda values, attempt: _v6(request.draw(provider, values, attempt))
    v6_fits = request.shape.holds(LONGEST_V6)

    def made(values: pl.Series, attempt: int) -> pl.Series:
        drawn = request.draw(provider, values, attempt)
        fakes = _v4(drawn)
        is_v6 = values.str.contains(":", literal=True)
        if v6_fits and is_v6.any():
            fakes = _v6(drawn).zip_with(is_v6, fakes)
        has_length = (
            request.shape.type_name == "inet" and values.str.contains("/", literal=True).any()
        )
        return fakes + _mask_length(values) if has_length else fakes

    return made


def mac_address(request: Request) -> Make:
    """A hardware address that no device has."""
    prefix = MAC_64 if request.shape.type_name == "macaddr8" else MAC_48

    def made(values: pl.Series, attempt: int) -> pl.Series:
        drawn = request.draw("mac_address", values, attempt)
        return fixed_width(prefix, drawn.letters(HEX, 2))

    return made


def user_agent(request: Request) -> Make:
    """The name that a browser sends."""
    fitting = AGENTS.filter([request.shape.holds(len(agent)) for agent in AGENTS])
    if request.shape.unique:
        request.need("user_agent in a unique column", CODE_LENGTH)
    elif len(fitting) < 2:  # noqa: PLR2004 - one could be the value itself
        raise Unbindable(
            f"no two user agents fit into {request.shape.room} characters",
            "Widen the column, or use hash.",
        )

    def made(values: pl.Series, attempt: int) -> pl.Series:
        drawn = request.draw("user_agent", values, attempt)
        if request.shape.unique:
            return numbered(drawn.pick(AGENTS), "user_agent", values, request)
        return drawn.pick(fitting)

    return made


def _v4(drawn: DigestWords) -> pl.Series:
    return drawn.pick(V4_NETS) + pl.Series(drawn.below(254, 1) + 1).cast(pl.String)


def _v6(drawn: DigestWords) -> pl.Series:
    """Nearly 64 bits behind the documentation prefix; no group begins with 0, as in Postgres."""
    first = drawn.letters(HEX[1:], V6_GROUPS, 2)
    rest = drawn.letters(HEX, 3 * V6_GROUPS, 3).reshape(len(first), V6_GROUPS, 3)
    groups: list[bytes | Letters] = []
    for place in range(V6_GROUPS):
        groups += [b":", first[:, place : place + 1], rest[:, place]]
    return fixed_width(b"2001:db8:", *groups)


def _mask_length(values: pl.Series) -> pl.Series:
    return values.str.extract("(/[0-9]+)$").fill_null("")
