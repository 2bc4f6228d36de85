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
ABSENT = sql.SQL("({whole} AND NOT EXISTS (SELECT FROM {parents} AS parent WHERE {refers}))")
# As the key's own trigger asks.
UNCOVERED = sql.SQL(
    "({whole} AND ({own} OPERATOR(pg_catalog.<@) (SELECT pg_catalog.range_agg(parent.{other})"
    " FROM {parents} AS parent WHERE {refers})) IS NOT TRUE)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A foreign key, and how its columns are compared."""

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
    validated: bool = True
    # Whether its last pair is a period: the referenced rows together must cover the row's own.
    period: bool = False

    @property
    def place(self) -> str:
        """The key, as a person looks for it."""
        return f"{self.child_name}: {shown(self.name)}"

    @property
    def child_name(self) -> str:
        """The referencing table's name as a person reads it."""
        return table_name(self.child_schema, self.child)

    @property
    def parent_name(self) -> str:
        """The referenced table's name as a person reads it."""
        return table_name(self.parent_schema, self.parent)

    @property
    def children(self) -> sql.Composed:
        """The referencing rows' table, to follow FROM."""
        return _table(self.child_schema, self.child, alone=self.child_alone)

    @property
    def parents(self) -> sql.Composed:
        """The referenced rows' table, to follow FROM."""
        return _table(self.parent_schema, self.parent, alone=self.parent_alone)


def orphans(target: Connection) -> dict[str, str]:
    """How many rows of a foreign key refer to nothing, in words, by key; empty if all are whole."""
    found = {}
    for key in references_in(target):
        count = orphans_of(target, key)
        if count:
            rows = "row refers" if count == 1 else "rows refer"
            found[key.place] = f"{count} {rows} to nothing in {key.parent_name}"
    return found


def orphans_of(target: Connection, key: Reference) -> int:
    """How many rows of a foreign key refer to nothing."""
    with driver_errors(f"Counting the orphans of the foreign key {key.name}"):
        return int((target.execute(count_of_orphans(key)).fetchone() or (0,))[0])


def references_in(connection: Connection) -> list[Reference]:
    """The validated foreign keys of a database."""
    return [key for key in every_reference_in(connection) if key.validated]


def every_reference_in(connection: Connection) -> list[Reference]:
    """The foreign keys of a database, also those that were added as NOT VALID."""
    with (
        driver_errors("Reading the foreign keys"),
        connection.cursor(row_factory=class_row(Reference)) as cursor,
    ):
        return cursor.execute(query("foreign_keys_to_check")).fetchall()


def count_of_orphans(key: Reference) -> sql.Composed:
    """The query that counts rows whose key is whole and is missing in the referenced table."""
    return sql.SQL("SELECT pg_catalog.count(*) FROM {} AS child WHERE {}").format(
        key.children, is_orphan(key)
    )


def is_orphan(key: Reference) -> sql.Composed:
    """True for a row `child` whose key is whole and is missing in the referenced table."""
    own = [sql.SQL("child.{}").format(sql.Identifier(pair[0])) for pair in key.pairs]
    whole = AND.join(sql.SQL("{} IS NOT NULL").format(column) for column in own)
    referred = UNCOVERED if key.period else ABSENT
    missing = referred.format(
        whole=whole,
        parents=key.parents,
        refers=refers_to_parent(key),
        own=own[-1],
        other=sql.Identifier(key.pairs[-1][1]),
    )
    return OR.join([missing, _half(own)]) if key.match_full else missing


def refers_to_parent(key: Reference) -> sql.Composed:
    """True for a row `child` that refers to the row `parent`."""
    return AND.join(_equal(*pair) for pair in key.pairs)


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
