"""Masks the leading columns of each block of rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from privaci_core.codecs.codec import NotTextError
from privaci_core.compiled import loops
from privaci_core.errors import CopyError
from privaci_core.stream import binary_rows, binary_rows_compiled, text_rows, text_rows_compiled
from privaci_core.stream.binary_rows import HUGE_ROW_BYTES, binary

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import polars as pl

    from privaci_core.codecs.codec import Codec
    from privaci_core.plan.plan import WireFormat
    from privaci_core.stream.binary_rows import Buffer, Rows
    from privaci_core.stream.masked_column import MaskedColumn
    from privaci_core.stream.tally import Tally


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

    def __call__(self, fields: Sequence[pa.Array], tally: Tally) -> tuple[pa.Array, ...]:
        """The leading columns, masked, without the conditions; the tally counts what changed."""
        originals = {
            column.name: _decoded(column.name, column.codec, fields[column.place])
            for column in self.masked
        }
        originals |= {name: _decoded(name, codec, fields[at]) for at, name, codec in self.read}
        found = list(fields[: self.loaded])
        masked: dict[str, pl.Series] = {}
        for column in self.masked:
            values = originals[column.name]
            fakes, chosen = column.mask(values, originals, masked), None
            if column.flag is not None:
                chosen = self.flag_codec.decode(fields[column.flag]) == "t"
                fakes = fakes.zip_with(chosen, values)
            masked[column.name] = fakes
            found[column.place] = column.codec.encode(fakes)
            tally.add_masked(column, fields[column.place], found[column.place], chosen)
        return tuple(found)


def _decoded(name: str, codec: Codec, values: pa.Array) -> pl.Series:
    """The values of a column as text; bytes that are none cannot be masked."""
    try:
        return codec.decode(values)
    except NotTextError:
        raise CopyError(
            f"Masking the column {name}",
            "it holds bytes that are no UTF-8 text: the source's encoding is SQL_ASCII",
            "Convert these values in the source, or leave their rows out by `where`;"
            " a column that is not masked is copied as it is.",
        ) from None


def mask_rows(leading: Leading, blocks: Iterable[Rows], tally: Tally) -> Iterator[Buffer]:
    """Mask every block of rows; the tail of a huge row is not copied."""
    wire, width = wire_of(tally.table.format), tally.table.width
    for rows in blocks:
        if len(rows.lengths) == 1 and rows.lengths[0] > HUGE_ROW_BYTES:
            fields, tail = wire.split_one(rows.buffer, leading.fields)
            found = leading([_vector_of(field) for field in fields], tally)
            masked = [_field_of(vector) for vector in found]
            pieces = wire.join_one(masked, tail, width)
            if tally.table.format == "text":
                tally.add_rows(b"".join(pieces))
            else:
                tally.add_long_row(masked, tail)
            yield from pieces
        else:
            block = wire.split(rows, leading.fields)
            masked_rows = wire.join(replace(block, columns=leading(block.columns, tally)), width)
            tally.add_rows(masked_rows)
            yield masked_rows


def _vector_of(field: Buffer | None) -> pa.Array:
    """One field as a vector that does not copy it."""
    if field is None:
        return pa.nulls(1, pa.binary())
    return binary(field, np.array([0, len(field)], np.int32))


def _field_of(vector: pa.Array) -> Buffer | None:
    """The only value of a vector, not copied."""
    found = vector[0].as_buffer()
    return None if found is None else memoryview(found)


def wire_of(form: WireFormat) -> Any:
    """The module that splits and joins rows of this form."""
    if form == "text":
        return text_rows_compiled if loops.LOADED else text_rows
    return binary_rows_compiled if loops.LOADED else binary_rows
