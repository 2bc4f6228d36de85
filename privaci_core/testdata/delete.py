"""Deletes rows of many tables by one statement, so that no order of them breaks a foreign key."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from privaci_core.postgres.driver_errors import what_failed
from privaci_core.testdata.hung_on import by_relation
from privaci_core.testdata.run_errors import ResetFailed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from privaci_core.catalog.catalog import Catalog
    from privaci_core.postgres.session import Connection
    from privaci_core.testdata.locate import Place

# Foreign keys are checked when the whole statement is done: tables that refer to one another, and
# rows that refer to themselves, go together.
DELETE = sql.SQL("""{} AS (
    DELETE FROM ONLY {} WHERE ctid = ANY (%s::pg_catalog.tid[]) RETURNING true)""")
COUNT = sql.SQL("(SELECT pg_catalog.count(*) FROM {})")
# What a session of others has done meanwhile: the reset begins again, and sees it.
MEANWHILE = (
    psycopg.errors.SerializationFailure,
    psycopg.errors.DeadlockDetected,
    # A row that was hung on one of these, and committed while its deletion waited.
    psycopg.errors.ForeignKeyViolation,
    # What PostgreSQL 18 says of it where the key restricts deletions.
    psycopg.errors.RestrictViolation,
)
TAKE_TIME = "Stop what still writes to rows of the run, then reset it again."


def delete_rows(
    connection: Connection, catalog: Catalog, rows: Iterable[Place], doing: str
) -> None:
    """Delete rows by their places; all of them, or none."""
    groups = by_relation(rows)
    if not groups:
        return
    names = [sql.Identifier(f"rows {number}") for number in range(len(groups))]
    tables = [catalog.by_oid[relation].identifier for relation in groups]
    statement = sql.SQL("WITH {} SELECT {}").format(
        sql.SQL(", ").join(map(DELETE.format, names, tables)),
        sql.SQL(", ").join(map(COUNT.format, names)),
    )
    try:
        counts = connection.execute(statement, list(groups.values())).fetchone() or ()
    except MEANWHILE:
        raise
    except psycopg.Error as error:
        raise ResetFailed(doing, what_failed(error), TAKE_TIME) from None
    for (relation, places), count in zip(groups.items(), counts, strict=True):
        if count < len(places):
            name = catalog.by_oid[relation].qualified
            why = f"a trigger of {name} keeps {len(places) - count} of its rows"
            raise ResetFailed(doing, why, "Let that trigger delete rows of tests.")
