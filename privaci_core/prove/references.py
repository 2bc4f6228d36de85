"""Looks for orphans: rows whose validated foreign key refers to no row of the target.

Postgres says that a key is valid once it was validated; triggers that are off let rows in after.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from psycopg import sql
from psycopg.rows import class_row

from privaci_core.postgres.driver_errors import driver_errors
from privaci_core.postgres.names import shown, table_name
from privaci_core.sql import query

if TYPE_CHECKING:
    from privaci_core.postgres.session import Connection

AND, OR = sql.SQL(" AND "), sql.SQL(" OR ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A validated foreign key, and how its columns are compared."""

    child_schema: str
    child: str
    # Whether the key is about the table's own rows, and not about those of tables that inherit.
    child_alone: bool
    parent_schema: str
    parent: str
    parent_alone: bool
    name: str
    match_full: bool
    # Own and referenced column, schema and name of the operator, of the collation if they differ.
    pairs: list[tuple[str, str, str, str, str | None, str | None]]


def orphans(target: Connection) -> dict[str, str]:
    """How many rows of a foreign key refer to nothing, in words, by key; empty if all are whole."""
    found = {}
    for key in references_in(target):
        with driver_errors(f"Counting the orphans of the foreign key {key.name}"):
            count = (target.execute(count_of_orphans(key)).fetchone() or (0,))[0]
        if count:
            parent = table_name(key.parent_schema, key.parent)
            rows = "row refers" if count == 1 else "rows refer"
            place = f"{table_name(key.child_schema, key.child)}: {shown(key.name)}"
            found[place] = f"{count} {rows} to nothing in {parent}"
    return found


def references_in(connection: Connection) -> list[Reference]:
    """The validated foreign keys of a database."""
    with (
        driver_errors("Reading the foreign keys"),
        connection.cursor(row_factory=class_row(Reference)) as cursor,
    ):
        return cursor.execute(query("foreign_keys_to_check")).fetchall()


def count_of_orphans(key: Reference) -> sql.Composed:
    """The query that counts rows whose key is whole and is missing in the referenced table."""
    own = [sql.SQL("child.{}").format(sql.Identifier(pair[0])) for pair in key.pairs]
    whole = AND.join(sql.SQL("{} IS NOT NULL").format(column) for column in own)
    parent = _table(key.parent_schema, key.parent, alone=key.parent_alone)
    missing = sql.SQL("({} AND NOT EXISTS (SELECT FROM {} AS parent WHERE {}))").format(
        whole, parent, AND.join(_equal(*pair) for pair in key.pairs)
    )
    return sql.SQL("SELECT pg_catalog.count(*) FROM {} AS child WHERE {}").format(
        _table(key.child_schema, key.child, alone=key.child_alone),
        OR.join([missing, _half(own)]) if key.match_full else missing,
    )


def _equal(
    own: str,
    other: str,
    schema: str,
    operator: str,
    collation_in: str | None,
    collation: str | None,
) -> sql.Composed:
    """The comparison that the foreign key's own trigger makes."""
    collate = sql.SQL(" COLLATE {}").format(sql.Identifier(collation_in or "", collation or ""))
    return sql.SQL("parent.{} OPERATOR({}.{}) child.{}{}").format(
        sql.Identifier(other),
        sql.Identifier(schema),
        # The catalog's own name, of signs alone.
        sql.SQL(operator),
        sql.Identifier(own),
        collate if collation else sql.SQL(""),
    )


def _half(own: list[sql.Composed]) -> sql.Composed:
    """True for a key of which some columns are NULL and some are not, which MATCH FULL refuses."""
    count = sql.SQL("pg_catalog.num_nulls({})").format(sql.SQL(", ").join(own))
    return sql.SQL("({} BETWEEN 1 AND {})").format(count, sql.Literal(len(own) - 1))


def _table(schema: str, name: str, *, alone: bool) -> sql.Composed:
    only = sql.SQL("ONLY ") if alone else sql.SQL("")
    return sql.SQL("{}{}").format(only, sql.Identifier(schema, name))
