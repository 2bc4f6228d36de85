"""Digests whole columns with HMAC-SHA256, and cuts numbers and letters out of the digests."""

from __future__ import annotations

from binascii import unhexlify
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from privaci_core.compiled import loops
from privaci_core.compiled.hexadecimal import spelled
from privaci_core.compiled.loops import DIGEST_WORDS, U64
from privaci_core.compiled.texts import bytes_of_texts, large_text
from privaci_core.masks.base.fixed_width import fixed_width

if TYPE_CHECKING:
    import polars as pl

    from privaci_core.compiled.loops import Letters

HEX_DIGITS = 64
# Characters that are hard to confuse, in lower case: codes stay unique where case is ignored.
CODE_LETTERS = np.frombuffer(b"abcdefghijkmnpqrstuvwxyz23456789", np.uint8)
# Thirteen hold 64 bits: among a billion values, two get the same code with a chance of one in 37.
CODE_LENGTH = 13
CODE_BITS = np.arange(0, 5 * CODE_LENGTH, 5, dtype=np.uint64)


def digest(values: pl.Series, key: str) -> pl.Series:
    """HMAC-SHA256 of each value under a key, as 64 hexadecimal digits; NULL stays NULL."""
    if not loops.LOADED:
        import polars_hash as plh  # noqa: PLC0415 - not needed with the compiled loops

        hexadecimal = plh.col("value").chash.hmac_sha256(key=key)
        return values.to_frame("value").select(hexadecimal).to_series()
    digits = fixed_width(loops.hex_digits(loops.hmac_words(large_text(values), key.encode())))
    return digits.set(values.is_null(), None) if values.null_count() else digits


@dataclass(frozen=True, slots=True)
class DigestWords:
    """The digest of each value as four independent words of 64 bits."""

    words: U64

    @classmethod
    def of(cls, values: pl.Series, key: str) -> DigestWords:
        """Digest values, none of which is NULL."""
        if loops.LOADED:
            return cls(loops.hmac_words(large_text(values), key.encode()))
        octets = unhexlify(bytes_of_texts(large_text(digest(values, key)))) if len(values) else b""
        return cls(
            np.frombuffer(octets, ">u8").astype(np.uint64).reshape(len(values), DIGEST_WORDS)
        )

    def below(self, bound: int, word: int) -> U64:
        """A number in [0, bound) from one word."""
        return self.words[:, word] % np.uint64(bound)

    def pick(self, pool: pl.Series, word: int = 0) -> pl.Series:
        """A member of the pool."""
        return pool.gather(self.below(len(pool), word).astype(np.uint32))

    def digits(self, count: int, word: int = 1) -> Letters:
        """At most 19 decimal digits from one word."""
        return decimal_digits(self.below(10**count, word), count)

    def letters(self, alphabet: bytes, count: int, word: int = 2) -> Letters:
        """Letters of an alphabet from one word; its size to the power of `count` is below 2**64."""
        if loops.LOADED:
            return spelled(self.words, word, alphabet, count)
        number, size = self.words[:, word], np.uint64(len(alphabet))
        places = [number // size**place % size for place in np.arange(count, dtype=np.uint64)]
        return np.frombuffer(alphabet, np.uint8)[np.stack(places, axis=1)]

    def code(self) -> pl.Series:
        """64 bits as letters and digits, which keep a fake unique."""
        if loops.LOADED:
            return fixed_width(spelled(self.words, 3, CODE_LETTERS.tobytes(), CODE_LENGTH))
        return fixed_width(CODE_LETTERS[self.words[:, 3, None] >> CODE_BITS & np.uint64(31)])


def decimal_digits(numbers: U64, count: int) -> Letters:
    """Numbers as text of a fixed width, with zeros in front."""
    if loops.LOADED:
        return loops.decimal_digits(numbers, count)
    powers = 10 ** np.arange(count - 1, -1, -1, dtype=np.uint64)
    return (numbers[:, None] // powers % np.uint64(10)).astype(np.uint8) + np.uint8(ord("0"))
