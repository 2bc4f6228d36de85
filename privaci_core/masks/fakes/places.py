"""Moves places on the map: a coordinate, a point, or the point of a geometry, to one near it."""

from __future__ import annotations

import math
import struct
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from privaci_core.masks.fakes.identity import empty_ocean

if TYPE_CHECKING:
    from privaci_core.compiled.loops import U64
    from privaci_core.masks.base.shape import Shape
    from privaci_core.masks.fakes.request import Make, Request

F64 = npt.NDArray[np.float64]

# How far a place moves, in kilometres, where the policy says nothing.
DISTANCE = 1.0
# A degree of latitude; one of longitude is shorter everywhere but on the equator.
KILOMETRES_A_DEGREE = 111.32
METRES = 1000
# A tenth of a metre.
DECIMALS = 6
WORD = 2.0**64
POLE, DATE_LINE = 90.0, 180.0
NUMBER = r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?"
PAIR = rf"^(\s*\(?\s*)({NUMBER})(\s*[,; ]\s*)({NUMBER})(\s*\)?\s*)$"
# Well-known binary: the order of its bytes, a type with flags, perhaps the system of reference.
BINARY = r"^0[01][0-9A-Fa-f]{8}(?:[0-9A-Fa-f]{8})?[0-9A-Fa-f]{32,}$"
HAS_REFERENCE, KIND, POINT = 0x20000000, 0xFF, 1
NUMBERS = ("numeric", "float4", "float8")


def lat_lon(request: Request) -> Make:
    """A place near the given one, in text that asks for no distance one in the South Pacific."""
    if request.shape.type_name in NUMBERS:
        return _coordinate(request)
    if request.shape.is_text and "distance" not in request.params:
        return empty_ocean(request)

    def made(values: pl.Series, attempt: int) -> pl.Series:
        words = request.draw("lat_lon", values, attempt).words
        found = _pairs(values, words, _distance(request))
        binary = values.str.contains(BINARY).arg_true()
        if len(binary):
            moved = _geometries(values.gather(binary), words[binary.to_numpy()], request)
            found = found.scatter(binary, moved)
        lost = found.is_null().arg_true()
        if not len(lost):
            return found
        # What cannot be read as a place is in no place of the source.
        return found.scatter(lost, empty_ocean(request)(values.gather(lost), attempt))

    return made


def _distance(request: Request) -> float:
    """How far one axis moves at most, so that both together stay within the distance."""
    return float(request.params.get("distance", DISTANCE)) / math.sqrt(2)


def _coordinate(request: Request) -> Make:
    """A number of degrees, with as many decimals as the column holds."""
    places = _places(request.shape)

    def made(values: pl.Series, attempt: int) -> pl.Series:
        read = values.cast(pl.Float64)
        numbers = np.where(read.is_finite().to_numpy(), read.to_numpy(), 0.0)
        words = request.draw("lat_lon", values, attempt).words[:, :2]
        found = _moved(numbers, words, _distance(request), places)
        return _written(found, places).zip_with(read.is_finite(), values)

    return made


def _places(shape: Shape) -> int:
    return DECIMALS if shape.scale is None else max(0, min(DECIMALS, shape.scale))


def _moved(numbers: F64, words: U64, distance: float, places: int) -> F64:
    """Numbers moved by half the distance to all of it, and never beyond a pole or the date line.

    Numbers that are no degrees are metres of a projection.
    """
    size = np.abs(numbers)
    edge = np.where(size <= POLE, POLE, np.where(size <= DATE_LINE, DATE_LINE, np.inf))
    most = np.where(np.isinf(edge), distance * METRES, distance / KILOMETRES_A_DEGREE)
    steps = np.maximum((1 + words[:, 0] / WORD) / 2 * most, 10.0**-places)
    steps = np.where(words[:, 1] & np.uint64(1), steps, -steps)
    steps = np.where(np.abs(numbers + steps) > edge, -steps, steps)
    found: F64 = np.round(numbers + steps, places)
    return found


def _written(numbers: F64, places: int) -> pl.Series:
    return pl.Series([f"{number:.{places}f}" for number in numbers.tolist()], dtype=pl.String)


def _pairs(values: pl.Series, words: U64, distance: float) -> pl.Series:
    """Two numbers with what stands around them; NULL where a value is no such pair."""
    parts = values.str.extract_groups(PAIR).struct.unnest()
    first, second = (
        _written(
            _moved(numbers.fill_null(0).to_numpy(), words[:, at : at + 2], distance, DECIMALS),
            DECIMALS,
        )
        for at, numbers in ((0, parts["2"].cast(pl.Float64)), (2, parts["4"].cast(pl.Float64)))
    )
    pieces = (parts["1"], first, parts["3"], second, parts["5"])
    return pl.select(pl.concat_str(*pieces)).to_series()


def _geometries(values: pl.Series, words: U64, request: Request) -> pl.Series:
    """Points in well-known binary with other coordinates; NULL for lines and areas."""
    distance = _distance(request)
    moved = [_geometry(value, row, distance) for value, row in zip(values, words, strict=True)]
    return pl.Series(moved, dtype=pl.String)


def _geometry(value: str, words: U64, distance: float) -> str | None:
    if len(value) % 2:
        return None
    octets = bytearray.fromhex(value)
    order = "<" if octets[0] else ">"
    (kind,) = struct.unpack_from(f"{order}I", octets, 1)
    start = 5 + (4 if kind & HAS_REFERENCE else 0)
    if kind & KIND != POINT or len(octets) < start + 16:
        return None
    both = np.array(struct.unpack_from(f"{order}2d", octets, start))
    rows = words.reshape(2, 2)
    struct.pack_into(f"{order}2d", octets, start, *_moved(both, rows, distance, DECIMALS))
    return octets.hex().upper()
