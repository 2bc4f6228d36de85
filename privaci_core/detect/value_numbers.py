"""Gives texts the numbers by which columns are compared: the same in every process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from privaci_core.masks.keyed.digest import DigestWords

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

# No secret: each process of a refresh makes the same plan of the numbers, and none leaves it.
KEY = "what stands for a sampled value"


def numbers_of(texts: Sequence[str]) -> npt.NDArray[np.int64]:
    """A number that stands for each text."""
    return DigestWords.of(pl.Series(texts, dtype=pl.String), KEY).words[:, 0].view(np.int64)


def least(numbers: npt.NDArray[np.int64], count: int) -> npt.NDArray[np.int64]:
    """The least numbers, each once: of two columns that share texts, the same."""
    found = np.sort(numbers)
    is_new = np.ones(len(found), np.bool_)
    is_new[1:] = found[1:] != found[:-1]
    kept: npt.NDArray[np.int64] = found[is_new][:count]
    return kept
