"""Writes the query that samples a table, each value as text and cut to what is read of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql

from privaci_core.detect.inner_texts import DOCUMENT, contains_others, is_as_document
from privaci_core.masks.base.shape import TEXT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from privaci_core.catalog.catalog import Column, Relation

# How much is read of a table, and of a value.
ROWS, PAGES, CHARACTERS = 1000, 100, 400
DOCUMENT_CHARACTERS = 20_000
# Separates the elements of an array: no text of people holds it.
UNIT = "\x1f"


def sample_query(table: Relation, columns: Iterable[Column], pages: int) -> sql.Composed:
    """Reads pages from all over a table, the same ones while the table does not change."""
    return sql.SQL("SELECT {} FROM {} TABLESAMPLE SYSTEM ({}) REPEATABLE (1) LIMIT {}").format(
        sql.SQL(", ").join(map(_shortened, columns)),
        table.identifier,
        sql.Literal(100.0 * PAGES / max(PAGES, pages)),
        sql.Literal(ROWS),
    )


def _shortened(column: Column) -> sql.Composed:
    """The beginning of the column's value as text, its elements one after another."""
    name = sql.Identifier(column.name)
    if is_as_document(column) and (column.is_array or column.scalar_type not in DOCUMENT):
        # Not to_jsonb, which refuses some documents that a json within it may be.
        text = sql.SQL("pg_catalog.to_json({})::pg_catalog.text").format(name)
    elif column.is_array:
        text = sql.SQL("pg_catalog.array_to_string({}, {})").format(name, sql.Literal(UNIT))
    else:
        text = sql.SQL("{}::pg_catalog.text").format(name)
    return sql.SQL("pg_catalog.left({}, {})").format(text, _longest(column, text))


def _longest(column: Column, text: sql.Composed) -> sql.Composable:
    """How much of a value is read; a text that begins as a document does may be one."""
    if column.scalar_type not in TEXT or column.is_array:
        return sql.Literal(DOCUMENT_CHARACTERS if contains_others(column) else CHARACTERS)
    return sql.SQL("CASE WHEN pg_catalog.left({}, 1) IN ('{{', '[') THEN {} ELSE {} END").format(
        text, sql.Literal(DOCUMENT_CHARACTERS), sql.Literal(CHARACTERS)
    )
