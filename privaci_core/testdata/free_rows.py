"""Says in SQL which rows belong to no other run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql

from privaci_core.testdata.spelled import identifier

if TYPE_CHECKING:
    from privaci_core.testdata.table_facts import TableFacts


def key_of(table: TableFacts) -> sql.Composable:
    """The key of a row `one` as jsonb: column to text form."""
    parts = [
        part
        for name in table.row_key
        for part in (
            sql.Literal(name.replace("%", "%%")),
            sql.SQL("{}::pg_catalog.text").format(identifier("one", name)),
        )
    ]
    return sql.SQL("pg_catalog.jsonb_build_object({})").format(sql.SQL(", ").join(parts))


def is_free(table: TableFacts, taken: sql.Composable) -> sql.Composable:
    """A condition on a row `one`: no other run reserved or created it."""
    if not table.row_key:
        return sql.SQL("true")
    # OFFSET keeps it a look into the index for each row: of a registry that grows, no statistics
    # are right, and a join would read all of it for every row.
    return sql.SQL(
        "NOT EXISTS (SELECT FROM {} AS taken WHERE taken.relation = {} AND taken.key = {} OFFSET 0)"
    ).format(taken, sql.Literal(table.name.replace("%", "%%")), key_of(table))
