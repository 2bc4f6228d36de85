"""A small database whose tables refer to one another, and refreshes of some of its tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
from builders.copies import KEYS

from privaci_core.policy import parse_policy
from privaci_core.prove.checks import verdicts
from privaci_core.prove.evidence import Evidence
from privaci_core.refresh.open import finished
from privaci_core.refresh.steps import copy_database
from privaci_core.target.claim import Claim

if TYPE_CHECKING:
    from collections.abc import Iterable

    from privaci_core.target.claim import Along

SOURCE = """
CREATE TABLE city (id int PRIMARY KEY, name text UNIQUE);
CREATE TABLE person (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, city int REFERENCES city ON DELETE CASCADE,
    boss int REFERENCES person, email text UNIQUE,
    upper text GENERATED ALWAYS AS (upper(email)) STORED
);
CREATE TABLE visit (
    id int, person int REFERENCES person, at date, note text, PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
CREATE TABLE visit_1 PARTITION OF visit FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE visit_2 PARTITION OF visit FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE "odd name" ("a%b" int PRIMARY KEY, note text);
CREATE MATERIALIZED VIEW emails AS SELECT upper FROM person ORDER BY id;
INSERT INTO city SELECT n, 'city ' || n FROM generate_series(1, 5) AS n;
INSERT INTO person (city, boss, email)
    SELECT 1 + n % 5, nullif(n / 2, 0), 'nimue' || n || '@corp.example'
    FROM generate_series(1, 50) AS n;
INSERT INTO visit
    SELECT n, 1 + n % 50, date '2024-06-01' + n, 'note' FROM generate_series(1, 400) AS n;
INSERT INTO "odd name" VALUES (1, 'one');
REFRESH MATERIALIZED VIEW emails;
"""
POLICY = parse_policy("""version: "1.0"
auto_detect: false
on_existing_data: drop_create
tables: {public.person: {columns: {email: {action: fake, provider: email}}}}
""")
SWAPS = parse_policy("""version: "1.0"
auto_detect: false
on_existing_data: swap
tables: {public.person: {columns: {email: {action: fake, provider: email}}}}
""")
NULLS = parse_policy("""version: "1.0"
auto_detect: false
on_existing_data: drop_create
tables: {public.person: {null_orphan_fks: true}}
""")


def run(dsn: str, statements: str) -> None:
    """Run statements, each committed."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(statements.encode())


def rows(dsn: str, query: str) -> list[Any]:
    """The rows of a query."""
    with psycopg.connect(dsn) as connection:
        return connection.execute(query.encode()).fetchall()


def refresh(
    source: str,
    target: str,
    tables: Iterable[str],
    *,
    along: Along = frozenset(),
    policy: Any = POLICY,
) -> Any:
    """Refresh some tables."""
    claim = Claim(tables=frozenset(f"public.{table}" for table in tables), along=along)
    return copy_database(source, target, policy, KEYS, claim=claim)


def wrong(source: str, target: str, policy: Any = POLICY) -> dict[str, Any]:
    """What the checks find in the published target, the source masked once more."""
    with finished(source, target, policy, KEYS) as opened_copy:
        evidence = Evidence(
            copy=opened_copy.copy, source=opened_copy.connections.source, remasks=True
        )
        return {
            name: verdict.wrong for name, verdict in verdicts(evidence).items() if verdict.wrong
        }


def left_beside(dsn: str) -> list[str]:
    """The databases beside the target that a refresh of tables left."""
    name = rows(dsn, "SELECT current_database()")[0][0]
    with psycopg.connect(dsn) as connection:
        query = "SELECT datname FROM pg_database WHERE datname LIKE %s || '%%tables'"
        return [row[0] for row in connection.execute(query, [name[:50]]).fetchall()]
