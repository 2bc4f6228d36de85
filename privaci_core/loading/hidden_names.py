"""Reads the names in the source that only a look-up finds in a text, when a mask first asks."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING

from psycopg import sql

from privaci_core.codecs.codec import TEXT
from privaci_core.errors import PreflightError
from privaci_core.masks.base.digested_names import NO_NAMES, Digesting
from privaci_core.masks.text.known_names import hidden_in
from privaci_core.masks.text.named_entities import has_model, known_words, model_name
from privaci_core.policy import Fake, Pseudonym
from privaci_core.postgres.driver_errors import driver_errors
from privaci_core.stream.mask_rows import wire_of
from privaci_core.stream.read import read_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import polars as pl

    from privaci_core.masks.base.digested_names import DigestedNames
    from privaci_core.plan.plan import ColumnPlan, TablePlan
    from privaci_core.postgres.session import Connection

# 16 MB in each process that masks texts. Most databases have a few hundred: names that are all in
# small letters, or in capitals, are the exception.
MOST_NAMES = 2_000_000


class HiddenNames:
    """The names of a snapshot's people; a process that masks no text never reads them.

    Each process that masks texts reads them for itself: nothing that others could open holds them.
    """

    def __init__(self, source: Connection, tables: Sequence[TablePlan]) -> None:
        """The session of the snapshot, and all tables that the policy masks."""
        self._source, self._tables = source, tables

    def given_to(self, table: TablePlan) -> TablePlan:
        """The table whose masks of free text look up the names that no form gives away."""
        if not table.reads_texts:
            return table
        masked = tuple(
            replace(column, shape=replace(column.shape, names=self._names))
            if column.reads_texts
            else column
            for column in table.masked
        )
        return replace(table, masked=masked)

    @cached_property
    def _names(self) -> DigestedNames:
        if not has_model():
            return NO_NAMES
        words, found = known_words(model_name()), Digesting()
        for table in self._tables:
            for values in _names_in(self._source, table):
                found.add(hidden_in(values, words))
                _refuse_more(len(found))
        names = found.digested()
        _refuse_more(len(names))
        return names


def _refuse_more(count: int) -> None:
    """Refuse to leave out a name: a text that has it would keep it."""
    if count > MOST_NAMES:
        raise PreflightError(
            "Reading the names that texts are searched for",
            f"more than {MOST_NAMES:,} of them have a form that only a look-up finds in a text,"
            " as names in small letters have, and a process keeps no more",
            "Mask the columns of texts with static, or copy fewer people: where, or a subset.",
            "docs/reference/masks.md",
        )


def _names_in(source: Connection, table: TablePlan) -> Iterator[pl.Series]:
    """The full names in a table, block by block: a column's, or those of two columns together."""
    values = list(_values(table))
    if not values:
        return
    # The texts of a subset may name people whose own rows are not chosen.
    condition = replace(table, rows=None).condition
    where = sql.SQL(" WHERE {}").format(condition) if condition else sql.SQL("")
    statement = sql.SQL("COPY (SELECT {} FROM ONLY {}{}) TO STDOUT").format(
        sql.SQL(", ").join(values), table.identifier, where
    )
    wire = wire_of("text")
    with driver_errors(f"Reading the names in {table.name}"):
        for block in read_rows(source, statement, "text"):
            for column in wire.split(block, len(values)).columns:
                yield TEXT.decode(column).drop_nulls().unique()


def _values(table: TablePlan) -> Iterator[sql.Composable]:
    for column in _of(table, "full_name"):
        yield sql.Identifier(column.name)
    for first, last in product(_of(table, "first_name"), _of(table, "last_name")):
        pair = map(sql.Identifier, (first.name, last.name))
        yield sql.SQL("{} || ' ' || {}").format(*pair)


def _of(table: TablePlan, provider: str) -> list[ColumnPlan]:
    """The columns of single texts that a provider masks."""
    return [
        column
        for column in table.masked
        if isinstance(column.action, Fake | Pseudonym)
        and column.action.provider == provider
        and column.shape.is_text
        and not column.is_array
    ]
