"""Says how one column of a block is masked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import polars as pl

    from privaci_core.codecs.codec import Codec

    # From a column's values, the row's original columns and those masked so far.
    MaskInRow = Callable[[pl.Series, Mapping[str, pl.Series], Mapping[str, pl.Series]], pl.Series]


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskedColumn:
    """How one column of a block is masked."""

    name: str
    place: int
    codec: Codec
    mask: MaskInRow
    # The place of the condition among the leading fields, if it masks only some rows.
    flag: int | None = None
    # What may leave a value as it is: the name of the action; empty where every value must change.
    may_keep: str = ""
