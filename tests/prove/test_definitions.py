"""Digests of every object of a database: a change of any is named, and rows change none."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from privaci_core.postgres.session import session
from privaci_core.prove.definitions import object_differences, object_digests
from privaci_core.target.audit_trail import add_to_trail

if TYPE_CHECKING:
    from collections.abc import Iterator

    from privaci_core.postgres.session import Connection

pytestmark = pytest.mark.postgres

KEY = b"the key of one refresh"
OTHER, GONE = "has another definition than the proved one", "is not in the target"
NEW = "was not there when the copy was proved"
OBJECTS = """
CREATE EXTENSION citext;
CREATE SCHEMA shop;
CREATE TYPE shop.mood AS ENUM ('calm', 'loud');
CREATE DOMAIN shop.size AS int CHECK (VALUE > 0);
CREATE TYPE shop.pair AS (a int, b text);
CREATE TYPE shop.span AS RANGE (subtype = int);
CREATE SEQUENCE shop.counter INCREMENT 2;
CREATE FUNCTION shop.noted() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE FUNCTION shop.twice(n int) RETURNS int LANGUAGE sql AS 'SELECT 2 * n';
CREATE FUNCTION shop.twice(n text) RETURNS text LANGUAGE sql AS 'SELECT n || n';
CREATE AGGREGATE shop.total (int) (sfunc = int4pl, stype = int);
CREATE TABLE shop.person (
    id int PRIMARY KEY, "the %" text, mood shop.mood DEFAULT 'calm', size shop.size NOT NULL,
    boss int REFERENCES shop.person, n int GENERATED ALWAYS AS IDENTITY, CHECK (id > 0));
CREATE TABLE shop.parted (id int) PARTITION BY RANGE (id);
CREATE TABLE shop.part PARTITION OF shop.parted FOR VALUES FROM (1) TO (9);
CREATE INDEX by_size ON shop.person (size);
CREATE TRIGGER noted BEFORE UPDATE ON shop.person FOR EACH ROW EXECUTE FUNCTION shop.noted();
CREATE RULE ignored AS ON DELETE TO shop.parted DO INSTEAD NOTHING;
CREATE POLICY own ON shop.person USING (id > 3);
CREATE VIEW shop.seen AS SELECT id FROM shop.person;
CREATE MATERIALIZED VIEW shop.stored AS SELECT id FROM shop.person;
CREATE STATISTICS shop.both ON id, size FROM shop.person;
CREATE PUBLICATION feed FOR TABLE shop.person;
CREATE COLLATION shop.plain (provider = libc, locale = 'C');
CREATE FUNCTION shop.on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE EVENT TRIGGER told ON ddl_command_end WHEN tag IN ('CREATE CAST')
    EXECUTE FUNCTION shop.on_ddl();
