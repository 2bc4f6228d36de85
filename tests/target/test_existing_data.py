"""What a copy does with a target that holds something already."""

from __future__ import annotations

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from substrate.databases import name_of
from substrate.judge import differences

from privaci_core.errors import PreflightError, PrivaciError
from privaci_core.masks import Keys
from privaci_core.policy import parse_policy
from privaci_core.refresh.steps import copy_database
from privaci_core.target.make_room import drop_all

pytestmark = pytest.mark.postgres

KEYS = Keys.of(b"a salt of the test suite, long enough")
SCHEMA = """
CREATE TABLE person (id int PRIMARY KEY, email text UNIQUE);
CREATE TABLE pet (id serial PRIMARY KEY, owner int REFERENCES person, name text CHECK (name <> ''));
CREATE INDEX pet_name ON pet (lower(name));
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN RAISE EXCEPTION 'a trigger fired'; END $$;
CREATE TRIGGER loud BEFORE INSERT ON person FOR EACH ROW EXECUTE FUNCTION refuse();
"""
ROWS = """
SET session_replication_role = replica;
INSERT INTO person SELECT n, 'p' || n || '@org.example' FROM generate_series({0}, {0} + 9) AS n;
INSERT INTO pet (owner, name) SELECT n, 'pet' || n FROM generate_series({0}, {0} + 9) AS n;
"""


