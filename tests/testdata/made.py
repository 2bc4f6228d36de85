"""Makes bundles in a test's own transaction, and inserts them for real."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg import sql

from privaci_core.postgres.session import pin
from privaci_core.testdata.load_scenario import parse_scenario
from privaci_core.testdata.make_bundle import make_bundle
from privaci_core.testdata.spelled import identifier, raw
from privaci_core.testdata.target_facts import TargetFacts, read_facts

if TYPE_CHECKING:
    from psycopg import Connection

    from privaci_core.testdata.bundle import Bundle, Row

NONE_TAKEN = sql.SQL("(SELECT NULL::text AS relation, NULL::jsonb AS key WHERE false)")


def built(connection: Connection[Any], ddl: str) -> TargetFacts:
    """The facts of a database in which some statements were run."""
    pin(connection)
    connection.execute(ddl.encode())
    return read_facts(connection)


def bundle_of(
    connection: Connection[Any],
    facts: TargetFacts,
    rows: str,
    *,
    seed: str = "seed",
    taken: sql.Composable = NONE_TAKEN,
    constraints: dict[str, Any] | None = None,
) -> Bundle:
    """The bundle of a scenario with these rows."""
    scenario = parse_scenario(f"scenario_id: a\n{rows}")
    return make_bundle(
        connection, facts, scenario, constraints or {}, run="run", seed=seed, taken=taken
    )


def insert(connection: Connection[Any], facts: TargetFacts, bundle: Bundle) -> None:
    """Insert what a bundle creates, as a run does; deferred constraints are checked too."""
    for row in bundle.rows:
        if not row.found:
            insert_row(connection, facts, row)
    connection.execute("SET CONSTRAINTS ALL IMMEDIATE")


def insert_row(connection: Connection[Any], facts: TargetFacts, row: Row) -> None:
    """Insert one row."""
    table = facts.table(row.table)
    columns = [table.columns[name] for name in row.values]
    casts = [sql.SQL("(%s::text)::{}").format(raw(facts.cast_type)) for facts in columns]
    statement = sql.SQL("INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE VALUES ({})").format(
        identifier(table.relation.schema, table.relation.name),
        sql.SQL(", ").join(identifier(each.name) for each in columns),
        sql.SQL(", ").join(casts),
    )
    if not columns:
        statement = sql.SQL("INSERT INTO {} DEFAULT VALUES").format(
            identifier(table.relation.schema, table.relation.name)
        )
    connection.execute(statement, list(row.values.values()))
