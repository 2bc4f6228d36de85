"""Permutes the digits inside texts: how many there are, and every other character, stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pyarrow as pa

from privaci_core.compiled.texts import bytes_of_texts, large_text
from privaci_core.masks.keyed.format_preserving import encrypt
from privaci_core.masks.keyed.permute import permutation

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from privaci_core.masks.base.shape import Mask

    # Which values are in a group, and what masks them.
    Groups = Sequence[tuple[pl.Series, Mask]]

DIGITS = "0123456789"
LOWER = "abcdefghijklmnopqrstuvwxyz"
# A word holds the numbers of so many digits.
MOST_DIGITS = 18
NOT_A_DIGIT = "[^0-9]"


def by_digits(permute: Callable[[pl.Series, pl.Series], pl.Series], key: bytes) -> Mask:
    """Give a permutation each value and its digits; what it returns is written in their place.

    A value without digits is encrypted over its other characters, which makes no digits.
    """
    other = encrypt(DIGITS, key)

    def masked(values: pl.Series) -> pl.Series:
        digits = values.str.replace_all(NOT_A_DIGIT, "")
        some = digits != ""
        of_some = digits.filter(some)
        with_digits = (some, lambda chosen: _written(chosen, permute(chosen, of_some)))
        return in_groups(values, [with_digits, (~some, other)])

    return masked


def in_groups(values: pl.Series, groups: Groups) -> pl.Series:
    """Mask the values of each group by the group's mask; every value is in one group."""
    found = values.clone()
    for chosen, mask in groups:
        places = chosen.arg_true()
        if len(places) == len(values):
            return mask(values)
        if len(places):
            found = found.scatter(places, mask(values.gather(places)))
    return found


def in_form(key: bytes) -> Mask:
    """Digits for digits, small letters for small ones, capitals for capitals; injective."""
    passes = [
        (f"[{letters[0]}-{letters[-1]}]", encrypt(letters, key + bytes([place])))
        for place, letters in enumerate((DIGITS, LOWER, LOWER.upper()))
    ]
    other = encrypt(DIGITS + LOWER + LOWER.upper(), key)

    def masked(values: pl.Series) -> pl.Series:
        found = values
        for pattern, mask in passes:
            found = in_groups(found, [(found.str.contains(pattern), mask)])
        # Only values without a letter or digit are as they were.
        return in_groups(found, [(found == values, other)])

    return masked


def numerals(key: bytes) -> Mask:
    """Digits that begin with no zero, as digits that begin with none; injective by length."""

    def masked(digits: pl.Series) -> pl.Series:
        lengths = digits.str.len_chars()
        found = digits.clone()
        for length in lengths.unique().to_list():
            places = (lengths == length).arg_true()
            lowest = np.uint64(10 ** (length - 1))
            permute = permutation(key + bytes([length]), 9 * 10 ** (length - 1))
            numbers = digits.gather(places).cast(pl.UInt64).to_numpy()
            found.scatter(places, pl.Series(permute(numbers - lowest) + lowest).cast(pl.String))
        return found

    return masked


def _written(values: pl.Series, digits: pl.Series) -> pl.Series:
    """Values with other digits, as many as they have; a digit is one byte in UTF-8."""
    text = np.frombuffer(bytearray(bytes_of_texts(large_text(values))), np.uint8)
    places = np.flatnonzero((text >= ord("0")) & (text <= ord("9")))
    text[places] = np.frombuffer(bytes_of_texts(large_text(digits)), np.uint8)
    offsets = np.concatenate([[0], np.cumsum(values.str.len_bytes().to_numpy().astype(np.int64))])
    return pl.Series(
        pa.LargeStringArray.from_buffers(len(values), pa.py_buffer(offsets), pa.py_buffer(text))
    )
