"""Tells numbers that are there by chance from numbers that were copied.

Two columns of account numbers have some in common though neither knows the other. How many follows
from how many numbers there are of so many digits; only a column that has more of them than that is
reported. Numbers that count up, as keys do, say nothing: they are not searched at all.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

# Originals that fill more than this share of their own range count up.
DENSE = 0.01
# So rarely chance alone may report a column.
SURPRISE = 0.001
# Above this mean the sum of the exact probabilities is not needed.
LARGE_MEAN, LARGE_TIMES = 200.0, 2.0


def count_up(lengths: npt.NDArray[np.int64], sample: Sequence[int]) -> bool:
    """Whether most numbers of a column are near to one another."""
    if not lengths.any():
        return False
    digits = int(lengths.argmax())
    low, high = 10 ** (digits - 1), 10**digits
    near = sorted(number for number in sample if low <= number < high)
    if len(near) < 4:  # noqa: PLR2004 - too few for quarters
        return False
    first, last = near[len(near) // 4], near[(3 * len(near)) // 4]
    return int(lengths[digits]) / 2 / (last - first + 1) > DENSE


def expected(originals: npt.NDArray[np.int64], seen: npt.NDArray[np.int64]) -> float:
    """How many of the seen numbers are originals by chance, if both are spread evenly."""
    digits = np.arange(len(originals), dtype=np.float64)
    return float((originals * seen / (9 * 10.0 ** (digits - 1))).sum())


def is_chance(found: int, mean: float) -> bool:
    """Whether so many of them are no surprise (the tail of a Poisson distribution)."""
    if found == 0:
        return True
    if mean > LARGE_MEAN:
        return found < LARGE_TIMES * mean
    below = term = math.exp(-mean)
    for count in range(1, found):
        term *= mean / count
        below += term
    return 1 - below > SURPRISE
