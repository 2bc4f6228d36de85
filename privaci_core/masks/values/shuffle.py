"""Shuffles a column's values among the rows of a block: each row gets another row's value."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from privaci_core.masks.keyed.permute import permutation

if TYPE_CHECKING:
    import numpy.typing as npt
    import polars as pl

    from privaci_core.masks.base.shape import Mask


def shuffle(key: bytes, alias: str | None) -> Mask:
    """Another row's value for every row; with an alias, columns move together, NULLs included."""

    def masked(values: pl.Series) -> pl.Series:
        places = np.arange(len(values)) if alias else _filled(values)
        if len(places) < 2:  # noqa: PLR2004 - two rows at least can trade
            return values
        order = permutation(key, len(places))(np.arange(len(places), dtype=np.uint64))
        source = np.arange(len(values))
        source[places] = places[order.astype(np.int64)]
        return values.gather(source)

    return masked


def _filled(values: pl.Series) -> npt.NDArray[np.uint32]:
    """The places of values that are neither NULL nor empty."""
    return (values != "").fill_null(False).arg_true().to_numpy()
