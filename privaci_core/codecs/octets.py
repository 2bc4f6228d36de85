"""Types whose text is their bytes in hexadecimal: bytea, UUIDs and hardware addresses."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import polars as pl
import pyarrow as pa

from privaci_core.codecs.codec import Codec, present_only
from privaci_core.compiled import loops
from privaci_core.compiled.hexadecimal import Spelling, octet_texts, octets_of
from privaci_core.compiled.texts import large_text

if TYPE_CHECKING:
    from collections.abc import Sequence

# Before which of its bytes a UUID has a dash, and how many bytes it has.
UUID_PLACES, UUID_BYTES = (4, 6, 8, 10), 16


def _hexadecimal(spelling: Spelling, octets: int | None = None) -> Codec:
    """The codec of values that are spelled in this way, all of one length or of any."""

    def decode(values: pa.Array) -> pl.Series:
        if loops.LOADED:
            return pl.Series(octet_texts(values, spelling))
        digits = pl.Series(values, dtype=pl.Binary).bin.encode("hex")
        return _with_signs(digits, spelling, octets)

    def encode(values: pl.Series) -> pa.Array:
        if loops.LOADED:
            found = octets_of(large_text(values), spelling)
            if found is not None:
                return found
        digits = values.str.slice(len(spelling.prefix))
        if spelling.sign:
            digits = digits.str.replace_all(spelling.sign, "", literal=True)
        read = digits.str.decode("hex")
        return read.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(pa.binary())

    return present_only(decode, encode)


def _with_signs(digits: pl.Series, spelling: Spelling, octets: int | None) -> pl.Series:
    if octets is None:
        return spelling.prefix.decode() + digits
    edges = [0, *spelling.places, octets]
    parts = [
        pl.lit(digits).str.slice(2 * start, 2 * (end - start)) for start, end in pairwise(edges)
    ]
    return pl.select(pl.concat_str(parts, separator=spelling.sign)).to_series()


def hardware_address(octets: int) -> Codec:
    """The codec of a MAC address of so many bytes."""
    places: Sequence[int] = range(1, octets)
    return _hexadecimal(Spelling(sign=":", places=places), octets)


BYTES = _hexadecimal(Spelling(prefix=b"\\x"))
UUID = _hexadecimal(Spelling(sign="-", places=UUID_PLACES), UUID_BYTES)
