"""Looks for orphans: rows whose validated foreign key refers to no row of the target.

Postgres says that a key is valid once it was validated; triggers that are off let rows in after.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql

from privaci_core.catalog.foreign_keys import MATCH_FULL, read_foreign_keys
from privaci_core.postgres.driver_errors import driver_errors

if TYPE_CHECKING:
    from privaci_core.catalog.foreign_keys import ForeignKey
    from privaci_core.postgres.session import Connection

AND, OR = sql.SQL(" AND "), sql.SQL(" OR ")
ABSENT = sql.SQL("({whole} AND NOT EXISTS (SELECT FROM {parents} AS parent WHERE {refers}))")
# As the key's own trigger asks.
UNCOVERED = sql.SQL(
    "({whole} AND ({own} OPERATOR(pg_catalog.<@) (SELECT pg_catalog.range_agg(parent.{other})"
    " FROM {parents} AS parent WHERE {refers})) IS NOT TRUE)"
)


def orphans(target: Connection) -> dict[str, str]:
    """How many rows of a foreign key refer to nothing, in words, by key; empty if all are whole."""
    found = {}
    for key in references_in(target):
        count = orphans_of(target, key)
        if count:
            rows = "row refers" if count == 1 else "rows refer"
            found[key.place] = f"{count} {rows} to nothing in {key.parent_name}"
    return found


def orphans_of(target: Connection, key: ForeignKey) -> int:
    """How many rows of a foreign key refer to nothing."""
    with driver_errors(f"Counting the orphans of the foreign key {key.name}"):
        return int((target.execute(count_of_orphans(key)).fetchone() or (0,))[0])


def references_in(connection: Connection) -> list[ForeignKey]:
    """The validated foreign keys of a database."""
    return [key for key in every_reference_in(connection) if key.validated]


def every_reference_in(connection: Connection) -> list[ForeignKey]:
    """The foreign keys of a database by name, also those that were added as NOT VALID."""
    with driver_errors("Reading the foreign keys"):
        found = read_foreign_keys(connection)
    return sorted(found, key=lambda key: (key.child_schema, key.child, key.name))


def count_of_orphans(key: ForeignKey) -> sql.Composed:
    """The query that counts rows whose key is whole and is missing in the referenced table."""
    return sql.SQL("SELECT pg_catalog.count(*) FROM {} AS child WHERE {}").format(
        key.children, is_orphan(key)
    )


def is_orphan(key: ForeignKey) -> sql.Composed:
    """True for a row `child` whose key is whole and is missing in the referenced table."""
    own = [sql.SQL("child.{}").format(sql.Identifier(name)) for name in key.columns]
    whole = AND.join(sql.SQL("{} IS NOT NULL").format(column) for column in own)
    referred = UNCOVERED if key.period else ABSENT
    missing = referred.format(
        whole=whole,
        parents=key.parents,
        refers=refers_to_parent(key),
        own=own[-1],
        other=sql.Identifier(key.referenced_columns[-1]),
    )
    return OR.join([missing, _half(own)]) if key.match == MATCH_FULL else missing


def refers_to_parent(key: ForeignKey) -> sql.Composed:
    """True for a row `child` that refers to the row `parent`."""
    pairs = zip(key.referenced_columns, key.columns, key.operators, key.collations, strict=True)
    return AND.join(_equal(*pair) for pair in pairs)


def _equal(other: str, own: str, operator: str, collation: str) -> sql.Composed:
    """The comparison that the foreign key's own trigger makes."""
    # As the catalog's reader has quoted both.
    collate = sql.SQL(" " + collation if collation else "")
    return sql.SQL("parent.{} {} child.{}{}").format(
        sql.Identifier(other), sql.SQL(operator), sql.Identifier(own), collate
    )


def _half(own: list[sql.Composed]) -> sql.Composed:
    """True for a key of which some columns are NULL and some are not, which MATCH FULL refuses."""
    count = sql.SQL("pg_catalog.num_nulls({})").format(sql.SQL(", ").join(own))
    return sql.SQL("({} BETWEEN 1 AND {})").format(count, sql.Literal(len(own) - 1))
