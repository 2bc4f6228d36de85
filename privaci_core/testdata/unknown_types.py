"""Finds a value of a type that is not known: another row's, else what the type's input takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from privaci_core.testdata.errors import SeedFailed
from privaci_core.testdata.savepoint import question
from privaci_core.testdata.spelled import identifier, raw

if TYPE_CHECKING:
    from privaci_core.postgres.session import Connection
    from privaci_core.testdata.table_facts import ColumnFacts, TableFacts

# What the input of many types takes.
INPUTS = ("", "0", "{}", "()", "1", "a", "[0]", "(0,0)", "POINT(0 0)", "2020-01-01", "empty")


def known_value(connection: Connection, table: TableFacts, facts: ColumnFacts) -> str | None:
    """A value of a column's type; refuses a column that needs one for which none is found."""
    statement = sql.SQL("SELECT {0}::pg_catalog.text FROM {1} WHERE {0} IS NOT NULL LIMIT 1")
    named = statement.format(
        identifier(facts.name), identifier(table.relation.schema, table.relation.name)
    )
    row = connection.execute(named, []).fetchone()
    if row is not None:
        return str(row[0])
    for text in INPUTS:
        if _is_taken(connection, facts, text):
            return text
    if not facts.column.not_null:
        return None
    raise SeedFailed(
        f"Filling {table.name}.{facts.name}",
        f"no value of the type {facts.column.type} is known",
        "Give a value for the column.",
    )


def _is_taken(connection: Connection, facts: ColumnFacts, text: str) -> bool:
    cast = sql.SQL("SELECT ((%s::text)::{})::pg_catalog.text").format(raw(facts.cast_type))
    try:
        with question(connection):
            connection.execute(cast, [text])
    except psycopg.Error:
        return False
    return True
