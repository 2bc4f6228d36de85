"""Calls the compiled permutation of numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from privaci_core.compiled.library import AT, COUNT, WORD, at, called, declare

if TYPE_CHECKING:
    from privaci_core.compiled.loops import U64

declare({"permute_numbers": (None, (AT, WORD, WORD, WORD, AT, COUNT, AT))})


def permute_numbers(keys: U64, halves: tuple[int, int], size: int, numbers: U64) -> U64:
    """Numbers below a size, permuted by the two words of each round's key."""
    numbers, found = np.ascontiguousarray(numbers, np.uint64), np.empty(len(numbers), np.uint64)
    places = *at(numbers), len(numbers), *at(found)
    called().permute_numbers(*at(keys), *halves, size, *places)
    return found
