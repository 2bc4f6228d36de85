"""Evaluates the rules of a scenario on its rows, before any of them is written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

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


def holding(
    connection: Connection,
    rules: Sequence[str],
    tables: Mapping[str, TableFacts],
    rows: Mapping[str, Sequence[Row]],
) -> list[bool]:
    """Which rules are true of the first rows of all roles, of the second ones, and so on.

    A role of fewer rows begins again. What is NULL is not true.
    """
    asked = [_questions(rule, tables, rows) for rule in rules]
    found = _answers(connection, [each for group in asked for each in group])
    if found is None and len(rules) > 1:
        # One of them ends with an error: each is asked by itself.
        return [holding(connection, [rule], tables, rows)[0] for rule in rules]
    if found is None:
        return [False for _ in rules]
    answers = iter(found)
    # A group's answers are taken even if its first one is no.
    grouped = [[next(answers) is True for _ in group] for group in asked]
    return [all(group) for group in grouped]


def _answers(
    connection: Connection, questions: Sequence[tuple[sql.Composed, list[str | None]]]
) -> tuple[Any, ...] | None:
    """What the server says to each question; None if one of them ends with an error."""
    if not questions:
        return ()
    statement = sql.SQL("SELECT {}").format(sql.SQL(", ").join(part for part, _ in questions))
    values = [value for _, more in questions for value in more]
    try:
        with question(connection):
            found: tuple[Any, ...] | None = connection.execute(statement, values).fetchone()
    except psycopg.Error:
        return None
    return found


def _questions(
    rule: str, tables: Mapping[str, TableFacts], rows: Mapping[str, Sequence[Row]]
) -> list[tuple[sql.Composed, list[str | None]]]:
    """A rule as a question about each group of rows that go together, with its parameters."""
    condition = compiled(rule, tables).as_string(None).replace("%", "%%")
    named = {role: each for role, each in rows.items() if each and _names(rule, role)}
    questions = []
    for place in range(max((len(each) for each in named.values()), default=1)):
        chosen = {role: each[place % len(each)] for role, each in named.items()}
        parts = [_as_table(role, tables[role], row, rule) for role, row in chosen.items()]
        text = sql.SQL("(SELECT {} FROM {})").format(
            sql.SQL(condition),
            sql.SQL(", ").join([*(part for part, _ in parts), sql.SQL("(SELECT) AS nothing")]),
        )
        questions.append((text, [value for _, more in parts for value in more]))
    return questions


def _as_table(
    role: str, table: TableFacts, row: Row, rule: str
) -> tuple[sql.Composed, list[str | None]]:
    """A row as a table of its role's name; what the server will compute, it computes here.

    Columns that a rule does not name are left out, unless it names one that is computed.
    """
    named = [facts for facts in table.columns.values() if facts.name in rule]
    every = list(table.columns.values())
    of_rule = every if any(facts.is_generated for facts in named) else named
    known = [facts for facts in of_rule if facts.name in row.values]
    casts = sql.SQL(", ").join(
        sql.SQL("(%s::pg_catalog.text)::{} AS {}").format(
            raw(facts.cast_type), identifier(facts.name)
        )
        for facts in known
    )
    made = [
        sql.SQL(", ({}) AS {}").format(raw(facts.expression or "NULL"), identifier(facts.name))
        for facts in of_rule
        if facts.is_generated and facts.name not in row.values
    ]
    whole = sql.SQL("(SELECT *{} FROM (SELECT {}) AS {}) AS {}").format(
        sql.SQL("").join(made), casts, identifier(table.relation.name), identifier(role)
    )
    return whole, [row.values[facts.name] for facts in known]


def _names(rule: str, role: str) -> bool:
    return re.search(rf"\b{role}\b", rule) is not None
