"""What the queries of the checks read: it grows with the number of tables, not with its square."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from privaci_core.sql import query

if TYPE_CHECKING:
    from collections.abc import Iterator

    from privaci_core.postgres.session import Connection

pytestmark = pytest.mark.postgres

TABLES = 60


@pytest.fixture
def many(connection: Connection) -> Connection:
    """A database of many tables, each of which refers to the one before it."""
    for number in range(TABLES):
        refers = f"REFERENCES t{number - 1}" if number else ""
        connection.execute(
            f"CREATE TABLE t{number} (id int PRIMARY KEY, a text UNIQUE, b text, up int {refers})"
        )
    connection.execute("ANALYZE pg_catalog.pg_trigger")
    connection.execute("ANALYZE pg_catalog.pg_constraint")
    return connection


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A plan's node and all below it."""
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)


def explained(connection: Connection, name: str) -> list[dict[str, Any]]:
    """The nodes of a query's plan, with what each of them read."""
    explain = b"EXPLAIN (ANALYZE, VERBOSE, FORMAT JSON) " + query(name)
    (row,) = connection.execute(explain).fetchall()
    return list(nodes(row[0][0]["Plan"]))


def test_definitions_read_each_trigger_a_few_times(many: Connection) -> None:
    """Looking for disabled keys reads the triggers of all tables once, not once for each key."""
    (triggers,) = many.execute("SELECT count(*) FROM pg_catalog.pg_trigger").fetchone() or (0,)
    read = sum(
        (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
        for node in explained(many, "key_definitions")
        if node.get("Relation Name") == "pg_trigger"
    )
    assert triggers >= 4 * (TABLES - 1)
    assert read <= 3 * triggers


def test_the_size_of_a_table_is_asked_once(many: Connection) -> None:
    """A table of four columns is measured once for the search, not four times."""
    measured = [
        node["Actual Rows"] * node["Actual Loops"]
        for node in explained(many, "search_columns")
        if any("pg_table_size" in output for output in node["Output"])
    ]
    assert measured == [TABLES]
