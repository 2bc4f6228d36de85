"""A plugin: a provider for `fake`, a mask of its own, and a refiner for `ai_refine`."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

import polars as pl

from privaci_core.masks import Shape, Unbindable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

SIGNS = pl.Series(
    [
        "Aries",
        "Taurus",
        "Gemini",
        "Cancer",
        "Leo",
        "Virgo",
        "Libra",
        "Scorpio",
        "Sagittarius",
        "Pisces",
    ]
)
SHORTEST = 8


def star_sign(values: pl.Series, digests: pl.Series) -> pl.Series:
    """A provider: gets distinct values, and a digest in hexadecimal for each.

    The fake may depend on the digest alone.
    """
    del values
    return SIGNS.gather(digests.str.head(8).str.to_integer(base=16) % len(SIGNS))


def first_letters(
    shape: Shape, params: Mapping[str, str], key: bytes
) -> Callable[[pl.Series], pl.Series]:
    """A mask: looks at the column and the settings once, and returns a callable over values.

    It refuses a column that it cannot mask.
    """
    if not shape.is_text or not shape.holds(SHORTEST) or shape.unique:
        raise Unbindable(
            "first_letters needs a text column of eight characters that is not unique", "Use hash."
        )
    count = int(params.get("count", "1"))

    def masked(values: pl.Series) -> pl.Series:
        codes = [
            hmac.new(key, value.encode(), hashlib.sha256).hexdigest()[: SHORTEST - count]
            for value in values
        ]
        return values.str.head(count) + pl.Series(codes, dtype=pl.String)

    return masked


def plain(texts: Sequence[str], *, model: str, params: Mapping[str, str]) -> Sequence[str]:
    """A refiner: would ask a language model here; the texts contain only fakes."""
    del model
    return [" ".join(text.split()) + params.get("end", "") for text in texts]