COMMENT ON TABLE shop.person IS 'who they are';
COMMENT ON COLUMN shop.person.id IS 'a number';
COMMENT ON TRIGGER noted ON shop.person IS 'what it does';
COMMENT ON SCHEMA shop IS 'where';
"""
CHANGES = [
    ("COMMENT ON TABLE shop.person IS 'another'", {"comment table shop.person": OTHER}),
    ("COMMENT ON COLUMN shop.person.id IS NULL", {"comment table column shop.person.id": GONE}),
    ("COMMENT ON TABLE shop.part IS 'new'", {"comment table shop.part": NEW}),
    (
        "COMMENT ON TRIGGER noted ON shop.person IS 'x'",
        {"comment trigger noted on shop.person": OTHER},
    ),
    ("COMMENT ON SCHEMA shop IS 'x'", {"comment schema shop": OTHER}),
    (
        "CREATE OR REPLACE VIEW shop.seen AS SELECT id FROM shop.person WHERE id > 1",
        {"view shop.seen": OTHER},
    ),
    ("DROP VIEW shop.seen", {"privileges view shop.seen": GONE, "view shop.seen": GONE}),
    (
        "ALTER TABLE shop.person DROP CONSTRAINT person_boss_fkey",
        {"constraint person_boss_fkey of shop.person": GONE},
    ),
    (
        "ALTER TABLE shop.person DROP CONSTRAINT person_id_check",
        {"constraint person_id_check of shop.person": GONE},
    ),
    (
        "ALTER DOMAIN shop.size DROP CONSTRAINT size_check",
        {"constraint size_check of shop.size": GONE},
    ),
    ("ALTER DOMAIN shop.size SET DEFAULT 4", {"type shop.size": OTHER}),
    ("ALTER TYPE shop.mood ADD VALUE 'shy'", {"type shop.mood": OTHER}),
    ("ALTER TYPE shop.mood RENAME VALUE 'loud' TO 'noisy'", {"type shop.mood": OTHER}),
    ("ALTER TYPE shop.pair ADD ATTRIBUTE c int", {"column shop.pair.c": NEW}),
    ("ALTER SEQUENCE shop.counter INCREMENT 3", {"sequence shop.counter": OTHER}),
    ("ALTER TABLE shop.person DISABLE TRIGGER noted", {"trigger noted of shop.person": OTHER}),
    (
        "ALTER TABLE shop.person DISABLE TRIGGER ALL",
        {
            "constraint person_boss_fkey of shop.person": OTHER,
            "trigger noted of shop.person": OTHER,
        },
    ),
    (
        "DROP TRIGGER noted ON shop.person",
        {"comment trigger noted on shop.person": GONE, "trigger noted of shop.person": GONE},
    ),
    ("DROP INDEX shop.by_size", {"index shop.by_size": GONE}),
    (
        "CREATE OR REPLACE FUNCTION shop.twice(n int) RETURNS int LANGUAGE sql AS 'SELECT 3 * n'",
        {"function shop.twice(integer)": OTHER},
    ),
    ("ALTER FUNCTION shop.twice(text) SECURITY DEFINER", {"function shop.twice(text)": OTHER}),
    (
        "CREATE OR REPLACE AGGREGATE shop.total (int) (sfunc = int4mul, stype = int)",
        {"function shop.total(integer)": OTHER},
    ),
    ("GRANT SELECT ON shop.person TO PUBLIC", {"privileges table shop.person": OTHER}),
    ("GRANT SELECT (id) ON shop.person TO PUBLIC", {"privileges column shop.person.id": NEW}),
    ("REVOKE ALL ON SCHEMA public FROM PUBLIC", {"privileges schema public": OTHER}),
    (
        "REVOKE ALL ON FUNCTION shop.twice(int) FROM PUBLIC",
        {"privileges function shop.twice(integer)": OTHER},
    ),
    (
        "ALTER DEFAULT PRIVILEGES IN SCHEMA shop GRANT SELECT ON TABLES TO PUBLIC",
        {"default privileges postgres shop r": NEW},
    ),
    ("ALTER POLICY own ON shop.person USING (true)", {"policy own of shop.person": OTHER}),
    ("ALTER TABLE shop.person ENABLE ROW LEVEL SECURITY", {"table shop.person": OTHER}),
    ("ALTER TABLE shop.person REPLICA IDENTITY FULL", {"table shop.person": OTHER}),
    ('ALTER TABLE shop.person ALTER "the %" SET DEFAULT 7', {'column shop.person."the %"': OTHER}),
    ("ALTER TABLE shop.person ALTER size DROP NOT NULL", {"column shop.person.size": OTHER}),
    ("ALTER TABLE shop.person ALTER n SET GENERATED BY DEFAULT", {"column shop.person.n": OTHER}),
    ("ALTER TABLE shop.parted DETACH PARTITION shop.part", {"table shop.part": OTHER}),
    (
        "ALTER RULE ignored ON shop.parted RENAME TO kept",
        {"rule ignored of shop.parted": GONE, "rule kept of shop.parted": NEW},
    ),
    ("DROP STATISTICS shop.both", {'statistics "both" of shop.person': GONE}),
    ("ALTER PUBLICATION feed ADD TABLE shop.part", {"publication feed": OTHER}),
    ("ALTER EVENT TRIGGER told DISABLE", {"event trigger told": OTHER}),
    ("DROP COLLATION shop.plain", {"collation shop.plain": GONE}),
    ("CREATE SCHEMA more", {"privileges schema more": NEW, "schema more": NEW}),
    ("DROP EXTENSION citext", {"comment extension citext": GONE, "extension citext": GONE}),
]


@pytest.fixture
def target(databases: Any) -> Iterator[Connection]:
    """A database that has an object of each kind."""

    def build(dsn: str) -> None:
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute(OBJECTS)

    dsn = databases.create(databases.template("objects", build))
    with session(dsn, autocommit=True) as connection:
        yield connection
    databases.drop(dsn)


@pytest.mark.parametrize(("change", "found"), CHANGES, ids=[each[0] for each in CHANGES])
def test_a_changed_object_is_named(target: Connection, change: str, found: dict[str, str]) -> None:
    """It alone, by its kind and name, and whether it is gone, new, or another one."""
    proved = object_digests(target, KEY)
    target.execute(change.encode())
    assert object_differences(proved, target, KEY) == found


def test_rows_and_positions_change_no_digest(target: Connection) -> None:
    """Nor do statistics, the audit trail, a column that was dropped, or the session's settings."""
    target.execute("ALTER TABLE shop.person ADD gone int")
    target.execute("ALTER TABLE shop.person DROP gone")
    proved = object_digests(target, KEY)
    target.execute("INSERT INTO shop.person (id, size) VALUES (1, 1)")
    target.execute("SELECT nextval('shop.counter')")
    target.execute("REFRESH MATERIALIZED VIEW shop.stored")
    target.execute("VACUUM ANALYZE")
    add_to_trail(target, [])
    assert object_differences(proved, target, KEY) == {}


def test_every_kind_of_object_has_a_digest(target: Connection) -> None:
    """Each of sixteen letters; no definition and no label is in the names."""
    found = object_digests(target, KEY)
    assert all(re.fullmatch("[0-9a-f]{16}", digest) for digest in found.values())
    assert {
        "schema shop", "type shop.mood", "type shop.size", "composite type shop.pair",
        "type shop.span", "sequence shop.counter", "function shop.noted()",
        "function shop.total(integer)", "table shop.person", "column shop.person.id",
        "constraint person_pkey of shop.person", "index shop.person_pkey", "table shop.part",
        "view shop.seen", "materialized view shop.stored", "extension citext",
        "privileges table shop.person", "comment schema shop", "event trigger told",
    } <= found.keys()  # fmt: skip
    assert not [name for name in found if "citext" in name and "extension citext" not in name]
    assert not [name for name in found if "_privaci" in name or "who they are" in name]


def test_a_digest_is_keyed(target: Connection) -> None:
    """Another refresh's digests tell nothing about this one's, and two objects' never are alike."""
    mine, theirs = object_digests(target, KEY), object_digests(target, b"the key of another")
    assert mine.keys() == theirs.keys()
    assert not set(mine.values()) & set(theirs.values())
    assert len(set(mine.values())) == len(mine)
    assert mine == object_digests(target, KEY)


def test_all_objects_are_read_by_one_query(
    target: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many tables there are."""
    executed = []
    real = type(target).execute

    def execute(self: Any, *more: Any) -> Any:
        executed.append(more)
        return real(self, *more)

    monkeypatch.setattr(type(target), "execute", execute)
    object_digests(target, KEY)
    assert len(executed) == 1
