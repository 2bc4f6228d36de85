"""Masks the leading columns of each block of rows and hands back what the target's COPY is to be fed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from privaci_core import wire as wire_binary
from privaci_core import wire_text
from privaci_core.read import HUGE_ROW_BYTES
from privaci_core.wire import Block

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import polars as pl

    from privaci_core.plan import WireFormat
    from privaci_core.wire import Buffer, Rows


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskedColumn:
    """What happens to one column of a block: wire form to text form, mask, and back."""

    decode: Callable[[pa.Array], pl.Series]
    mask: Callable[[pl.Series], pl.Series]
    encode: Callable[[pl.Series], pa.Array]

    def __call__(self, values: pa.Array) -> pa.Array:
        """Decode, mask and encode a vector of wire values."""
        return self.encode(self.mask(self.decode(values)))


def mask_rows(
    blocks: Iterable[Rows], columns: Sequence[MaskedColumn], form: WireFormat, width: int
) -> Iterator[Buffer]:
    """Mask every block of rows of `width` fields; a huge row goes by itself, in pieces, with its tail uncopied."""
    wire = wire_binary if form == "binary" else wire_text
    for rows in blocks:
        if len(rows.lengths) == 1 and rows.lengths[0] > HUGE_ROW_BYTES:
            fields, tail = wire.split_one(rows.buffer, len(columns))
            yield from wire.join_one([_mask_one(*pair) for pair in zip(columns, fields, strict=True)], tail, width)
        else:
            block = wire.split(rows, len(columns))
            masked = tuple(column(values) for column, values in zip(columns, block.columns, strict=True))
            yield wire.join(Block(masked, block.tail), width)


def _mask_one(column: MaskedColumn, field: Buffer | None) -> Buffer | None:
    masked: Buffer | None = column(pa.array([field], pa.binary()))[0].as_py()
    return masked
