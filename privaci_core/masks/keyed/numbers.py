"""Masks numbers as keys: each becomes another of its sign and size, the same in every column."""

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

# A number becomes one of the same integer type: keys of narrow and wide columns agree.
SIZES = (2**15, 2**31)
# For numbers that are written as such, as telephone numbers: each keeps how many digits it has.
WRITTEN = tuple(sorted({*SIZES, *(10**digits for digits in range(1, 19))}))
# The digits of a numeric that an Int64 holds without its point.
MOST_DIGITS = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """Permutations of the numbers between two bounds: each number stays in its interval."""

    bounds: tuple[int, ...]
    permutations: tuple[Permutation, ...]

    @classmethod
    def of(cls, key: bytes, bounds: tuple[int, ...]) -> Sizes:
        """A permutation for every interval, each of at least two numbers."""
        permutations = [
            permutation(key + place.to_bytes(1, "big"), upper - lower)
            for place, (lower, upper) in enumerate(pairwise(bounds))
        ]
        return cls(bounds=bounds, permutations=tuple(permutations))

    def __call__(self, numbers: I64) -> I64:
        """The number that replaces each number."""
        found = np.empty_like(numbers)
        places = np.searchsorted(np.array(self.bounds[1:-1], np.int64), numbers, side="right")
        for place in np.unique(places):
            chosen, start = places == place, self.bounds[place]
            others = self.permutations[place]((numbers[chosen] - start).astype(np.uint64))
            found[chosen] = others.astype(np.int64) + start
        return found


def _bounds(lowest: int, highest: int, sizes: tuple[int, ...]) -> tuple[int, ...]:
    """The sizes from the lowest number to the highest; an interval of one would keep its number."""
    return (lowest, *(size for size in sizes if size < highest), highest + 1)


def permuted_numbers(
    key: bytes, highest: int, lowest: int, narrowest: int, sizes: tuple[int, ...] = SIZES
) -> Mask:
    """An injective mask of the numbers from lowest to highest that keeps sign and size."""
    positive = Sizes.of(key + b"+", _bounds(1, highest, sizes))
    negative = Sizes.of(key + b"-", _bounds(0, -1 - lowest, sizes))
    # Zero is neither; it trades places with a number so large that hardly any table has it.
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


def key_numbers(shape: Shape, key: bytes, sizes: tuple[int, ...] = SIZES) -> Mask:
    """The mask of an integer or numeric column whose values are keys."""
    narrowest = INTEGERS[shape.narrowest or "int8"]
    if shape.type_name in INTEGERS:
        highest = INTEGERS[shape.type_name]
        return permuted_numbers(key, highest, -highest - 1, min(highest, narrowest), sizes)
    scale = shape.scale or 0
    if shape.precision is None or shape.precision > MOST_DIGITS or scale < 0:
        raise Unbindable(
            "a numeric of more than 18 digits, or of any number of them, cannot be permuted",
            "Give the column a precision of at most 18, or use noise, static or null.",
        )
    highest = 10**shape.precision - 1
    whole = permuted_numbers(key, highest, -highest, min(highest, narrowest), sizes)
    return _scaled(whole, scale)


def _scaled(whole: Mask, scale: int) -> Mask:
    """Mask numbers without their point; NaN and the infinities, which identify no person, stay."""

    def masked(values: pl.Series) -> pl.Series:
        is_number = values.str.contains(r"^-?[0-9.]+$")
        parts = values.filter(is_number).str.split_exact(".", 1).struct.unnest()
        fraction = parts["field_1"].fill_null("").str.pad_end(scale, "0")
        found = _with_point(whole(parts["field_0"] + fraction), scale)
        return found if is_number.all() else values.clone().scatter(is_number.arg_true(), found)

    return masked


def _with_point(numbers: pl.Series, scale: int) -> pl.Series:
    if not scale:
        return numbers
    digits = numbers.str.strip_prefix("-").str.zfill(scale + 1)
    sign = numbers.str.extract("^(-?)")
    return sign + digits.str.head(-scale) + "." + digits.str.tail(scale)
