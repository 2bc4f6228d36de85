"""Looks for rows that a deferrable key forbids: its trigger is silent while rows are exchanged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from psycopg import sql
from psycopg.rows import class_row

from privaci_core.errors import CopyError
from privaci_core.postgres.driver_errors import driver_errors
from privaci_core.postgres.names import shown, table_name
from privaci_core.sql import query

if TYPE_CHECKING:
    from collections.abc import Sequence

    from privaci_core.plan.plan import TablePlan
    from privaci_core.postgres.session import Connection

AND, COMMA = sql.SQL(" AND "), sql.SQL(", ")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeferrableKey:
    """A deferrable unique key or exclusion of one table."""

    schema: str
    table: str
    name: str
    # Columns and expressions as Postgres prints them.
    values: list[str]
    # What no two rows may be to one another; empty for a unique key.
    operators: list[str]
    predicate: str | None
    nulls_are_equal: bool


def refuse_duplicates(target: Connection, tables: Sequence[TablePlan], doing: str) -> None:
    """Refuse rows that a deferrable key of these tables would have refused."""
    for key in _keys(target, [table.identifier.as_string(target) for table in tables]):
        place = f"{shown(key.name)} of {table_name(key.schema, key.table)}"
        with driver_errors(f"Looking for rows that {place} forbids"):
            found = target.execute(_conflicts(key)).rowcount
        if found:
            raise CopyError(
                doing,
                f"new rows break the key {place}, and the old rows stay",
                "Give its columns masks whose results differ, such as hash or pseudonym.",
            )


def _keys(target: Connection, names: Sequence[str]) -> list[DeferrableKey]:
    with (
        driver_errors("Reading deferrable keys"),
        target.cursor(row_factory=class_row(DeferrableKey)) as cursor,
    ):
        return cursor.execute(query("deferrable_keys"), [names]).fetchall()


def _conflicts(key: DeferrableKey) -> sql.Composed:
    """A query that yields a row if two rows are in conflict."""
    names = [sql.Identifier(f"value {place}") for place, _ in enumerate(key.values)]
    # Postgres itself wrote the expressions, the predicate and the operators.
    values = COMMA.join(
        sql.SQL("({}) AS {}").format(sql.SQL(value), name)
        for value, name in zip(key.values, names, strict=True)
    )
    where = sql.SQL(f"WHERE {key.predicate}" if key.predicate else "")
    rows = sql.SQL("(SELECT ctid, {} FROM ONLY {} {})").format(
        values, sql.Identifier(key.schema, key.table), where
    )
    return _overlapping(key, rows, names) if key.operators else _repeated(key, rows, names)


def _repeated(
    key: DeferrableKey, rows: sql.Composed, names: Sequence[sql.Identifier]
) -> sql.Composed:
    whole = AND.join(sql.SQL("{} IS NOT NULL").format(name) for name in names)
    return sql.SQL("SELECT FROM {} AS t WHERE {} GROUP BY {} HAVING count(*) > 1 LIMIT 1").format(
        rows, sql.SQL("true") if key.nulls_are_equal else whole, COMMA.join(names)
    )


def _overlapping(
    key: DeferrableKey, rows: sql.Composed, names: Sequence[sql.Identifier]
) -> sql.Composed:
    pairs = AND.join(
        sql.SQL("one.{} {} other.{}").format(name, sql.SQL(operator), name)
        for name, operator in zip(names, key.operators, strict=True)
    )
    return sql.SQL(
        "SELECT FROM {} AS one JOIN {} AS other ON one.ctid <> other.ctid AND {} LIMIT 1"
    ).format(rows, rows, pairs)
