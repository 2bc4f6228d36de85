"""Turns columns between the binary form on the wire and the text form that masks know, whole vectors at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pyarrow as pa

from privaci_core.codecs.addresses import address_of_text, address_text
from privaci_core.codecs.dates import date_text, days_of_text, timestamp_micros, timestamp_text
from privaci_core.codecs.numeric import numerics_of_text, numerics_text

if TYPE_CHECKING:
    from numpy.typing import NDArray

Decode = Callable[[pa.Array], pl.Series]
Encode = Callable[[pl.Series], pa.Array]

JSONB_VERSION = b"\x01"
UUID_GROUPS = ((0, 8), (8, 4), (12, 4), (16, 4), (20, 12))


@dataclass(frozen=True, slots=True)
class Codec:
    """The two ways of one type; NULL stays NULL both ways."""

    decode: Decode
    encode: Encode


def text_of(values: pa.Array) -> pl.Series:
    """The text form of a text-like column: its bytes are UTF-8 already, because the session says so."""
    _, offsets, data = values.buffers()
    buffers = [values.buffers()[0], offsets, data]
    return pl.Series(pa.Array.from_buffers(pa.string(), len(values), buffers, offset=values.offset))


def wire_of_text(values: pl.Series) -> pa.Array:
    """The wire form of a text-like column."""
    return (
        values.to_arrow(compat_level=pl.CompatLevel.oldest())
        .cast(pa.large_binary())
        .cast(pa.binary())
    )


TEXT = Codec(text_of, wire_of_text)


def codec_of(type_name: str) -> Codec | None:
    """The codec of a type of Postgres; None where its values must travel as text."""
    return CODECS.get(type_name)


def _fixed(
    kind: str,
    text: Callable[[NDArray[np.generic]], pl.Series],
    read: Callable[[pl.Series], NDArray[np.generic]],
) -> Codec:
    """The codec of a type of fixed width, whose values are numbers in network order."""
    width = np.dtype(kind).itemsize

    def decode(values: pa.Array) -> pl.Series:
        present = values.drop_null()
        numbers = np.frombuffer(_data(present), kind).astype(np.dtype(kind).newbyteorder("="))
        return _spread(text(numbers), values)

    def encode(values: pl.Series) -> pa.Array:
        numbers = read(values.drop_nulls()).astype(kind)
        count = len(numbers)
        offsets = pa.py_buffer(np.arange(count + 1, dtype=np.int32) * np.int32(width))
        present = pa.Array.from_buffers(
            pa.binary(), count, [None, offsets, pa.py_buffer(numbers.tobytes())]
        )
        return _spread_wire(present, values)

    return Codec(decode, encode)


def _each_distinct(text: Callable[[bytes], str], read: Callable[[str], bytes]) -> Codec:
    """The codec of a type whose form has no vector arithmetic: each distinct value by itself."""

    def decode(values: pa.Array) -> pl.Series:
        coded = values.dictionary_encode()
        known = pl.Series([text(value) for value in coded.dictionary.to_pylist()], dtype=pl.String)
        return known.gather(pl.Series(coded.indices))

    def encode(values: pl.Series) -> pa.Array:
        coded = values.to_arrow(compat_level=pl.CompatLevel.oldest()).dictionary_encode()
        known = pa.array([read(value) for value in coded.dictionary.to_pylist()], pa.binary())
        return known.take(coded.indices)

    return Codec(decode, encode)


def _bytes(
    text: Callable[[pl.Series], pl.Series], digits: Callable[[pl.Series], pl.Series]
) -> Codec:
    """The codec of a type whose text form is its bytes as hexadecimal digits, and signs between them."""

    def decode(values: pa.Array) -> pl.Series:
        return text(pl.Series(values, dtype=pl.Binary).bin.encode("hex"))

    def encode(values: pl.Series) -> pa.Array:
        octets = digits(values).str.decode("hex")
        return octets.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(pa.binary())

    return Codec(decode, encode)


def _jsonb_text(values: pa.Array) -> pl.Series:
    return pl.Series(values, dtype=pl.Binary).bin.slice(len(JSONB_VERSION)).cast(pl.String)


def _jsonb_wire(values: pl.Series) -> pa.Array:
    return wire_of_text(pl.select(pl.lit(JSONB_VERSION.decode()) + pl.lit(values)).to_series())


def _grouped(digits: pl.Series, groups: tuple[tuple[int, int], ...], sign: str) -> pl.Series:
    parts = [pl.lit(digits).str.slice(*group) for group in groups]
    return pl.select(pl.concat_str(parts, separator=sign)).to_series()


def _octets(count: int) -> Codec:
    groups = tuple((2 * place, 2) for place in range(count))
    return _bytes(
        lambda digits: _grouped(digits, groups, ":"),
        lambda text: text.str.replace_all(":", "", literal=True),
    )


def _data(values: pa.Array) -> memoryview:
    """The bytes of a vector without NULLs, end to end."""
    if not len(values):
        return memoryview(b"")
    edges = np.frombuffer(values.buffers()[1], np.int32)
    return memoryview(values.buffers()[2])[
        edges[values.offset] : edges[values.offset + len(values)]
    ]


def _spread(present: pl.Series, like: pa.Array) -> pl.Series:
    """Values put where the given vector has values, NULL elsewhere."""
    if not like.null_count:
        return present
    valid = like.is_valid().to_numpy(zero_copy_only=False)
    return present.gather(_places(valid))


def _spread_wire(present: pa.Array, like: pl.Series) -> pa.Array:
    if not like.null_count():
        return present
    places = _places(like.is_not_null().to_numpy())
    return present.take(places.to_arrow())


def _places(valid: NDArray[np.bool_]) -> pl.Series:
    return (
        pl.DataFrame({"place": np.cumsum(valid) - 1, "valid": valid})
        .select(pl.when("valid").then(pl.col("place")).cast(pl.Int64))
        .to_series()
    )


def _whole(kind: str) -> Codec:
    return _fixed(
        kind,
        lambda numbers: pl.Series(numbers).cast(pl.String),
        lambda text: text.cast(pl.Int64).to_numpy(),
    )


def _real(kind: str) -> Codec:
    return _fixed(kind, _real_text, lambda text: text.cast(pl.Float64).to_numpy())


def _real_text(numbers: NDArray[np.generic]) -> pl.Series:
    """As Postgres prints it, but for the form of an exponent, which no mask looks at."""
    whole = pl.Series(numbers).cast(pl.String).str.strip_suffix(".0")
    return whole.replace({"inf": "Infinity", "-inf": "-Infinity"})


CODECS: dict[str, Codec] = {
    **dict.fromkeys(("text", "varchar", "bpchar", "name", "citext", "json", "xml"), TEXT),
    "int2": _whole(">i2"),
    "int4": _whole(">i4"),
    "int8": _whole(">i8"),
    "float4": _real(">f4"),
    "float8": _real(">f8"),
    "bool": _fixed(
        ">u1",
        lambda flags: pl.Series(["f", "t"]).gather(flags.astype(np.uint32)),
        lambda text: text.is_in(["t", "true", "yes", "on", "1"]).to_numpy(),
    ),
    "date": _fixed(">i4", date_text, days_of_text),
    "timestamp": _fixed(">i8", timestamp_text, timestamp_micros),
    "timestamptz": _fixed(">i8", lambda micros: timestamp_text(micros, "+00"), timestamp_micros),
    "numeric": Codec(
        lambda values: (
            _spread(numerics_text(values.drop_null()), values) if len(values) else text_of(values)
        ),
        lambda values: _spread_wire(numerics_of_text(values.drop_nulls()), values),
    ),
    "inet": _each_distinct(address_text, address_of_text),
    "cidr": _each_distinct(address_text, lambda text: address_of_text(text, network=True)),
    "uuid": _bytes(
        lambda digits: _grouped(digits, UUID_GROUPS, "-"),
        lambda text: text.str.replace_all("-", "", literal=True),
    ),
    "bytea": _bytes(lambda digits: "\\x" + digits, lambda text: text.str.slice(2)),
    "macaddr": _octets(6),
    "macaddr8": _octets(8),
    "jsonb": Codec(_jsonb_text, _jsonb_wire),
}
