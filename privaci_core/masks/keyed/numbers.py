"""Masks numbers as keys: each becomes another of its sign and size, the same one in every type that holds both."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from privaci_core.masks.base.shape import INTEGERS, Shape, Unbindable
from privaci_core.masks.keyed.permute import permutation

if TYPE_CHECKING:
    from privaci_core.masks.base.shape import Mask
    from privaci_core.masks.keyed.permute import Permutation

I64 = npt.NDArray[np.int64]

# A number stays among those that fit the same integer type, so a link from a narrow column to a wide one holds.
SIZES = (2**15, 2**31, 2**63)
# What an Int64 holds of a numeric without its point.
MOST_DIGITS = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """Permutations of the numbers from one bound up to the next: none leaves its own stretch."""

    bounds: tuple[int, ...]
    permutations: tuple[Permutation, ...]

    @staticmethod
    def of(key: bytes, bounds: tuple[int, ...]) -> Sizes:
        """A permutation for every stretch; each of them has two numbers at least."""
        pairs = enumerate(pairwise(bounds))
        made = (
            permutation(key + place.to_bytes(1, "big"), upper - lower)
            for place, (lower, upper) in pairs
        )
        return Sizes(bounds=bounds, permutations=tuple(made))

    def __call__(self, numbers: I64) -> I64:
        """Each number's other."""
        found = np.empty_like(numbers)
        places = np.searchsorted(np.array(self.bounds[1:-1], np.int64), numbers, side="right")
        for place in np.unique(places):
            chosen, start = places == place, self.bounds[place]
            others = self.permutations[place]((numbers[chosen] - start).astype(np.uint64))
            found[chosen] = others.astype(np.int64) + start
        return found


def _bounds(lowest: int, highest: int) -> tuple[int, ...]:
    """The sizes from the lowest number to the highest; a lone number would have nowhere to go."""
    return (lowest, *(size for size in SIZES if lowest + 1 < size < highest), highest + 1)


def permuted_numbers(key: bytes, highest: int, lowest: int, narrowest: int) -> Mask:
    """Another whole number for each from the lowest, below zero, to the highest: sign and size stay, none meets."""
    positive = Sizes.of(key + b"+", _bounds(1, highest))
    negative = Sizes.of(key + b"-", _bounds(0, -1 - lowest))
    # Zero is neither; it trades places with a number so large that hardly a table holds it.
    partner = narrowest - int.from_bytes(key[:8], "big") % (narrowest // 2)

    def masked(values: pl.Series) -> pl.Series:
        numbers = values.cast(pl.Int64).to_numpy()
        found = np.empty_like(numbers)
        above, below = numbers > 0, numbers < 0
        found[above] = positive(numbers[above])
        found[below] = -1 - negative(-1 - numbers[below])
        found[found == partner] = 0
        found[~above & ~below] = partner
        return pl.Series(found).cast(pl.String)

    return masked


def key_numbers(shape: Shape, key: bytes) -> Mask:
    """The mask of an integer or numeric column whose values are keys."""
    tied = INTEGERS[shape.narrowest or "int8"]
    if shape.type_name in INTEGERS:
        highest = INTEGERS[shape.type_name]
        return permuted_numbers(key, highest, -highest - 1, min(highest, tied))
    if shape.precision is None or shape.precision > MOST_DIGITS or (shape.scale or 0) < 0:
        raise Unbindable(
            "a numeric of more than 18 digits, or of any number of them, cannot be permuted",
            "Give the column a precision of at most 18, or use noise, static or null.",
        )
    highest = 10**shape.precision - 1
    whole = permuted_numbers(key, highest, -highest, min(highest, tied))
    return _scaled(whole, shape.scale or 0)


def _scaled(whole: Mask, scale: int) -> Mask:
    """Take the point out, mask, and put it back in; NaN and the infinities say nothing about anybody and stay."""

    def masked(values: pl.Series) -> pl.Series:
        known = values.str.contains(r"^-?[0-9.]+$")
        parts = values.filter(known).str.split_exact(".", 1).struct.unnest()
        fraction = parts["field_1"].fill_null("").str.pad_end(scale, "0")
        found = whole(parts["field_0"] + fraction)
        return _put_back(values, known, _pointed(found, scale))

    return masked


def _pointed(found: pl.Series, scale: int) -> pl.Series:
    if not scale:
        return found
    digits = found.str.strip_prefix("-").str.zfill(scale + 1)
    sign = found.str.extract("^(-?)")
    return sign + digits.str.head(-scale) + "." + digits.str.tail(scale)


def _put_back(values: pl.Series, known: pl.Series, found: pl.Series) -> pl.Series:
    return found if known.all() else values.scatter(known.arg_true(), found)
