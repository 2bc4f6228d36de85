"""`drop_create` over a target that is full of other objects ends with the source's, whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest
from substrate.databases import name_of
from substrate.judge import differences

from privaci_core.errors import PreflightError
from privaci_core.masks import Keys
from privaci_core.policy import parse_policy
from privaci_core.refresh.steps import copy_database

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.postgres

KEYS = Keys.of(b"a salt of the test suite, long enough")
POLICY = parse_policy('version: "1.0"\nauto_detect: false\non_existing_data: drop_create\n')
# Each leaves traces outside of its own schema, or is made of several objects.
OBJECTS = {
    "foreign server": """
CREATE EXTENSION postgres_fdw;
CREATE SERVER away FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'db.example.test');
CREATE USER MAPPING FOR PUBLIC SERVER away OPTIONS (user 'reader');
CREATE USER MAPPING FOR CURRENT_USER SERVER away;
CREATE FOREIGN TABLE far (id int, what text) SERVER away;
CREATE SCHEMA other; CREATE FOREIGN TABLE other."far away" (id int) SERVER away;
CREATE VIEW sees AS SELECT far.id FROM far;
""",
    "wrapper of one's own": """
CREATE SCHEMA ext; CREATE EXTENSION postgres_fdw SCHEMA ext;
CREATE FOREIGN DATA WRAPPER own HANDLER ext.postgres_fdw_handler
    VALIDATOR ext.postgres_fdw_validator;
CREATE SERVER "Odd Server" FOREIGN DATA WRAPPER own;
CREATE TABLE part (id int) PARTITION BY LIST (id);
CREATE FOREIGN TABLE part_1 PARTITION OF part FOR VALUES IN (1) SERVER "Odd Server";
""",
    "extensions": """
CREATE SCHEMA "Odd Schema";
CREATE EXTENSION citext SCHEMA "Odd Schema"; CREATE EXTENSION hstore; CREATE EXTENSION cube;
CREATE EXTENSION earthdistance; CREATE EXTENSION pg_trgm;
CREATE TABLE holds (id int PRIMARY KEY, a "Odd Schema".citext UNIQUE, b hstore, c earth);
CREATE INDEX ON holds USING gin (b);
CREATE DOMAIN "Odd Schema".mail AS "Odd Schema".citext CHECK (VALUE <> '');
CREATE SCHEMA far; CREATE FUNCTION far.uses(x "Odd Schema".mail) RETURNS hstore
    LANGUAGE sql AS 'SELECT NULL::public.hstore';
""",
    "event triggers": """
CREATE SCHEMA guard; CREATE TABLE guard.seen (tag text);
CREATE FUNCTION guard.look() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS
    $$ BEGIN INSERT INTO guard.seen VALUES (tg_tag); END $$;
CREATE FUNCTION guard.stop() RETURNS event_trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'nothing may be dropped'; END $$;
CREATE EVENT TRIGGER "a look" ON ddl_command_end EXECUTE FUNCTION guard.look();
CREATE EVENT TRIGGER z_stop ON sql_drop EXECUTE FUNCTION guard.stop();
CREATE EVENT TRIGGER y_always ON ddl_command_start EXECUTE FUNCTION guard.look();
ALTER EVENT TRIGGER y_always ENABLE ALWAYS;
CREATE EVENT TRIGGER x_rewrite ON table_rewrite EXECUTE FUNCTION guard.look();
COMMENT ON EVENT TRIGGER z_stop IS 'guards';
""",
    "publications": """
CREATE SCHEMA inner_one; CREATE TABLE inner_one.t (id int PRIMARY KEY, name text);
CREATE TABLE u (id int PRIMARY KEY);
CREATE PUBLICATION "every table" FOR ALL TABLES;
CREATE PUBLICATION few FOR TABLE u WITH (publish = 'insert');
""",
    "text search, casts and the rest": """
CREATE TYPE mood AS ENUM ('ok'); CREATE FUNCTION to_mood(int) RETURNS mood LANGUAGE sql AS
    'SELECT ''ok''::public.mood';
