"""Has the server judge rows before they are written: by checks, unique keys and exclusions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from privaci_core.testdata.constraint_facts import CheckFacts
from privaci_core.testdata.savepoint import question
from privaci_core.testdata.spelled import identifier, raw

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from privaci_core.postgres.session import Connection
    from privaci_core.testdata.constraint_facts import KeyFacts
    from privaci_core.testdata.table_facts import TableFacts

# Names that no column has by chance.
NUMBER, PART = "privaci number", "privaci part {}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What a row would break: which row of those asked about, and which constraint."""

    place: int
    constraint: CheckFacts | KeyFacts


def faults(
    connection: Connection, table: TableFacts, rows: Sequence[Mapping[str, str | None]]
) -> list[Fault]:
    """What these rows of a table would break, also among themselves; the later row is at fault.

    Raises the driver's error if a value is not of its column's type, or a condition fails.
    """
    constraints: list[CheckFacts | KeyFacts] = [*table.checks, *table.keys]
    with question(connection):
        found = connection.execute(_judging(table), _arrays(table, rows)).fetchall()
    return [
        Fault(place=place - 1, constraint=constraints[number]) for place, number in sorted(found)
    ]


def meeting(
    connection: Connection,
    table: TableFacts,
    checks: Sequence[CheckFacts],
    rows: Sequence[Mapping[str, str | None]],
) -> list[int]:
    """Which of these rows meet all of some checks."""
    narrow = _narrowed(table, checks)
    met = sql.SQL(" AND ").join(
        sql.SQL("({}) IS NOT FALSE").format(raw(check.expression)) for check in checks
    )
    statement = sql.SQL("{} SELECT {} FROM candidate AS {} WHERE {} ORDER BY 1").format(
        _candidates(narrow), identifier(NUMBER), identifier(table.relation.name), met
    )
    with question(connection):
        found = connection.execute(statement, _arrays(narrow, rows)).fetchall()
    return [place - 1 for (place,) in found]


def _narrowed(table: TableFacts, checks: Sequence[CheckFacts]) -> TableFacts:
    """The table with the columns alone that checks are about, unless some are generated."""
    named = {name for check in checks for name in check.columns}
    if not named or any(table.columns[name].is_generated for name in named):
        return table
    columns = {name: facts for name, facts in table.columns.items() if name in named}
    return replace(table, columns=columns)


def misfit(connection: Connection, table: TableFacts, row: Mapping[str, str | None]) -> str | None:
    """The first column whose value is not of its type."""
    for facts in table.filled:
        if row.get(facts.name) is None:
            continue
        cast = sql.SQL("SELECT (%s::text)::{}").format(raw(facts.cast_type))
        try:
            with question(connection):
                connection.execute(cast, [row[facts.name]])
        except psycopg.Error:
            return facts.name
    return None


def _arrays(table: TableFacts, rows: Sequence[Mapping[str, str | None]]) -> list[object]:
    """The rows as one array for each column: the statement is the same for any number of rows."""
    return [[row.get(facts.name) for row in rows] for facts in table.filled] + [len(rows)]


@lru_cache(maxsize=512)
def _judging(table: TableFacts) -> bytes:
    """The statement that judges rows of a table."""
    constraints: list[CheckFacts | KeyFacts] = [*table.checks, *table.keys]
    parts = [
        part for number, each in enumerate(constraints) for part in _parts(table, number, each)
    ]
    # A table without constraints: its rows are read, so that their values are cast.
    none = sql.SQL("SELECT {0}, 0 FROM candidate WHERE {0} < 0").format(identifier(NUMBER))
    judged = sql.SQL(" UNION ALL ").join([*parts, none])
    return sql.SQL("{} {}").format(_candidates(table), judged).as_bytes(None)


def _candidates(table: TableFacts) -> sql.Composed:
    """The rows as a table `candidate`: the columns of the real one, and a number."""
    casts = [
        sql.SQL("({})::{} AS {}").format(
            identifier("given", f"c{place}"), raw(facts.cast_type), identifier(facts.name)
        )
        for place, facts in enumerate(table.filled)
    ]
    arrays = [sql.SQL("%s::pg_catalog.text[]") for _ in table.filled]
    names = [identifier(f"c{place}") for place, _ in enumerate(table.filled)]
    number = identifier(NUMBER)
    made = [
        sql.SQL("({}) AS {}").format(raw(facts.expression or "NULL"), identifier(facts.name))
        for facts in table.columns.values()
        if facts.is_generated
    ]
    return sql.SQL(
        "WITH drawn AS (SELECT {columns} FROM {source} AS given ({names})),"
        " candidate AS MATERIALIZED (SELECT {outer} FROM drawn AS {table})"
    ).format(
        columns=sql.SQL(", ").join([*casts, sql.SQL("given.{0}").format(number)]),
        source=sql.SQL("ROWS FROM ({})").format(
            sql.SQL(", ").join(
                [
                    *(sql.SQL("pg_catalog.unnest({})").format(each) for each in arrays),
                    sql.SQL("pg_catalog.generate_series(1, %s)"),
                ]
            )
        ),
        names=sql.SQL(", ").join([*names, number]),
        outer=sql.SQL(", ").join([sql.SQL("*"), *made]),
        table=identifier(table.relation.name),
    )


def _parts(
    table: TableFacts, number: int, constraint: CheckFacts | KeyFacts
) -> Iterator[sql.Composed]:
    """Queries for the numbers of rows that break a constraint."""
    if isinstance(constraint, CheckFacts):
        yield sql.SQL("SELECT {}, {} FROM candidate AS {} WHERE NOT ({})").format(
            identifier(NUMBER),
            sql.Literal(number),
            identifier(table.relation.name),
            raw(constraint.expression),
        )
        return
    yield _conflict(
        table,
        number,
        constraint,
        identifier(table.relation.schema, table.relation.name),
        sql.SQL(""),
    )
    earlier = sql.SQL(" AND {} < mine.{}").format(identifier(NUMBER), identifier(NUMBER))
    yield _conflict(table, number, constraint, identifier("candidate"), earlier)


def _conflict(
    table: TableFacts,
    number: int,
    key: KeyFacts,
    others: sql.Composable,
    more: sql.Composable,
) -> sql.Composed:
    """A query for the rows that another row excludes."""
    alias = identifier(table.relation.name)
    where = raw(key.predicate or "true")
    parts = [
        sql.SQL("({}) AS {}").format(raw(expression), identifier(PART.format(place)))
        for place, expression in enumerate(key.expressions)
    ]
    return sql.SQL(
        "SELECT mine.{n}, {number} FROM (SELECT {n}, {parts} FROM candidate AS {alias}"
        " WHERE {where}) AS mine WHERE EXISTS (SELECT FROM {others} AS {alias}"
        " WHERE ({where}) AND {same}{more})"
    ).format(
        n=identifier(NUMBER),
        number=sql.Literal(number),
        parts=sql.SQL(", ").join(parts),
        alias=alias,
        where=where,
        others=others,
        same=sql.SQL(" AND ").join(_same(key)),
        more=more,
    )


def _same(key: KeyFacts) -> Iterator[sql.Composed]:
    pairs = zip(key.expressions, key.operators, strict=True)
    for place, (expression, operator) in enumerate(pairs):
        mine = identifier("mine", PART.format(place))
        same = sql.SQL("({}) {} {}").format(raw(expression), raw(operator), mine)
        if key.nulls_equal:
            both = sql.SQL("(({}) IS NULL AND {} IS NULL)").format(raw(expression), mine)
            same = sql.SQL("({} OR {})").format(same, both)
        yield same
