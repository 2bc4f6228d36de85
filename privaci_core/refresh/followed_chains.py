"""Makes a table that refers to itself quick to follow, from row to row, for one statement."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

if TYPE_CHECKING:
    from collections.abc import Iterator

    from privaci_core.catalog.foreign_keys import ForeignKey
    from privaci_core.postgres.session import Connection

INDEX = "privaci_followed_chain"
# Whether an index begins with a column of the key.
HAS_INDEX = """
SELECT EXISTS (
    SELECT FROM pg_catalog.pg_index JOIN pg_catalog.pg_attribute
        ON attrelid = indrelid AND attnum = indkey[0]
    WHERE indrelid = pg_catalog.to_regclass(%s) AND indisvalid AND indpred IS NULL
      AND attname = ANY (%s))
"""


@contextmanager
def quick_to_follow(target: Connection, key: ForeignKey, *, may_lock: bool) -> Iterator[None]:
    """Index a key's columns if nothing does, and tell the planner of the rows.

    Without an index each step of a chain reads the whole table: a long chain would take days.
    """
    table = sql.Identifier(key.child_schema, key.child)
    names = list(key.columns)
    known = target.execute(HAS_INDEX, [table.as_string(target), names]).fetchone() == (True,)
    indexes = may_lock and not known and _index(target, table, names)
    target.execute(sql.SQL("ANALYZE {}").format(table))
    # A merge reads the table from its beginning in each step.
    target.execute("SET LOCAL enable_mergejoin = off")
    yield
    target.execute("SET LOCAL enable_mergejoin = on")
    if indexes:
        target.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(key.child_schema, INDEX)))


def _index(target: Connection, table: sql.Identifier, names: list[str]) -> bool:
    """Index some columns; some values are too long for it, or have no order."""
    columns = sql.SQL(", ").join(map(sql.Identifier, names))
    create = sql.SQL("CREATE INDEX {} ON {} ({})").format(sql.Identifier(INDEX), table, columns)
    try:
        with target.transaction():
            target.execute(create)
    except psycopg.Error:
        return False
    return True
