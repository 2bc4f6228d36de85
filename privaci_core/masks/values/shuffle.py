"""Deals a column's own values out again among the rows of a block, each to another row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from privaci_core.masks.keyed.permute import permutation

if TYPE_CHECKING:
    from privaci_core.masks.base.shape import Mask


def shuffle(key: bytes, alias: str | None) -> Mask:
    """Another row's value for every row; with an alias all rows take part, so that columns move together."""

    def masked(values: pl.Series) -> pl.Series:
        taking = (
            pl.Series(np.arange(len(values)))
            if alias
            else (values != "").fill_null(False).arg_true()
        )
        if len(taking) < 2:  # noqa: PLR2004 - a lone row has nobody to trade with
            return values
        places = taking.to_numpy()
        order = permutation(key, len(places))(np.arange(len(places), dtype=np.uint64))
        source = np.arange(len(values))
        source[places] = places[order.astype(np.int64)]
        return values.gather(source)

    return masked