def made(dsn: str, first: int, more: str = "") -> None:
    """A database with rows from a number on."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(SCHEMA + ROWS.format(first) + more)


def copied(source: str, target: str, on_existing_data: str) -> None:
    """Copy unmasked."""
    policy = parse_policy(
        f'version: "1.0"\nauto_detect: false\non_existing_data: {on_existing_data}\n'
    )
    copy_database(source, target, policy, KEYS)


def ids(dsn: str) -> list[int]:
    """The people in the target."""
    with psycopg.connect(dsn) as connection:
        return [row[0] for row in connection.execute("SELECT id FROM person ORDER BY 1")]


def databases_like(dsn: str) -> set[str]:
    """The names of databases that begin as this one does."""
    with psycopg.connect(make_conninfo(dsn, dbname="postgres")) as connection:
        return {row[0] for row in connection.execute("SELECT datname FROM pg_database")}


def test_fail_refuses_and_changes_nothing(source_db: str, target_db: str) -> None:
    """The default."""
    made(source_db, 1)
    made(target_db, 500)
    with pytest.raises(PreflightError, match="hold rows already"):
        copied(source_db, target_db, "fail")
    assert ids(target_db) == list(range(500, 510))
    with psycopg.connect(target_db) as target:
        assert target.execute("SELECT to_regclass('_privaci.unfinished')").fetchone() == (None,)


def test_drop_create_creates_every_object_again(source_db: str, target_db: str) -> None:
    """What the source does not have is gone."""
    made(source_db, 1)
    made(target_db, 500, "CREATE TABLE own (id int); INSERT INTO own VALUES (1);")
    copied(source_db, target_db, "drop_create")
    assert differences(source_db, target_db) == []


def test_truncate_keeps_the_targets_own_objects(source_db: str, target_db: str) -> None:
    """Rows are replaced; columns, views, indexes and comments that only the target has stay."""
    made(source_db, 1)
    made(
        target_db,
        500,
        """
        ALTER TABLE person ADD COLUMN note text DEFAULT 'new';
        CREATE VIEW own_view AS SELECT id FROM person;
        CREATE INDEX own_index ON person (note);
        """,
    )
    copied(source_db, target_db, "truncate")
    assert ids(target_db) == list(range(1, 11))
    with psycopg.connect(target_db) as target:
        assert target.execute("SELECT bool_and(note = 'new') FROM person").fetchone() == (True,)
        assert target.execute("SELECT count(*) FROM own_view").fetchone() == (10,)
        present = (
            "SELECT to_regclass('own_index') IS NOT NULL AND to_regclass('pet_name') IS NOT NULL"
        )
        assert target.execute(present).fetchone() == (True,)
        constraints = """
        SELECT count(*) FROM pg_constraint
        WHERE conrelid = 'pet'::regclass AND contype IN ('p', 'f', 'c')
        """
        assert target.execute(constraints).fetchone() == (3,)
        assert target.execute("SELECT nextval('pet_id_seq')").fetchone() == (11,)
        with pytest.raises(psycopg.errors.RaiseException):
            target.execute("INSERT INTO person VALUES (99, 'x')")


def test_truncate_refuses_a_target_of_another_shape(source_db: str, target_db: str) -> None:
    """Before anything is changed, naming what is missing."""
    made(source_db, 1, "CREATE TABLE later (id int); ALTER TABLE person ADD COLUMN born date;")
    made(target_db, 500)
    with pytest.raises(PreflightError) as caught:
        copied(source_db, target_db, "truncate")
    assert "public.later is not there" in str(caught.value)
    assert "public.person has no column born" in str(caught.value)
    assert ids(target_db) == list(range(500, 510))


def test_swap_replaces_the_database_when_it_is_whole(source_db: str, target_db: str) -> None:
    """Sessions in the old database end; no other database is left; grants on it stay."""
    made(source_db, 1)
    made(target_db, 500)
    with psycopg.connect(target_db) as reader:
        reader.execute(f"GRANT CONNECT ON DATABASE {name_of(target_db)} TO pg_monitor")
        reader.commit()
        copied(source_db, target_db, "swap")
        with pytest.raises(psycopg.OperationalError):
            reader.execute("SELECT 1")
    assert ids(target_db) == list(range(1, 11))
    assert {f"{name_of(target_db)}_next", f"{name_of(target_db)}_old"} & databases_like(
        target_db
    ) == set()
    with psycopg.connect(target_db) as target:
        granted = "SELECT has_database_privilege('pg_monitor', current_database(), 'CONNECT')"
        assert target.execute(granted).fetchone() == (True,)
        assert target.execute("SELECT to_regclass('_privaci.unfinished')").fetchone() == (None,)


def test_a_failed_copy_leaves_the_old_database_in_place(source_db: str, target_db: str) -> None:
    """Readers of the target see the old rows, before and after."""
    made(source_db, 1, "INSERT INTO pet (owner, name) VALUES (777, 'orphan');")
    made(target_db, 500)
    with pytest.raises(PrivaciError) as caught:
        copied(source_db, target_db, "swap")
    assert "pet_owner_fkey of public.pet: 1 rows refer to nothing in public.person" in str(
        caught.value
    )
    assert "777" not in str(caught.value)
    assert ids(target_db) == list(range(500, 510))
    with psycopg.connect(make_conninfo(target_db, dbname="postgres"), autocommit=True) as server:
        server.execute(f"DROP DATABASE {name_of(target_db)}_next")


def test_a_database_without_its_public_schema(source_db: str, target_db: str) -> None:
    """The target has none either."""
    with psycopg.connect(source_db, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public; CREATE SCHEMA shop; CREATE TABLE shop.t (id int)")
    copied(source_db, target_db, "fail")
    assert differences(source_db, target_db) == []


def test_drop_create_removes_whatever_there_is(source_db: str, target_db: str) -> None:
    """Objects of every kind in the schema that initdb made, which itself stays."""
    made(
        target_db,
        1,
        """
        CREATE TYPE mood AS ENUM ('a'); CREATE DOMAIN small AS int; CREATE TYPE pair AS (a int);
        CREATE TYPE span AS RANGE (subtype = float8);
        CREATE FUNCTION twice(int) RETURNS int LANGUAGE sql AS 'SELECT $1 * 2';
        CREATE PROCEDURE p() LANGUAGE sql AS '';
        CREATE AGGREGATE total(int) (SFUNC = int4pl, STYPE = int);
        CREATE VIEW v AS SELECT 1; CREATE SEQUENCE s;
        CREATE MATERIALIZED VIEW m AS SELECT twice(2); CREATE COLLATION c FROM "C";
        CREATE TEXT SEARCH CONFIGURATION t (COPY = simple);
        CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq);
        CREATE STATISTICS st ON id, email FROM person;
        CREATE SCHEMA other CREATE TABLE t (id int); GRANT CREATE ON SCHEMA public TO pg_monitor;
        """,
    )
    copied(source_db, target_db, "drop_create")
    assert differences(source_db, target_db) == []


@pytest.mark.parametrize("wrapper", ["other", "postgres_fdw"])
def test_drop_create_a_second_time_with_a_foreign_server(
    source_db: str, target_db: str, wrapper: str
) -> None:
    """The server goes with its wrapper or its extension, and is created again."""
    kind = "FOREIGN DATA WRAPPER" if wrapper == "other" else "EXTENSION"
    with psycopg.connect(source_db, autocommit=True) as connection:
        try:
            connection.execute(f"CREATE {kind} {wrapper}")  # type: ignore[call-overload]
        except psycopg.errors.FeatureNotSupported:
            pytest.skip(f"{wrapper} is not installed")
        connection.execute(f"CREATE SERVER elsewhere FOREIGN DATA WRAPPER {wrapper}")  # type: ignore[call-overload]
        connection.execute("CREATE USER MAPPING FOR CURRENT_USER SERVER elsewhere")
        connection.execute("CREATE FOREIGN TABLE far (id int) SERVER elsewhere")
    for _ in range(2):
        copied(source_db, target_db, "drop_create")
        with psycopg.connect(target_db) as target:
            found = target.execute("SELECT srvname FROM pg_foreign_server").fetchall()
            assert found == [("elsewhere",)]
            # What a person added meanwhile is no obstacle.
            target.execute("CREATE USER MAPPING IF NOT EXISTS FOR CURRENT_USER SERVER elsewhere")


def test_drops_go_in_whatever_order(target_db: str) -> None:
    """Dependent drops succeed in any order; one that cannot succeed says why."""
    made = """
        CREATE TABLE t (id int, at int) PARTITION BY RANGE (at);
        CREATE TABLE t_1 PARTITION OF t FOR VALUES FROM (0) TO (10);
        ALTER TABLE t ADD CONSTRAINT k PRIMARY KEY (id, at);
        CREATE TABLE kept (id int PRIMARY KEY); CREATE TABLE hangs (id int REFERENCES kept);
    """
    drops = [
        "ALTER TABLE ONLY t_1 DROP CONSTRAINT IF EXISTS t_1_pkey",
        "ALTER TABLE ONLY t DROP CONSTRAINT IF EXISTS k",
    ]
    with psycopg.connect(target_db) as target:
        target.execute(made)  # type: ignore[call-overload]
        drop_all(target, drops)
        assert target.execute(
            "SELECT count(*) FROM pg_constraint WHERE conname IN ('k', 't_1_pkey')"
        ).fetchone() == (0,)
        with pytest.raises(psycopg.errors.DependentObjectsStillExist):
            drop_all(target, ["ALTER TABLE kept DROP CONSTRAINT kept_pkey"])
