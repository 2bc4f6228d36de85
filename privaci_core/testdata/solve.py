"""Looks for values that meet checks, by asking the server about many candidate rows at once."""

from __future__ import annotations

from itertools import combinations, islice, product
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from privaci_core.testdata.candidates import candidates
from privaci_core.testdata.judge import meeting
from privaci_core.testdata.spelled import identifier

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from privaci_core.postgres.session import Connection
    from privaci_core.testdata.constraint_facts import CheckFacts
    from privaci_core.testdata.draw import Draw
    from privaci_core.testdata.filling import Draft
    from privaci_core.testdata.table_facts import TableFacts

# Candidate rows of the first question, of each later one, and in all.
FIRST, TOGETHER, MOST = 40, 400, 4000
# Columns that are changed at once.
MOST_COLUMNS = 4
# Rows of the table whose values are tried.
EXISTING = 100


def solution(
    connection: Connection,
    draft: Draft,
    checks: Sequence[CheckFacts],
    free: Sequence[str],
    unlinked: Sequence[str],
    draw: Draw,
) -> dict[str, str | None] | None:
    """A row that meets the checks and differs from a draft in few of the free columns.

    Columns of `unlinked` keep their value or become NULL.
    """
    table, row = draft.table, draft.values
    named = {name for check in checks for name in check.columns}
    beside = {name: row.get(name) for name in sorted(named)}
    pools = {
        name: candidates(table.columns[name], checks, beside, draw.key(name)) for name in free
    } | {name: [row.get(name), None] for name in unlinked}
    tries = islice(_tries(connection, table, row, pools, free), MOST)
    count = FIRST
    while asked := list(islice(tries, count)):
        found = _meeting(connection, table, checks, asked)
        if found:
            # A row that meets the checks may have a key that is taken: the next attempt moves on.
            return found[draw.attempt // 2 % len(found)]
        count = TOGETHER
    return None


def _meeting(
    connection: Connection,
    table: TableFacts,
    checks: Sequence[CheckFacts],
    asked: Sequence[dict[str, str | None]],
) -> list[dict[str, str | None]]:
    """The rows that meet the checks; where one of them ends the question, half of them each."""
    try:
        return [asked[place] for place in meeting(connection, table, checks, asked)]
    except psycopg.Error:
        if len(asked) == 1:
            return []
    middle = len(asked) // 2
    first = _meeting(connection, table, checks, asked[:middle])
    return first or _meeting(connection, table, checks, asked[middle:])


def _tries(
    connection: Connection,
    table: TableFacts,
    row: Mapping[str, str | None],
    pools: Mapping[str, list[str | None]],
    free: Sequence[str],
) -> Iterator[dict[str, str | None]]:
    """Rows to ask about: few changes first, then values of existing rows, then more changes."""
    yield dict(row)
    yield from _changed(row, pools, 1)
    for existing in _existing(connection, table, free):
        yield {**row, **existing}
    for count in range(2, min(len(pools), MOST_COLUMNS) + 1):
        yield from _changed(row, pools, count)


def _changed(
    row: Mapping[str, str | None], pools: Mapping[str, list[str | None]], count: int
) -> Iterator[dict[str, str | None]]:
    for names in combinations(pools, count):
        for values in product(*(pools[name] for name in names)):
            yield {**row, **dict(zip(names, values, strict=True))}


def _existing(
    connection: Connection, table: TableFacts, free: Sequence[str]
) -> list[dict[str, str | None]]:
    """What existing rows have in these columns: they meet every check that is in force."""
    if not free:
        return []
    columns = sql.SQL(", ").join(
        sql.SQL("{}::pg_catalog.text").format(identifier(name)) for name in free
    )
    few = sql.SQL("(SELECT * FROM {} LIMIT %s) AS few").format(
        identifier(table.relation.schema, table.relation.name)
    )
    statement = sql.SQL("SELECT DISTINCT {} FROM {}").format(columns, few)
    rows = connection.execute(statement, [EXISTING]).fetchall()
    return [dict(zip(free, row, strict=True)) for row in rows]