CREATE CAST (int AS mood) WITH FUNCTION to_mood(int);
CREATE FUNCTION same(mood, mood) RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE OPERATOR === (LEFTARG = mood, RIGHTARG = mood, FUNCTION = same);
CREATE OPERATOR FAMILY fam USING btree;
CREATE TEXT SEARCH CONFIGURATION conf (COPY = simple);
CREATE TEXT SEARCH DICTIONARY dict (TEMPLATE = simple);
CREATE COLLATION "Coll" FROM "C";
CREATE CONVERSION conv FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
CREATE AGGREGATE agg (int) (SFUNC = int4pl, STYPE = int);
CREATE ACCESS METHOD own_heap TYPE TABLE HANDLER heap_tableam_handler;
CREATE TABLE in_heap (id int) USING own_heap;
SELECT lo_create(4711); COMMENT ON LARGE OBJECT 4711 IS 'large';
CREATE TABLE t (id int PRIMARY KEY, a int, b int); CREATE STATISTICS st ON a, b FROM t;
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO pg_monitor;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON TYPES TO pg_monitor;
CREATE FUNCTION big() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION big();
CREATE RULE r AS ON DELETE TO t DO INSTEAD NOTHING;
ALTER TABLE t ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON t USING (id > 0);
CREATE CAST (bigint AS boolean) WITH INOUT;
CREATE TRANSFORM FOR integer LANGUAGE sql (FROM SQL WITH FUNCTION prsd_lextype(internal),
    TO SQL WITH FUNCTION int4recv(internal));
""",
}
# What pg_dump itself cannot make again.
IN_THE_TARGET = "CREATE LANGUAGE odd_sql HANDLER plpgsql_call_handler;"
SUBSCRIPTION = """
CREATE SUBSCRIPTION sub CONNECTION 'host=db.example.test' PUBLICATION pub
WITH (connect = false, slot_name = NONE, enabled = false)
"""


def made(dsn: str, statements: str) -> None:
    """Run statements in one go, or skip where the server has no such extension."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        try:
            connection.execute(statements.encode())
        except psycopg.errors.FeatureNotSupported:
            pytest.skip("an extension is not installed")


@pytest.mark.parametrize("kind", OBJECTS)
def test_drop_create_takes_away_all_that_was_there(
    source_db: str, target_db: str, kind: str
) -> None:
    """Objects that the source does not have; then those that it has, twice."""
    made(source_db, "CREATE TABLE own (id int PRIMARY KEY); INSERT INTO own VALUES (1)")
    made(target_db, OBJECTS[kind] + IN_THE_TARGET)
    copy_database(source_db, target_db, POLICY, KEYS)
    assert differences(source_db, target_db) == []
    made(source_db, OBJECTS[kind])
    for _ in range(2):
        copy_database(source_db, target_db, POLICY, KEYS)
        found = differences(source_db, target_db)
        # Never copied: they may hold passwords.
        assert [each for each in found if "CREATE USER MAPPING" not in each] == []


@pytest.fixture
def with_subscription(target_db: str) -> Iterator[str]:
    """A target with a subscription that holds no slot; Postgres drops no such database."""
    made(target_db, SUBSCRIPTION)
    yield target_db
    with psycopg.connect(target_db, autocommit=True) as connection:
        connection.execute("DROP SUBSCRIPTION IF EXISTS sub")


def test_a_subscription_with_a_slot_is_refused(source_db: str, with_subscription: str) -> None:
    """To drop it is a matter between two servers; the message says how."""
    made(with_subscription, "ALTER SUBSCRIPTION sub SET (slot_name = taken)")
    try:
        with pytest.raises(PreflightError, match="DROP SUBSCRIPTION sub"):
            copy_database(source_db, with_subscription, POLICY, KEYS)
    finally:
        made(with_subscription, "ALTER SUBSCRIPTION sub SET (slot_name = NONE)")


def test_no_new_table_gets_rights_that_the_source_does_not_give(
    source_db: str, target_db: str
) -> None:
    """Default privileges of the target's own would let others read what is created."""
    made(source_db, "CREATE TABLE own (id int PRIMARY KEY); INSERT INTO own VALUES (1)")
    made(target_db, "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO pg_monitor")
    copy_database(source_db, target_db, POLICY, KEYS)
    with psycopg.connect(target_db) as target:
        found = target.execute("SELECT has_table_privilege('pg_monitor', 'own', 'SELECT')")
        assert found.fetchone() == (False,)


def test_a_subscription_without_a_slot_goes_as_well(source_db: str, with_subscription: str) -> None:
    """It would write rows of another server among those that are proved."""
    made(source_db, "CREATE TABLE own (id int PRIMARY KEY); INSERT INTO own VALUES (1)")
    copy_database(source_db, with_subscription, POLICY, KEYS)
    with psycopg.connect(with_subscription) as target:
        found = target.execute(
            "SELECT count(*) FROM pg_subscription JOIN pg_database AS d ON d.oid = subdbid"
            " WHERE datname = %s",
            [name_of(with_subscription)],
        )
        assert found.fetchone() == (0,)
