"""Masks the leading columns of each block of rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from privaci_core.compiled import loops
from privaci_core.stream import binary_rows, binary_rows_compiled, text_rows
from privaci_core.stream.binary_rows import HUGE_ROW_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    import polars as pl

    from privaci_core.codecs.codec import Codec
    from privaci_core.plan.plan import WireFormat
    from privaci_core.stream.binary_rows import Buffer, Rows

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Leading:
    """The fields before the tail of a row: masked columns, columns that masks read, conditions."""

    # In the order of masking: a mask that reads other columns' fakes comes last.
    masked: tuple[MaskedColumn, ...]
    # The other columns that masks read: place, name and codec.
    read: tuple[tuple[int, str, Codec], ...]
    flag_codec: Codec
    # How many fields are written back, and how many there are with the conditions after them.
    loaded: int
    fields: int

    def __call__(self, fields: Sequence[pa.Array]) -> tuple[pa.Array, ...]:
        """The leading columns, masked, without the conditions."""
        originals = {
            column.name: column.codec.decode(fields[column.place]) for column in self.masked
        }
        originals |= {name: codec.decode(fields[place]) for place, name, codec in self.read}
        found = list(fields[: self.loaded])
        masked: dict[str, pl.Series] = {}
        for column in self.masked:
            values = originals[column.name]
            fakes = column.mask(values, originals, masked)
            if column.flag is not None:
                chosen = self.flag_codec.decode(fields[column.flag]) == "t"
                fakes = fakes.zip_with(chosen, values)
            masked[column.name] = fakes
            found[column.place] = column.codec.encode(fakes)
        return tuple(found)


def mask_rows(
    blocks: Iterable[Rows], leading: Leading, form: WireFormat, width: int
) -> Iterator[Buffer]:
    """Mask every block of rows of `width` fields; the tail of a huge row is not copied."""
    wire = _wire(form)
    for rows in blocks:
        if len(rows.lengths) == 1 and rows.lengths[0] > HUGE_ROW_BYTES:
            fields, tail = wire.split_one(rows.buffer, leading.fields)
            masked = leading([pa.array([field], pa.binary()) for field in fields])
            yield from wire.join_one([field[0].as_py() for field in masked], tail, width)
        else:
            block = wire.split(rows, leading.fields)
            yield wire.join(replace(block, columns=leading(block.columns)), width)


def _wire(form: WireFormat) -> Any:
    """The module that splits and joins rows of this form."""
    if form == "text":
        return text_rows
    return binary_rows_compiled if loops.LOADED else binary_rows
