"""Gives an enum's values other labels of the same type; no two labels get the same one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from privaci_core.masks.base.shape import Shape, Unbindable
from privaci_core.masks.keyed.permute import permutation

if TYPE_CHECKING:
    from privaci_core.masks.base.shape import Mask


def other_label(shape: Shape, key: bytes) -> Mask:
    """Another valid label for each label; refuses an enum whose labels have no choice."""
    if len(shape.labels) < 2:  # noqa: PLR2004 - there must be another
        raise Unbindable("the enum has no other label", "Use passthrough, or null.")
    if len(shape.labels) == 2:  # noqa: PLR2004 - each would become the other under every salt
        raise Unbindable(
            "a label of the enum has 1 possible outcome: the other one, whatever the salt",
            "Use static, null or shuffle, or passthrough if it tells nothing.",
        )
    labels = pl.Series(sorted(shape.labels), dtype=pl.String)
    others = permutation(key, len(labels))(np.arange(len(labels), dtype=np.uint64))
    fakes = labels.gather(others)
    return lambda values: values.replace_strict(labels, fakes, return_dtype=pl.String)
