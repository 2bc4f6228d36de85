"""Masks the leading columns of each block of rows and hands back what the target's COPY is to be fed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from privaci_core.read import HUGE_ROW_BYTES
from privaci_core.wire import Block, Rows, join, join_one, split, split_one

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import polars as pl

    from privaci_core.wire import Buffer


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskedColumn:
    """What happens to one column of a block: wire form to text form, mask, and back."""

    decode: Callable[[pa.Array], pl.Series]
    mask: Callable[[pl.Series], pl.Series]
    encode: Callable[[pl.Series], pa.Array]

    def __call__(self, values: pa.Array) -> pa.Array:
        """Decode, mask and encode a vector of wire values."""
        return self.encode(self.mask(self.decode(values)))


def mask_rows(blocks: Iterable[Rows], columns: Sequence[MaskedColumn], field_count: int) -> Iterator[Buffer]:
    """Mask every block of binary rows; a huge row goes by itself, in pieces, with its tail uncopied."""
    for rows in blocks:
        if len(rows.lengths) == 1 and rows.lengths[0] > HUGE_ROW_BYTES:
            yield from _mask_huge_row(rows.buffer, columns, field_count)
        else:
            block = split(rows, len(columns))
            masked = tuple(column(values) for column, values in zip(columns, block.columns, strict=True))
            yield join(Block(masked, block.tail), field_count)


def _mask_huge_row(row: Buffer, columns: Sequence[MaskedColumn], field_count: int) -> list[Buffer]:
    fields, tail = split_one(row, len(columns))
    vectors = (pa.array([field], pa.binary()) for field in fields)
    masked = [column(vector)[0].as_py() for column, vector in zip(columns, vectors, strict=True)]
    return join_one(masked, tail, field_count)
