"""A target that is emptied and stays empty keeps nothing of its earlier rows in statistics."""

from __future__ import annotations

import os
import uuid
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from substrate.databases import name_of, run

from privaci_core.errors import CopyError
from privaci_core.masks import Keys
from privaci_core.policy import parse_policy
from privaci_core.refresh.steps import copy_database
from privaci_core.target.remembered import OWNERS_CAN_CLEAR, forget_rows, refuse_remembered

if TYPE_CHECKING:
    from substrate.databases import Databases

pytestmark = pytest.mark.postgres

KEYS = Keys.of(b"a salt of the test suite, long enough")
SCHEMA = """
CREATE TABLE person (id int PRIMARY KEY, email text NOT NULL CHECK (email <> ''), tags text[]);
CREATE INDEX lowered ON person (lower(email));
CREATE STATISTICS together (mcv) ON email, id FROM person;
CREATE VIEW people AS SELECT email FROM person;
CREATE MATERIALIZED VIEW mails AS SELECT email FROM person;
CREATE TABLE part (email text) PARTITION BY LIST (email);
CREATE TABLE part_1 PARTITION OF part DEFAULT;
"""
ROWS = """
INSERT INTO person SELECT n, 'p' || n % 3 || '@corp.example', ARRAY['p' || n % 3]
FROM generate_series(1, 30) AS n;
INSERT INTO part SELECT email FROM person;
REFRESH MATERIALIZED VIEW mails;
ANALYZE person, part, part_1, mails;
"""
REMEMBERED = """
SELECT schemaname, tablename, attname FROM pg_stats
WHERE schemaname = 'public' AND concat(most_common_vals, histogram_bounds, most_common_elems) <> ''
UNION ALL SELECT statistics_schemaname, statistics_name, '' FROM pg_stats_ext
WHERE most_common_vals IS NOT NULL
"""
POLICY = 'version: "1.0"\nauto_detect: false\non_existing_data: truncate\n'


@pytest.mark.parametrize("strategy", ["", "tables: {public.person: {strategy: empty}}"])
def test_a_truncated_target_forgets_its_rows(source_db: str, target_db: str, strategy: str) -> None:
    """Whether the source is empty now, or the policy leaves a table empty."""
    run(source_db, SCHEMA)
    run(target_db, SCHEMA, *ROWS.split(";\n"))
    if strategy:
        run(source_db, "INSERT INTO person VALUES (1, 'now@corp.example')")
    with psycopg.connect(target_db) as target:
        assert len(target.execute(REMEMBERED).fetchall()) > 5
    copy_database(source_db, target_db, parse_policy(POLICY + strategy), KEYS)
    with psycopg.connect(target_db) as target:
        assert target.execute(REMEMBERED).fetchall() == []


@pytest.mark.parametrize("who", ["superuser", "owner"])
def test_rows_are_forgotten_or_refused(every_server: Databases, who: str) -> None:
    """A superuser can on every version, an owner since 18; else rows of no refresh are refused."""
    dsn = every_server.create()
    role = f"owner_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{uuid.uuid4().hex[:8]}"
    user = make_conninfo(dsn, user=role)
    try:
        run(dsn, f"CREATE ROLE {role} LOGIN {'SUPERUSER' if who == 'superuser' else ''}")
        run(dsn, f"ALTER DATABASE {name_of(dsn)} OWNER TO {role}")
        run(dsn, f"GRANT CREATE ON SCHEMA public TO {role}")
        run(user, *SCHEMA.strip().split(";\n"), *ROWS.strip().split(";\n"))
        with psycopg.connect(user, autocommit=True) as target:
            target.execute("DROP STATISTICS together")
            target.execute("REFRESH MATERIALIZED VIEW mails WITH NO DATA")
            target.execute("TRUNCATE person, part_1")
            forget_rows(target)
            target.execute("ANALYZE person, part, part_1, mails")
            left = target.execute(REMEMBERED).fetchall()
            if who == "owner" and target.info.server_version < OWNERS_CAN_CLEAR:
                with pytest.raises(CopyError, match="4 tables or indexes without rows") as raised:
                    refuse_remembered(target)
                assert "corp.example" not in str(raised.value)
                target.execute("CREATE SCHEMA _privaci")
                target.execute("CREATE TABLE _privaci.audit_log (entry bigint)")
                refuse_remembered(target)
            else:
                assert left == []
                refuse_remembered(target)
    finally:
        every_server.drop(dsn)
        run(every_server.maintenance, f"DROP ROLE IF EXISTS {role}")


def test_rows_that_are_there_are_no_reason_to_refuse(
    connection: psycopg.Connection[tuple[object, ...]],
) -> None:
    """Nor is a parent whose children have all rows."""
    connection.execute("CREATE TABLE parent (a text)")
    connection.execute("CREATE TABLE child () INHERITS (parent)")
    connection.execute("INSERT INTO child SELECT 'many' FROM generate_series(1, 9)")
    connection.execute("CREATE INDEX few ON child (lower(a)) WHERE a = 'other'")
    connection.execute("ANALYZE parent, child")
    refuse_remembered(connection)
