"""Finds the names that a mask of free text took out of a column: pairs of words that are gone."""

from __future__ import annotations

import re
from itertools import chain, pairwise
from typing import TYPE_CHECKING

import polars as pl
from psycopg import sql

from privaci_core.codecs.codec import TEXT
from privaci_core.policy import AiRefine, NerMask
from privaci_core.postgres.driver_errors import driver_errors
from privaci_core.postgres.names import column_name
from privaci_core.stream.mask_rows import wire_of
from privaci_core.stream.read import read_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from privaci_core.plan.plan import ColumnPlan, TablePlan
    from privaci_core.postgres.session import Connection

# Words that begin with a capital, beside one another.
NAMES = r"\p{Lu}[\p{L}'\u2019-]*\p{L}(?:\s+\p{Lu}[\p{L}'\u2019-]*\p{L})+"
BLANKS = re.compile(r"\s+")
# About 100 MB; names of more people are searched as other columns have them.
MOST_PAIRS = 1_000_000


def is_free_text(column: ColumnPlan) -> bool:
    """Whether only the masked text says what its mask replaced."""
    return isinstance(column.action, NerMask | AiRefine) and not column.is_array


def lost_names(
    source: Connection, target: Connection, table: TablePlan, column: ColumnPlan
) -> tuple[pl.Series, int]:
    """Pairs of capitalized words that only the source's column has, and how many found no room.

    All that the mask does not replace stays: what is gone from the column is what it replaced.
    """
    name = sql.Identifier(column.name)
    kept = sql.SQL("COPY (SELECT {} FROM {}) TO STDOUT").format(name, table.into)
    with driver_errors(f"Reading the names in {column_name(table.name, column.name)}"):
        found, dropped = _pairs(source, (_statement(part, name) for part in table.in_parts()))
        if found:
            for texts in _texts(target, kept):
                found.difference_update(_pairs_in(texts))
    return pl.Series(sorted(found), dtype=pl.String), dropped


def _statement(table: TablePlan, name: sql.Identifier) -> sql.Composed:
    where = sql.SQL(" WHERE {}").format(table.condition) if table.condition else sql.SQL("")
    return sql.SQL("COPY (SELECT {} FROM ONLY {}{}) TO STDOUT").format(
        name, table.identifier, where
    )


def _pairs(connection: Connection, statements: Iterable[sql.Composed]) -> tuple[set[str], int]:
    found, dropped = set[str](), 0
    for texts in chain.from_iterable(_texts(connection, each) for each in statements):
        pairs = _pairs_in(texts) - found
        room = MOST_PAIRS - len(found)
        dropped += max(len(pairs) - room, 0)
        found.update(sorted(pairs)[:room] if len(pairs) > room else pairs)
    return found, dropped


def _texts(connection: Connection, statement: sql.Composed) -> Iterator[pl.Series]:
    wire = wire_of("text")
    for block in read_rows(connection, statement, "text"):
        (column,) = wire.split(block, 1).columns
        yield TEXT.decode(column)


def _pairs_in(texts: pl.Series) -> set[str]:
    """The pairs of words in the names of some texts, each with one blank between."""
    names = texts.drop_nulls().str.extract_all(NAMES).explode().drop_nulls().unique()
    words = (BLANKS.split(name) for name in names.to_list())
    return {f"{first} {second}" for name in words for first, second in pairwise(name)}
