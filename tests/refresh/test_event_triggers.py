"""Event triggers of the source are copied, and do not fire on a refresh's own DDL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from substrate.databases import run

from privaci_core.masks import Keys
from privaci_core.policy import parse_policy
from privaci_core.refresh.steps import copy_database

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.postgres

KEYS = Keys.of(b"a salt of the test suite, long enough")
# A log of DDL, as people keep one; the trigger's own table and others follow it by name.
SCHEMA = (
    "CREATE TABLE ddl_log (at timestamptz DEFAULT now(), tag text)",
    "CREATE TABLE t (id int PRIMARY KEY, other int)",
    "CREATE INDEX t_other ON t (other)",
    "CREATE MATERIALIZED VIEW m AS SELECT id FROM t",
    """CREATE FUNCTION log_ddl() RETURNS event_trigger LANGUAGE plpgsql
       AS $$ BEGIN INSERT INTO public.ddl_log (tag) VALUES (tg_tag); END $$""",
    "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$",
    "CREATE TRIGGER z_touch BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION touch()",
    "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
    "CREATE POLICY p ON t USING (true)",
    "CREATE EVENT TRIGGER a_log ON ddl_command_end EXECUTE FUNCTION log_ddl()",
    "CREATE EVENT TRIGGER b_off ON sql_drop EXECUTE FUNCTION log_ddl()",
    "ALTER EVENT TRIGGER b_off DISABLE",
    "CREATE EVENT TRIGGER c_always ON ddl_command_start EXECUTE FUNCTION log_ddl()",
    "ALTER EVENT TRIGGER c_always ENABLE ALWAYS",
    "COMMENT ON EVENT TRIGGER a_log IS 'keeps what was changed'",
    "INSERT INTO t VALUES (1, 2)",
    "TRUNCATE ddl_log",
    "INSERT INTO ddl_log (tag) VALUES ('the only row')",
)
STATES = "SELECT evtname, evtenabled::text FROM pg_event_trigger ORDER BY 1"
EXPECTED = [("a_log", "O"), ("b_off", "D"), ("c_always", "A")]


def asked(dsn: str, query: str) -> Any:
    """The rows of a query."""
    with psycopg.connect(dsn) as connection:
        return connection.execute(query.encode()).fetchall()


def copied(source: str, target: str, mode: str) -> None:
    """Copy unmasked."""
    text = f'version: "1.0"\nauto_detect: false\non_existing_data: {mode}\n'
    copy_database(source, target, parse_policy(text), KEYS)


@pytest.fixture
def logged(source_db: str) -> Iterator[str]:
    """A database that logs its DDL."""
    run(source_db, *SCHEMA)
    return source_db


@pytest.mark.parametrize("mode", ["fail", "drop_create", "swap", "truncate"])
def test_event_triggers_do_not_fire_on_our_own_ddl(logged: str, target_db: str, mode: str) -> None:
    """The target's log has the source's rows and no other, and each trigger its state."""
    for _ in range(1 if mode == "fail" else 2):
        copied(logged, target_db, mode)
        assert asked(target_db, "SELECT tag FROM ddl_log") == [("the only row",)]
        assert asked(target_db, STATES) == EXPECTED
    run(target_db, "CREATE TABLE later (id int)")
    assert asked(target_db, "SELECT count(*) FROM ddl_log WHERE tag = 'CREATE TABLE'") == [(2,)]
