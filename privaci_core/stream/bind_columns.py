"""Binds the masks of a table's columns, and decides their order."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from privaci_core.codecs.codec import TEXT, Codec
from privaci_core.codecs.registry import codec_of
from privaci_core.masks import bind, bind_to_row, with_row_values
from privaci_core.policy import (
    AiRefine,
    Bucket,
    Generalize,
    Json,
    NerMask,
    Noise,
    Partial,
    RegexMask,
    Shuffle,
    Static,
    Template,
)
from privaci_core.stream.arrays import each_element
from privaci_core.stream.as_stored import as_stored, is_spelled_as_sent, printed_by
from privaci_core.stream.mask_rows import Leading
from privaci_core.stream.masked_column import MaskedColumn

if TYPE_CHECKING:
    from collections.abc import Mapping

    import polars as pl

    from privaci_core.masks import Keys, Mask
    from privaci_core.plan.plan import ColumnPlan, TablePlan
    from privaci_core.postgres.session import Connection
    from privaci_core.stream.deal_out import Deal
    from privaci_core.stream.masked_column import MaskInRow


# Actions that may leave a value unchanged, such as a text that names no one.
MAY_KEEP = (
    AiRefine,
    Bucket,
    Generalize,
    Json,
    NerMask,
    Noise,
    Partial,
    RegexMask,
    Shuffle,
    Static,
    Template,
)


def bind_leading(
    table: TablePlan,
    keys: Keys,
    printer: Connection | None = None,
    deals: Mapping[str, Deal] = MappingProxyType({}),
) -> Leading:
    """The masks of a table; those that read other columns' fakes come last.

    The printer is a session that can print values of types that this program does not know; the
    deals are those of shuffled columns.
    """
    flags = iter(range(len(table.leading), len(table.leading) + len(table.conditions)))
    columns = [
        MaskedColumn(
            name=column.name,
            place=place,
            codec=_codec_of(table, column, printer),
            mask=_mask(column, keys, deals.get(column.name)),
            flag=None if column.when is None else next(flags),
            may_keep=column.action.action if isinstance(column.action, MAY_KEEP) else "",
        )
        for place, column in enumerate(table.masked)
    ]
    turn = _turns(table)
    return Leading(
        masked=tuple(sorted(columns, key=lambda column: turn[column.name])),
        read=tuple(
            (place, name, _codec(table, wire_type))
            for place, (name, wire_type) in enumerate(table.read, len(columns))
        ),
        flag_codec=_codec(table, "bool"),
        loaded=len(table.leading),
        fields=len(table.leading) + len(table.conditions),
    )


def _turns(table: TablePlan) -> dict[str, int]:
    """When each column is masked: what reads fakes of its row comes after them.

    A free text reads fakes; a template may read any column, other templates too.
    """
    templates = {c.name: c.reads for c in table.masked if isinstance(c.action, Template)}
    others = [c for c in table.masked if c.name not in templates]
    # A persona reads no fake, and texts read its name.
    turns = {c.name: int(bool(c.reads) and c.anchor is None) for c in others}
    # The plan has refused templates that read each other in a circle.
    for turn in range(2, 2 + len(templates)):
        waiting = [name for name in templates if name not in turns]
        for name in waiting:
            if not {*templates[name]} & {*waiting}:
                turns[name] = turn
    return turns


def bind_alone(column: ColumnPlan, keys: Keys) -> Mask:
    """The mask of a column that reads no other column, over values in text form."""
    alone = bind(column.action, column.shape, keys)
    return each_element(alone) if column.is_array else alone


def _codec_of(table: TablePlan, column: ColumnPlan, printer: Connection | None) -> Codec:
    """How a masked column is decoded, and encoded as the target will print it."""
    codec = _codec(table, column.wire_type)
    if table.format == "binary" or is_spelled_as_sent(column):
        return as_stored(codec, column)
    if printer is None:
        return codec
    printed = printed_by(printer, column)
    return replace(codec, encode=lambda fakes: codec.encode(printed(fakes)))


def _codec(table: TablePlan, wire_type: str) -> Codec:
    found = TEXT if table.format == "text" else codec_of(wire_type)
    return found or TEXT


def codecs_of(table: TablePlan) -> dict[str, Codec]:
    """How the columns are decoded that a table's masks look at."""
    types = {**{column.name: column.wire_type for column in table.masked}, **dict(table.read)}
    return {name: _codec(table, wire_type) for name, wire_type in types.items()}


def _mask(column: ColumnPlan, keys: Keys, deal: Deal | None) -> MaskInRow:
    action = column.action
    if deal is not None:
        return deal.dealer()
    if isinstance(action, Template):
        filled = bind_to_row(action, column.shape, keys)
        return lambda values, row, masked: filled(values, {**row, **masked})
    if isinstance(action, NerMask) and column.reads:
        return with_row_values(bind_alone(column, keys), column.reads, column.shape.room)
    if column.reads and not isinstance(action, Shuffle):
        across = bind_to_row(action, column.shape, keys, column.anchor)  # type: ignore[arg-type]
        return lambda values, row, _masked: across(values, row)
    mask = bind_alone(column, keys)

    def masked_alone(
        values: pl.Series, _row: Mapping[str, pl.Series], _masked: Mapping[str, pl.Series]
    ) -> pl.Series:
        return mask(values)

    return masked_alone
