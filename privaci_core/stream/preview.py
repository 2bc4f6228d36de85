"""Masks a few rows of every table and shows them: no original, and no part of one.

A mask that replaces a whole value is shown by its values; one that keeps a part of the original is
shown by the form of its values: letters as x, digits as 9.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from privaci_core.plan.show import what_masks
from privaci_core.policy import DateShift, Fake, Hash, HmacHash, Null, Pseudonym, Static
from privaci_core.postgres.driver_errors import driver_errors
from privaci_core.postgres.names import spelled
from privaci_core.stream.copy_table import bind_table, masking_errors
from privaci_core.stream.dry_run import some_rows
from privaci_core.stream.ledger import KEY_BYTES
from privaci_core.stream.read import read_blocks
from privaci_core.stream.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl
    import pyarrow as pa

    from privaci_core.catalog.catalog import Catalog
    from privaci_core.masks import Keys
    from privaci_core.plan.plan import ColumnPlan, Plan, TablePlan
    from privaci_core.policy import Action
    from privaci_core.postgres.session import Connection
    from privaci_core.stream.masked_column import MaskedColumn

# Of these, nothing of the original is left in the value; `fpe` keeps what is not in its alphabet.
WHOLE = (DateShift, Fake, Hash, HmacHash, Null, Pseudonym, Static)
UNCHANGED, NOTHING = "(unchanged)", "NULL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A value before and after its mask; neither is part of its `repr`."""

    before: str | None = field(repr=False)
    after: str | None = field(repr=False)
    is_whole: bool

    @property
    def shown(self) -> str:
        """What may be seen of the masked value."""
        if self.after is None:
            return NOTHING
        if self.before == self.after:
            return UNCHANGED
        return self.after if self.is_whole else form_of(self.after)


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnPreview:
    """What happens to a masked column, and to some of its values."""

    name: str
    type: str
    action: str
    reason: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TablePreview:
    """Some rows of a table: its masked columns, and how many others are copied."""

    table: str
    rows: int
    columns: tuple[ColumnPreview, ...]
    copied: int


def preview_tables(
    source: Connection, catalog: Catalog, plan: Plan, keys: Keys, most: int
) -> tuple[TablePreview, ...]:
    """Read and mask at most so many rows of each table, of a partitioned one of its first part."""
    found: dict[str, TablePreview] = {}
    for table in plan.tables:
        name = catalog.root(catalog.by_name[table.name]).qualified
        if name not in found or found[name].rows == 0:
            found[name] = _preview(source, name, table, keys, most)
    return tuple(found[name] for name in sorted(found))


def form_of(value: str) -> str:
    """The form of a value: letters as x, capitals as X, digits as 9, the rest as it is."""
    return "".join(map(_form_of_character, value))


def _form_of_character(character: str) -> str:
    if character.isnumeric():
        return "9"
    if character.isalpha():
        return "X" if character.isupper() else "x"
    return character if character.isascii() else "?"


class _Recorder(Tally):
    """Keeps what a stream masks, beside counting it."""

    def __init__(self, table: TablePlan) -> None:
        # The sums are thrown away, so any key will do.
        super().__init__(table, bytes(KEY_BYTES))
        self.cells: dict[str, list[Cell]] = defaultdict(list)
        self._whole = {each.name for each in table.masked if _replaces_all(each.action)}

    def add_masked(
        self, column: MaskedColumn, before: pa.Array, after: pa.Array, chosen: pl.Series | None
    ) -> None:
        """Keep the values of one column of a block."""
        super().add_masked(column, before, after, chosen)
        is_whole = column.name in self._whole
        masked = [True] * len(before) if chosen is None else chosen.to_list()
        values = zip(column.codec.decode(before), column.codec.decode(after), masked, strict=True)
        # What a condition leaves as it is may be spelled in another way.
        self.cells[column.name] += [
            Cell(before=was, after=becomes if is_masked else was, is_whole=is_whole)
            for was, becomes, is_masked in values
        ]


def _replaces_all(action: Action) -> bool:
    """Whether a mask leaves nothing of a value, not even the text around its personal part."""
    if isinstance(action, Fake | Pseudonym):
        return "around" not in action.params
    return isinstance(action, WHOLE)


def _preview(
    source: Connection, name: str, table: TablePlan, keys: Keys, most: int
) -> TablePreview:
    recorder = _Recorder(table)
    if table.masked and most:
        stream = bind_table(source, table, keys)
        with driver_errors(f"Reading some rows of {name}"), masking_errors(table):
            for _ in stream(read_blocks(source, some_rows(table, most)), recorder):
                pass
    return TablePreview(
        table=name,
        rows=max(map(len, recorder.cells.values()), default=0),
        columns=tuple(_column(column, recorder.cells[column.name]) for column in table.masked),
        copied=table.width - len(table.masked),
    )


def _column(column: ColumnPlan, cells: Sequence[Cell]) -> ColumnPreview:
    action, reason = what_masks(column)
    return ColumnPreview(
        name=spelled(column.name),
        type=column.type,
        action=action,
        reason=reason,
        cells=tuple(cells),
    )
