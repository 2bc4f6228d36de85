"""Gives masks of free text the names in the source that only a look-up finds in a text."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

from psycopg import sql

from privaci_core.codecs.codec import TEXT
from privaci_core.masks.text.known_names import hidden_in
from privaci_core.masks.text.named_entities import has_model, known_words, model_name
from privaci_core.policy import Fake, Pseudonym
from privaci_core.postgres.driver_errors import driver_errors
from privaci_core.stream.mask_rows import wire_of
from privaci_core.stream.read import read_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    import polars as pl

    from privaci_core.plan.plan import ColumnPlan, Plan, TablePlan
    from privaci_core.postgres.session import Connection

# About 5 MB in each worker. Of more names, the first in order are looked up.
MOST_NAMES = 50_000


def with_hidden_names(source: Connection, plan: Plan) -> Plan:
    """The plan whose masks of free text look up the names that no form gives away."""
    if not any(table.reads_texts for table in plan.tables) or not has_model():
        return plan
    words, found = known_words(model_name()), set[str]()
    for table in plan.tables:
        for values in _names(source, table):
            found.update(hidden_in(values, words))
    names = tuple(sorted(found)[:MOST_NAMES])
    return replace(plan, tables=tuple(_knowing(table, names) for table in plan.tables))


def _knowing(table: TablePlan, names: tuple[str, ...]) -> TablePlan:
    if not table.reads_texts:
        return table
    masked = tuple(
        replace(column, shape=replace(column.shape, names=names)) if column.reads_texts else column
        for column in table.masked
    )
    return replace(table, masked=masked)


def _names(source: Connection, table: TablePlan) -> Iterator[pl.Series]:
    """The full names in a table, block by block: a column's, or those of two columns together."""
    where = sql.SQL(" WHERE {}").format(table.condition) if table.condition else sql.SQL("")
    wire = wire_of("text")
    for value in _values(table):
        query = sql.SQL("COPY (SELECT {} FROM ONLY {}{}) TO STDOUT")
        statement = query.format(value, table.identifier, where)
        with driver_errors(f"Reading the names in {table.name}"):
            for block in read_rows(source, statement, "text"):
                (column,) = wire.split(block, 1).columns
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
