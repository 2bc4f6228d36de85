"""Keyed digests of whole columns: HMAC-SHA256 as hexadecimal text, and numbers cut out of it."""

from __future__ import annotations

import polars as pl
import polars_hash as plh

# A number is cut out of the digest in words of this many hexadecimal digits: 48 bits, exact in an Int64.
WORD = 12
WORDS = 64 // WORD


def digest(values: pl.Series, key: str) -> pl.Series:
    """HMAC-SHA256 of each value under a key, as 64 hexadecimal digits; NULL stays NULL."""
    return values.to_frame("value").select(plh.col("value").chash.hmac_sha256(key=key)).to_series()


def number(digests: pl.Series, below: int, word: int = 0) -> pl.Series:
    """A number in [0, below) out of one word of each digest; words are independent of one another."""
    if not 0 <= word < WORDS:
        raise ValueError(f"a digest has {WORDS} words")
    return digests.str.slice(word * WORD, WORD).str.to_integer(base=16, dtype=pl.Int64) % below


def pick(digests: pl.Series, pool: pl.Series, word: int = 0) -> pl.Series:
    """A member of the pool for each digest."""
    return pool.gather(number(digests, len(pool), word))


def pick_other(digests: pl.Series, pool: pl.Series, values: pl.Series, word: int = 0) -> pl.Series:
    """A member of the pool that is not the value itself, whatever its case: the next one where it would be."""
    places = number(digests, len(pool), word)
    same = pool.gather(places).str.to_lowercase().eq_missing(values.str.to_lowercase())
    return pool.gather((places + same.cast(pl.Int64)) % len(pool))
