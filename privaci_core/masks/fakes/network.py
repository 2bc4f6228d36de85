"""Makes addresses of machines out of the ranges that are kept for documentation, and the names that browsers give."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from privaci_core.masks.base.fixed_width import fixed_width
from privaci_core.masks.base.shape import Unbindable
from privaci_core.masks.fakes.request import Make, Want, numbered
from privaci_core.masks.keyed.digest import CODE_LENGTH

if TYPE_CHECKING:
    from privaci_core.compiled.loops import Letters
    from privaci_core.masks.keyed.digest import Draw

# RFC 5737 and RFC 3849.
V4_NETS = pl.Series(["192.0.2.", "198.51.100.", "203.0.113."])
V6_GROUPS = 4
LONGEST_V4 = 15
LONGEST_V6 = len("2001:db8::") + 5 * V6_GROUPS - 1
# RFC 9542: what hardware addresses in documents begin with, of 48 and of 64 bits.
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
LONGEST_AGENT = 200
HEX = b"0123456789abcdef"


def ip_address(want: Want, provider: str = "ip_address") -> Make:
    """An address of the version of the input, its network's length kept; where no two may meet, of version 6."""
    if want.shape.unique:
        want.need("ip_address in a unique column", LONGEST_V6)
        return lambda values, attempt: _v6(want.draw(provider, values, attempt))
    want.need("ip_address", LONGEST_V4)

    def made(values: pl.Series, attempt: int) -> pl.Series:
        drawn = want.draw(provider, values, attempt)
        v4 = drawn.pick(V4_NETS) + pl.Series(drawn.below(254, 1) + 1).cast(pl.String)
        newer = (
            values.str.contains(":", literal=True)
            if want.shape.holds(LONGEST_V6)
            else values.is_null()
        )
        made = _v6(drawn).zip_with(newer, v4) if newer.any() else v4
        return made + _mask_length(values) if want.shape.type_name == "inet" else made

    return made


def mac_address(want: Want) -> Make:
    """A hardware address that is never built in."""
    if want.shape.unique:
        raise Unbindable(
            "fakes of the provider mac_address do not stay unique",
            "Use hash, or fpe with alphabet hex.",
        )
    prefix = MAC_64 if want.shape.type_name == "macaddr8" else MAC_48
    want.need("mac_address", len(prefix) + 2)
    return lambda values, attempt: fixed_width(
        prefix, want.draw("mac_address", values, attempt).letters(HEX, 2)
    )


def user_agent(want: Want) -> Make:
    """What a browser calls itself."""
    fitting = AGENTS.filter(AGENTS.str.len_chars() <= (want.shape.room or LONGEST_AGENT))
    if want.shape.unique:
        want.need("user_agent in a unique column", CODE_LENGTH)
    elif len(fitting) < 2:  # noqa: PLR2004 - one could be the value itself
        raise Unbindable(
            f"no two user agents fit into {want.shape.room} characters",
            "Widen the column, or use hash.",
        )

    def made(values: pl.Series, attempt: int) -> pl.Series:
        drawn = want.draw("user_agent", values, attempt)
        if want.shape.unique:
            return numbered(drawn.pick(AGENTS), "user_agent", values, want)
        return drawn.pick(fitting)

    return made


def _v6(drawn: Draw) -> pl.Series:
    """Near 64 bits behind the documentation prefix; no group begins with zero, so it reads as Postgres writes it."""
    first, rest = drawn.letters(HEX[1:], V6_GROUPS, 2), drawn.letters(HEX, 3 * V6_GROUPS, 3)
    groups: list[bytes | Letters] = []
    for place in range(V6_GROUPS):
        groups += [b":", first[:, place : place + 1], rest[:, 3 * place : 3 * place + 3]]
    return fixed_width(b"2001:db8:", *groups)


def _mask_length(values: pl.Series) -> pl.Series:
    return values.str.extract("(/[0-9]+)$").fill_null("")
