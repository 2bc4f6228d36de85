"""Inserts the created rows of a bundle, a table's rows by one statement."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from privaci_core.postgres.driver_errors import what_failed
from privaci_core.testdata.errors import SeedFailed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from privaci_core.catalog.catalog import Catalog, Relation
    from privaci_core.postgres.session import Connection
    from privaci_core.testdata.bundle import Bundle, Row

# The protocol counts the parameters of a statement in 16 bits.
MOST_PARAMETERS = 65_000
INSERT = sql.SQL("INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE VALUES {} RETURNING {}")
# A change of the schema since it was read.
CHANGED = (
    psycopg.errors.UndefinedColumn,
    psycopg.errors.UndefinedTable,
    psycopg.errors.FeatureNotSupported,
)
# What that, or another request, may have brought about: a second try can succeed.
PASSING = (
    *CHANGED,
    psycopg.errors.DeadlockDetected,
    psycopg.errors.SerializationFailure,
    psycopg.errors.UniqueViolation,
    psycopg.errors.ExclusionViolation,
    psycopg.errors.ForeignKeyViolation,
)


def insert_rows(connection: Connection, catalog: Catalog, bundle: Bundle) -> tuple[Row, ...]:
    """Insert created rows; returns all rows of the bundle, with the values that are stored now."""
    stored: list[Row] = []
    for (table, _), rows in groupby(bundle.rows, key=_alike):
        group = list(rows)
        relation = catalog.by_name[table]
        if group[0].found:
            stored += group
            continue
        for part in _parts(group):
            stored += _insert(connection, catalog, relation, part)
    return tuple(stored)


def _alike(row: Row) -> tuple[str, tuple[str, ...]]:
    """What rows of one statement have in common: the table and the columns that are given."""
    return row.table, () if row.found else tuple(row.values)


def _parts(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    """Rows in parts whose values one statement can take."""
    size = max(1, MOST_PARAMETERS // max(1, len(rows[0].values)))
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def _insert(
    connection: Connection, catalog: Catalog, relation: Relation, rows: Sequence[Row]
) -> Iterator[Row]:
    """Insert some rows of one table.

    Values are sent without a type: the server reads each as its column's, and cuts none.
    """
    names = [column.name for column in catalog.columns[relation.oid]]
    values = [value for row in rows for value in row.values.values()]
    try:
        found = connection.execute(_statement(relation, rows, names), values).fetchall()
    except PASSING:
        raise
    except psycopg.Error as error:
        raise _refused(relation, what_failed(error)) from None
    if len(found) != len(rows):
        raise _refused(relation, "a trigger of the table left rows out")
    for row, texts in zip(rows, found, strict=True):
        stored = dict(zip(names, texts, strict=True))
        key = {column: str(stored[column]) for column in row.key}
        yield replace(row, values=stored, key=key)


def _statement(relation: Relation, rows: Sequence[Row], names: Sequence[str]) -> sql.Composed:
    columns = list(rows[0].values)
    line = sql.SQL("({})").format(sql.SQL(", ").join([sql.Placeholder()] * len(columns)))
    texts = [sql.SQL("{}::pg_catalog.text").format(sql.Identifier(name)) for name in names]
    return INSERT.format(
        relation.identifier,
        sql.SQL(", ").join(map(sql.Identifier, columns)),
        sql.SQL(", ").join([line] * len(rows)),
        sql.SQL(", ").join(texts),
    )


def _refused(relation: Relation, why: str) -> SeedFailed:
    return SeedFailed(
        f"Inserting rows into {relation.qualified}",
        why,
        "Give the columns that are named values that fit, in the scenario or as constraints.",
    )
