"""Finds rows of the target that a scenario asks for, and locks those that it reserves."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NoReturn

import psycopg
from psycopg import sql

from privaci_core.testdata.bundle import Row
from privaci_core.testdata.errors import NothingToFind
from privaci_core.testdata.free_rows import is_free, key_of
from privaci_core.testdata.given_values import plain_text, unfit
from privaci_core.testdata.judge import misfit
from privaci_core.testdata.savepoint import question, set_savepoint
from privaci_core.testdata.spelled import identifier, raw

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from privaci_core.testdata.filling import Filling
    from privaci_core.testdata.scenario import Find
    from privaci_core.testdata.table_facts import ColumnFacts, TableFacts

# Rows that are looked at again because another run reserved them in that moment.
ROUNDS = 20


def find_rows(
    filling: Filling, role: str, rule: Find, table: TableFacts, where: Mapping[str, Any]
) -> list[Row]:
    """The first rows, in the order of their key, that are as the scenario says and free."""
    before = [row.key for row in filling.rows if row.table == table.name and row.found]
    found: list[Row] = []
    for _ in range(ROUNDS):
        taken = [*before, *(row.key for row in found)]
        wanted = rule.count - len(found)
        some = _selected(filling, rule, table, where, taken, wanted)
        # Another run may have reserved a row between the query and the lock: ask once more.
        kept = _still_free(filling, table, some) if rule.reserve else some
        found.extend(_row(role, rule, table, values) for values in kept)
        if len(found) == rule.count or not some:
            break
    if len(found) < rule.count:
        raise NothingToFind(
            f"Finding {role} in {table.name}",
            f"{len(found)} of {rule.count} rows that it asks for are free",
            "Reset runs that hold some, ask for fewer, or let the scenario create them.",
        )
    numbered = [_numbered(row, number) for number, row in enumerate(found, 1)]
    filling.rows.extend(numbered)
    if rule.reserve:
        set_savepoint(filling.connection)
    return numbered


def _selected(
    filling: Filling,
    rule: Find,
    table: TableFacts,
    where: Mapping[str, Any],
    taken: Sequence[Mapping[str, str]],
    count: int,
) -> list[dict[str, str | None]]:
    conditions, values = [is_free(table, filling.taken)], []
    for name, value in where.items():
        condition, more = _condition(table.columns[name], value)
        conditions.append(condition)
        values.extend(more)
    if taken:
        conditions.append(sql.SQL("NOT ({} = ANY (%s::pg_catalog.jsonb[]))").format(key_of(table)))
        values.append([json.dumps(each) for each in taken])
    statement = sql.SQL("SELECT {} FROM {} AS one WHERE {} ORDER BY {} LIMIT %s{}").format(
        sql.SQL(", ").join(
            sql.SQL("{}::pg_catalog.text").format(identifier("one", name)) for name in table.columns
        ),
        identifier(table.relation.schema, table.relation.name),
        sql.SQL(" AND ").join(conditions),
        sql.SQL(", ").join(identifier("one", name) for name in table.row_key),
        # Rows of other runs may refer to one that is reserved: they need its key alone.
        sql.SQL(" FOR NO KEY UPDATE OF one SKIP LOCKED" if rule.reserve else ""),
    )
    try:
        with question(filling.connection):
            rows = filling.connection.execute(statement, [*values, count]).fetchall()
    except (psycopg.DataError, psycopg.errors.UndefinedFunction):
        _refuse_where(filling, table, where)
    return [dict(zip(table.columns, row, strict=True)) for row in rows]


def _refuse_where(filling: Filling, table: TableFacts, where: Mapping[str, Any]) -> NoReturn:
    """Name the column whose value is none of its type, or that cannot be compared."""
    texts = {
        name: plain_text(each)
        for name, value in where.items()
        for each in (value if isinstance(value, list) else [value])
        if each is not None
    }
    column = misfit(filling.connection, table, texts)
    named = column or ", ".join(where)
    cause = "its value is not of its type" if column else "it cannot be compared with a value"
    raise unfit(table, named, cause, "Correct the `where` of the scenario, or the constraint.")


def _condition(facts: ColumnFacts, value: Any) -> tuple[sql.Composable, list[Any]]:
    """A condition on a column, and its parameters."""
    column = identifier("one", facts.name)
    if value is None:
        return sql.SQL("{} IS NULL").format(column), []
    if isinstance(value, list) and not facts.column.is_array:
        parts = [_condition(facts, each) for each in value] or [(sql.SQL("false"), [])]
        either = sql.SQL(" OR ").join(condition for condition, _ in parts)
        return sql.SQL("({})").format(either), [each for _, more in parts for each in more]
    same = sql.SQL("{} = (%s::pg_catalog.text)::{}").format(column, raw(facts.cast_type))
    return same, [plain_text(value)]


def _still_free(
    filling: Filling, table: TableFacts, rows: Sequence[dict[str, str | None]]
) -> list[dict[str, str | None]]:
    """The locked rows that no other run has reserved, as this moment's snapshot shows."""
    keys = [json.dumps(_key(table, row)) for row in rows]
    statement = sql.SQL(
        "SELECT taken.key::pg_catalog.text FROM {} AS taken"
        " WHERE taken.relation = %s AND taken.key = ANY (%s::pg_catalog.jsonb[])"
    ).format(filling.taken)
    taken = [
        json.loads(key) for (key,) in filling.connection.execute(statement, [table.name, keys])
    ]
    return [row for row in rows if _key(table, row) not in taken]


def _key(table: TableFacts, row: Mapping[str, str | None]) -> dict[str, str]:
    return {name: row[name] or "" for name in table.row_key}


def _row(role: str, rule: Find, table: TableFacts, values: dict[str, str | None]) -> Row:
    return Row(
        role=role,
        number=0,
        table=table.name,
        values=values,
        key=_key(table, values),
        found=True,
        reserve=rule.reserve,
    )


def _numbered(row: Row, number: int) -> Row:
    return Row(
        role=row.role,
        number=number,
        table=row.table,
        values=row.values,
        key=row.key,
        found=row.found,
        reserve=row.reserve,
    )
