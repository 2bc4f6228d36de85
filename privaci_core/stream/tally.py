"""Counts what a stream sends: the ledger of its rows, and which masked values stayed, and why."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from privaci_core.compiled import loops
from privaci_core.compiled.ledgers import compare_columns
from privaci_core.errors import CopyError
from privaci_core.stream.ledger import Layout, Sums

if TYPE_CHECKING:
    from collections.abc import Sequence

    from privaci_core.plan.plan import TablePlan
    from privaci_core.stream.binary_rows import Buffer
    from privaci_core.stream.ledger import Ledger
    from privaci_core.stream.masked_column import MaskedColumn

# Values that mean the same for everyone, so that masks keep them; an array of nothing is one too.
IMPERSONAL = frozenset({"infinity", "-infinity", "nan", "\\x", ""})
BRACKETS = re.compile(r'[{}",\s]|\bNULL\b|\[[-+:\d]+\]=')
# Why a value may stay as it was.
NO_VALUE, EMPTY, CONDITION, NO_ONES = "NULL", "empty", "condition", "same for everyone"


def layout_of(table: TablePlan) -> Layout:
    """How the rows of a table are sent."""
    columns = (*table.leading, *table.carried)
    return Layout(columns=columns, form=table.format, xml=table.xml)


class Tally:
    """What one stream of a table sent."""

    def __init__(self, table: TablePlan, key: bytes) -> None:
        self.table = table
        self._sums = Sums(layout_of(table), key)
        self._changed = Counter[str]()
        self._stayed: dict[str, Counter[str]] = defaultdict(Counter)

    def add_rows(self, rows: Buffer) -> None:
        """Add whole rows as they are sent, without the framing of a binary stream."""
        self._sums.add(rows)

    def add_long_row(self, fields: Sequence[Buffer | None], tail: Buffer) -> None:
        """Add one row whose leading values lie outside it."""
        self._sums.add_long_row(fields, tail)

    def add_masked(
        self, column: MaskedColumn, before: pa.Array, after: pa.Array, chosen: pl.Series | None
    ) -> None:
        """Count which values of a column changed; refuse one that must not stay and did.

        `chosen` says in which rows the column is masked; None stands for all.
        """
        compare = compare_columns if loops.LOADED else _compare_columns
        absent, empty, same = compare(before, after)
        self._changed[column.name] += len(before) - absent - empty - same
        stayed = self._stayed[column.name]
        stayed[NO_VALUE] += absent
        stayed[EMPTY] += empty
        if same:
            stayed.update(self._reasons(column, before, after, chosen))

    def ledger(self) -> Ledger:
        """The ledger of all rows so far."""
        found = self._sums.ledger()
        masked = {
            name: replace(
                found.columns[name],
                changed=self._changed[name],
                stayed=dict(+self._stayed[name]),
            )
            for name in self._stayed
        }
        return replace(found, columns={**found.columns, **masked})

    def _reasons(
        self, column: MaskedColumn, before: pa.Array, after: pa.Array, chosen: pl.Series | None
    ) -> Counter[str]:
        """Why each value that is there, not empty and not changed may stay."""
        is_there = pc.not_equal(pc.binary_length(before), 0)
        stays = pl.Series(pc.and_(pc.equal(before, after), is_there)).fill_null(value=False)
        masked = stays if chosen is None else stays & chosen
        reasons = Counter({CONDITION: int(stays.sum()) - int(masked.sum())})
        if column.may_keep:
            reasons[column.may_keep] = int(masked.sum())
            return reasons
        values = column.codec.decode(before).filter(masked)
        for_everyone = sum(_is_impersonal(value) for value in values.to_list())
        reasons[NO_ONES] = for_everyone
        if for_everyone < len(values):
            raise _unchanged(self.table, column, len(values) - for_everyone)
        return reasons


def _is_impersonal(value: str) -> bool:
    return value.strip().lower() in IMPERSONAL or not BRACKETS.sub("", value)


def _unchanged(table: TablePlan, column: MaskedColumn, count: int) -> CopyError:
    return CopyError(
        f"Masking {table.name}",
        f"{count} values of the column {column.name} came out of their mask unchanged",
        "Give the column another action: this one has too few outcomes for its values.",
    )


def _compare_columns(before: pa.Array, after: pa.Array) -> tuple[int, int, int]:
    """How many places are NULL in both, empty in both, equal and neither."""
    absent = pc.and_(pc.is_null(before), pc.is_null(after))
    equal = pc.fill_null(pc.equal(before, after), False)
    empty = pc.and_(equal, pc.equal(pc.binary_length(before), 0))
    counts = [int(pc.sum(found).as_py() or 0) for found in (absent, empty, equal)]
    return counts[0], counts[1], counts[2] - counts[1]
