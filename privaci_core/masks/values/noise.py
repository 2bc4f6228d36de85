"""Moves numbers by a bounded amount that their digest decides: equal numbers move alike."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from privaci_core.compiled import loops
from privaci_core.compiled.decimals import decimals_of
from privaci_core.compiled.texts import large_text
from privaci_core.masks.base.shape import INTEGERS, NUMBERS, Shape, Unbindable
from privaci_core.masks.keyed.digest import DigestWords

if TYPE_CHECKING:
    from privaci_core.compiled.loops import U64
    from privaci_core.masks.base.shape import Mask

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
HALF = 2.0**63
EXACT = 2.0**53
MOST_DECIMALS = 15.0
FLOAT_DECIMALS = 6.0
# The smallest relative difference that a float4 can hold.
LEAST_SHARE = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How far a number may move, and the bounds that it stays within."""

    key: str = field(repr=False)
    # How far a number may move: by this share of itself, or by this amount; the other one is zero.
    ratio: float
    amount: float
    lowest: float
    highest: float
    decimals: int | None

    def moves(self, words: U64, numbers: F64) -> F64:
        """How far each number moves."""
        share: F64 = words[:, 0] / HALF - 1
        return share * (np.abs(numbers) * self.ratio + self.amount)


def _aside(words: U64, is_low: Flags, is_high: Flags) -> I64:
    """By how many units a number moves that would not move: the key decides between two.

    Down or up; at the end of its range, by one or two units to the other side.
    """
    first = (words[:, 1] & np.uint64(1)).astype(bool)
    inner = np.where(first, -1, 1)
    return np.where(is_high, inner // 2 - 1, np.where(is_low, 2 - (inner > 0), inner))


def noise(shape: Shape, bounds: Bounds) -> Mask:
    """Numbers near the given ones; one that would not move moves by a unit, or by two."""
    if shape.type_name not in NUMBERS:
        raise Unbindable(
            f"a {shape.type_name} is not a number", "Use noise on numeric columns only."
        )
    if shape.unique:
        raise Unbindable("noise does not stay unique", "Use hash.")
    return _whole(shape, bounds) if shape.type_name in INTEGERS else _fractions(shape, bounds)


def _whole(shape: Shape, bounds: Bounds) -> Mask:
    edge = INTEGERS[shape.type_name]
    lowest, highest = (
        math.ceil(max(bounds.lowest, -edge - 1)),
        math.floor(min(bounds.highest, edge)),
    )
    if highest - lowest < 2:  # noqa: PLR2004 - of two numbers each would always become the other
        raise Unbindable(
            "between minimum and maximum a number has no two whole numbers to become: at most 1"
            " possible outcome",
            "Set them farther apart.",
        )

    def masked(values: pl.Series) -> pl.Series:
        numbers = values.cast(pl.Int64).to_numpy()
        words = DigestWords.of(values, bounds.key).words
        moves = bounds.moves(words, numbers.astype(np.float64))
        steps = np.rint(np.clip(moves, -HALF / 2, HALF / 2)).astype(np.int64)
        found = numbers + steps
        # A sum that overflowed 64 bits becomes the bound that it passed.
        found = np.where((steps > 0) & (found < numbers), highest, found)
        found = np.where((steps < 0) & (found > numbers), lowest, found)
        found = np.clip(found, lowest, highest)
        aside = numbers + _aside(words, numbers <= lowest, numbers >= highest)
        return pl.Series(np.where(found == numbers, aside, found)).cast(pl.String)

    return masked


def _fractions(shape: Shape, bounds: Bounds) -> Mask:
    lowest, highest = _ends(shape, bounds)

    def masked(values: pl.Series) -> pl.Series:
        read = values.cast(pl.Float64)
        numbers = np.where(read.is_finite().to_numpy(), read.to_numpy(), 0.0)
        places = _decimals(values, shape, bounds)
        words = DigestWords.of(values, bounds.key).words
        found = np.clip(_rounded(numbers + bounds.moves(words, numbers), places), lowest, highest)
        unit = np.maximum(10.0**-places, np.abs(numbers) * LEAST_SHARE)
        steps = _aside(words, numbers - unit < lowest, numbers + unit > highest)
        aside = _rounded(numbers + unit * steps, places)
        text = pl.Series(np.where(found == numbers, aside, found)).cast(pl.String)
        return text.zip_with(read.is_finite(), values)

    return masked


def _ends(shape: Shape, bounds: Bounds) -> tuple[float, float]:
    """The narrower bounds of the rule and of the type."""
    if shape.precision is None:
        return bounds.lowest, bounds.highest
    scale = shape.scale or 0
    edge = 10.0 ** (shape.precision - scale) * (1 - LEAST_SHARE) - 10.0**-scale
    return max(bounds.lowest, -edge), min(bounds.highest, edge)


def _decimals(values: pl.Series, shape: Shape, bounds: Bounds) -> F64:
    """The digits after the point of each result: by the rule, else as many as the number has."""
    if bounds.decimals is not None:
        return np.full(len(values), float(bounds.decimals))
    if shape.type_name != "numeric":
        return np.full(len(values), FLOAT_DECIMALS)
    found: F64 = np.minimum(_behind_point(values).astype(np.float64), MOST_DECIMALS)
    return found


def _behind_point(values: pl.Series) -> I64:
    if loops.LOADED:
        return decimals_of(large_text(values))
    behind = values.str.len_bytes() - values.str.find(".", literal=True) - 1
    return behind.fill_null(0).to_numpy()


def _rounded(numbers: F64, places: F64) -> F64:
    """Numbers rounded to so many places; a number too large for a double to round stays."""
    scaled = numbers * 10.0**places
    return np.where(np.abs(scaled) < EXACT, np.rint(scaled) / 10.0**places, numbers)
