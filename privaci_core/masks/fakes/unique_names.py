"""Makes names that no two values share, told apart as people are: `Lozano-Keller-Weiss 57th`."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import polars as pl

from privaci_core.masks.base.pools import plain_words
from privaci_core.masks.fakes.request import numbered

if TYPE_CHECKING:
    from privaci_core.masks.fakes.request import Request

# Three words of thousands and an ordinal hold 44 bits, and the name before them up to 19 more: in a
# million names, two are the same with a chance below one in twenty thousand.
WORDS = 3
LAST_ORDINAL = 999
ENDINGS = {1: "st", 2: "nd", 3: "rd"}
TEENS = (11, 12, 13)


def told_apart(
    names: pl.Series, kind: str, provider: str, values: pl.Series, request: Request
) -> pl.Series:
    """Names with words of a kind and an ordinal behind them, or with a code where these are long.

    The exact value decides about what is added.
    """
    drawn = request.draw(f"unique {provider}", values, 0)
    words = plain_words(kind)
    parts = [part for word in range(WORDS) for part in (pl.lit("-"), drawn.pick(words, word))]
    added = pl.concat_str(names, *parts, pl.lit(" "), drawn.pick(_ordinals(), WORDS))
    full = pl.select(added).to_series()
    return request.fitted(full, numbered(names, provider, values, request))


@cache
def _ordinals() -> pl.Series:
    return pl.Series([_ordinal(number) for number in range(2, LAST_ORDINAL + 1)])


def _ordinal(number: int) -> str:
    ending = "th" if number % 100 in TEENS else ENDINGS.get(number % 10, "th")
    return f"{number}{ending}"
