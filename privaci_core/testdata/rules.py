"""Evaluates the rules of a scenario on its rows, before any of them is written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from privaci_core.plan.conditions import compile_rule
from privaci_core.testdata.savepoint import question
from privaci_core.testdata.spelled import identifier, raw

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from privaci_core.postgres.session import Connection
    from privaci_core.testdata.bundle import Row
    from privaci_core.testdata.table_facts import TableFacts


def compiled(rule: str, tables: Mapping[str, TableFacts]) -> sql.Composable:
    """A rule as SQL; raises ConditionError."""
    columns = {
        role: [facts.column for facts in table.columns.values()] for role, table in tables.items()
    }
    return compile_rule(rule, columns)


def holds(
    connection: Connection,
    rule: str,
    tables: Mapping[str, TableFacts],
    rows: Mapping[str, Sequence[Row]],
) -> bool:
    """Whether a rule is true of the first rows of all roles, of the second ones, and so on.

    A role of fewer rows begins again. What is NULL is not true.
    """
    condition = compiled(rule, tables).as_string(None).replace("%", "%%")
    named = {role: each for role, each in rows.items() if each and _names(rule, role)}
    for place in range(max((len(each) for each in named.values()), default=1)):
        chosen = {role: each[place % len(each)] for role, each in named.items()}
        parts, values = [], []
        for role, row in chosen.items():
            part, more = _as_table(role, tables[role], row)
            parts.append(part)
            values.extend(more)
        statement = sql.SQL("SELECT {} FROM {}").format(
            sql.SQL(condition),
            sql.SQL(", ").join([*parts, sql.SQL("(SELECT) AS nothing")]),
        )
        try:
            with question(connection):
                found = connection.execute(statement, values).fetchone()
        except psycopg.Error:
            return False
        if found is None or found[0] is not True:
            return False
    return True


def _as_table(role: str, table: TableFacts, row: Row) -> tuple[sql.Composed, list[str | None]]:
    """A row as a table of its role's name; what the server will compute, it computes here."""
    known = [facts for facts in table.columns.values() if facts.name in row.values]
    casts = sql.SQL(", ").join(
        sql.SQL("(%s::pg_catalog.text)::{} AS {}").format(
            raw(facts.cast_type), identifier(facts.name)
        )
        for facts in known
    )
    made = [
        sql.SQL(", ({}) AS {}").format(raw(facts.expression or "NULL"), identifier(facts.name))
        for facts in table.columns.values()
        if facts.is_generated and facts.name not in row.values
    ]
    whole = sql.SQL("(SELECT *{} FROM (SELECT {}) AS {}) AS {}").format(
        sql.SQL("").join(made), casts, identifier(table.relation.name), identifier(role)
    )
    return whole, [row.values[facts.name] for facts in known]


def _names(rule: str, role: str) -> bool:
    return re.search(rf"\b{role}\b", rule) is not None
