"""Makes codecs: between the binary form of a column and the text form that masks work on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pyarrow as pa

from privaci_core.compiled.texts import large_text

if TYPE_CHECKING:
    from numpy.typing import NDArray

Decode = Callable[[pa.Array], pl.Series]
Encode = Callable[[pl.Series], pa.Array]

JSONB_VERSION = b"\x01"


class NotTextError(Exception):
    """Bytes of a column are no UTF-8; it holds none of them."""


@dataclass(frozen=True, slots=True)
class Codec:
    """Both directions for one type. NULL stays NULL."""

    decode: Decode
    encode: Encode


def text_of(values: pa.Array) -> pl.Series:
    """The text form of a text-like column, which is UTF-8 unless its database has no encoding."""
    validity, offsets, data = values.buffers()
    buffers = [validity, offsets, data]
    text = pa.Array.from_buffers(pa.string(), len(values), buffers, offset=values.offset)
    try:
        text.validate(full=True)
    except pa.ArrowInvalid:
        raise NotTextError from None
    return pl.Series(text)


def wire_of_text(values: pl.Series) -> pa.Array:
    """The binary form of a text-like column."""
    arrow = large_text(values)
    return arrow.cast(pa.large_binary()).cast(pa.binary())


def present_only(
    decode: Callable[[pa.Array], pl.Series], encode: Callable[[pl.Series], pa.Array]
) -> Codec:
    """A codec whose two functions never see a NULL."""
    return Codec(
        lambda values: _with_nulls(decode(values.drop_null()), values),
        lambda values: _with_nulls_wire(encode(values.drop_nulls()), values),
    )


def fixed_width(
    kind: str,
    to_text: Callable[[NDArray[np.generic]], pl.Series],
    to_numbers: Callable[[pl.Series], NDArray[np.generic]],
) -> Codec:
    """The codec of a type whose values are numbers of one width, in network byte order."""
    width = np.dtype(kind).itemsize

    def decode(values: pa.Array) -> pl.Series:
        numbers = np.frombuffer(_data(values), kind)
        return to_text(numbers.astype(np.dtype(kind).newbyteorder("=")))

    def encode(values: pl.Series) -> pa.Array:
        numbers = to_numbers(values).astype(kind)
        count = len(numbers)
        offsets = np.arange(count + 1, dtype=np.int32) * np.int32(width)
        buffers = [None, pa.py_buffer(offsets), pa.py_buffer(numbers.tobytes())]
        return pa.Array.from_buffers(pa.binary(), count, buffers)

    return present_only(decode, encode)


def one_by_one(to_text: Callable[[bytes], str], to_wire: Callable[[str], bytes]) -> Codec:
    """The codec of a type that has no vector arithmetic: converts each distinct value once."""

    def decode(values: pa.Array) -> pl.Series:
        coded = values.dictionary_encode()
        distinct = [to_text(value) for value in coded.dictionary.to_pylist()]
        return pl.Series(distinct, dtype=pl.String).gather(pl.Series(coded.indices))

    def encode(values: pl.Series) -> pa.Array:
        coded = large_text(values).dictionary_encode()
        distinct = [to_wire(value) for value in coded.dictionary.to_pylist()]
        return pa.array(distinct, pa.binary()).take(coded.indices)

    return Codec(decode, encode)


def integer(octets: int) -> Codec:
    """The codec of an integer of so many bytes."""
    return fixed_width(
        f">i{octets}",
        lambda numbers: pl.Series(numbers).cast(pl.String),
        lambda text: text.cast(pl.Int64).to_numpy(),
    )


def real(octets: int) -> Codec:
    """The codec of a floating-point number of so many bytes."""
    return fixed_width(f">f{octets}", _real_text, lambda text: text.cast(pl.Float64).to_numpy())


def _real_text(numbers: NDArray[np.generic]) -> pl.Series:
    """As Postgres prints it, but for the form of an exponent, which no mask looks at."""
    whole = pl.Series(numbers).cast(pl.String).str.strip_suffix(".0")
    return whole.replace({"inf": "Infinity", "-inf": "-Infinity"})


def _jsonb_text(values: pa.Array) -> pl.Series:
    return pl.Series(values, dtype=pl.Binary).bin.slice(len(JSONB_VERSION)).cast(pl.String)


def _jsonb_wire(values: pl.Series) -> pa.Array:
    return wire_of_text(pl.select(pl.lit(JSONB_VERSION.decode()) + pl.lit(values)).to_series())


def _data(values: pa.Array) -> memoryview:
    """The bytes of a vector without NULLs, end to end."""
    if not len(values):
        return memoryview(b"")
    edges = np.frombuffer(values.buffers()[1], np.int32)
    first, last = edges[values.offset], edges[values.offset + len(values)]
    return memoryview(values.buffers()[2])[first:last]


def _with_nulls(present: pl.Series, like: pa.Array) -> pl.Series:
    """The values in the places where the given vector has values, NULL elsewhere."""
    if not like.null_count:
        return present
    return present.gather(_places(like.is_valid().to_numpy(zero_copy_only=False)))


def _with_nulls_wire(present: pa.Array, like: pl.Series) -> pa.Array:
    if not like.null_count():
        return present
    return present.take(_places(like.is_not_null().to_numpy()).to_arrow())


def _places(valid: NDArray[np.bool_]) -> pl.Series:
    frame = pl.DataFrame({"place": np.cumsum(valid) - 1, "valid": valid})
    return frame.select(pl.when("valid").then(pl.col("place")).cast(pl.Int64)).to_series()


TEXT = Codec(text_of, wire_of_text)
JSONB = Codec(_jsonb_text, _jsonb_wire)
BOOLEAN = fixed_width(
    ">u1",
    lambda flags: pl.Series(["f", "t"]).gather(flags.astype(np.uint32)),
    lambda text: text.is_in(["t", "true", "yes", "on", "1"]).to_numpy(),
)
