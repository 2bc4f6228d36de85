"""Definitions on both ends: each spoiled one is named, and a faithful copy holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from substrate.databases import run

from privaci_core.catalog.catalog import read_catalog
from privaci_core.masks import Keys
from privaci_core.policy import load_policy, parse_policy
from privaci_core.postgres.session import session, source_session
from privaci_core.prove.evidence import Evidence
from privaci_core.prove.keys import keys_hold
from privaci_core.prove.references import every_reference_in
from privaci_core.refresh.open import finished
from privaci_core.refresh.steps import copy_database
from privaci_core.target.audit_trail import Entry, add_to_trail
from privaci_core.target.trail_digest import add_sealed

if TYPE_CHECKING:
    from collections.abc import Callable

    from privaci_core.policy import Policy
    from privaci_core.prove.verdict import Verdict

pytestmark = pytest.mark.postgres

SCENARIOS = sorted(
    path.parent
    for path in (Path(__file__).parents[1] / "scenarios").glob("*/source.sql")
    if not (path.parent / "refused.txt").exists()
)
KEYS = Keys.of(b"a salt of the test suite, long enough", b"a pseudonym key of it, long enough too")
TABLES = """
CREATE EXTENSION citext;
CREATE COLLATION german (provider = icu, locale = 'de-u-ks-level2', deterministic = false);
CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TABLE person (
    id int PRIMARY KEY, nick citext UNIQUE, name text COLLATE german UNIQUE,
    size int NOT NULL DEFAULT 7 CHECK (size > 0), "100%" text,
    shelf text GENERATED ALWAYS AS ('s' || size) STORED,
    code text GENERATED ALWAYS AS (id::text) STORED,
    boss int REFERENCES person, UNIQUE (id, size), EXCLUDE USING btree (name WITH =));
CREATE INDEX person_size ON person (size) WHERE size > 1;
CREATE UNIQUE INDEX person_low ON person (lower(nick::text)) WHERE size < 9;
CREATE TRIGGER noted BEFORE UPDATE ON person FOR EACH ROW EXECUTE FUNCTION noted();
CREATE TRIGGER asleep BEFORE UPDATE ON person FOR EACH ROW EXECUTE FUNCTION noted();
ALTER TABLE person DISABLE TRIGGER asleep;
CREATE POLICY own ON person FOR SELECT USING (size > 3);
ALTER TABLE person ENABLE ROW LEVEL SECURITY;
CREATE TABLE by_code (code text GENERATED ALWAYS AS (n || 'x') STORED PRIMARY KEY, n text);
CREATE TABLE visit (
    id int, person int, size int, nick citext REFERENCES person (nick),
    name text REFERENCES person (name), "of %" int REFERENCES person,
    FOREIGN KEY (person, size) REFERENCES person (id, size) MATCH FULL,
    loose int);
ALTER TABLE visit ADD CONSTRAINT loose_person FOREIGN KEY (loose) REFERENCES person NOT VALID;
CREATE TABLE visit_of_old () INHERITS (visit);
CREATE TABLE event (id int, at date, person int REFERENCES person, PRIMARY KEY (id, at))
    PARTITION BY RANGE (at);
CREATE TABLE event_1 PARTITION OF event FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE event_2 PARTITION OF event FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');
CREATE TABLE guest (event int, at date, FOREIGN KEY (event, at) REFERENCES event);
INSERT INTO person (id, nick, name, size, boss)
    SELECT n, 'Nick' || n, 'Name ' || n, n, nullif(n - 1, 0) FROM generate_series(1, 9) AS n;
INSERT INTO by_code (n) VALUES ('a'), ('b');
INSERT INTO visit VALUES (1, 1, 1, 'NICK1', 'NAME 1', 1), (2, NULL, NULL, 'nick2', 'name 2', 2);
INSERT INTO visit_of_old VALUES (3, 77, 77, 'of nobody', 'of nobody', 77);
INSERT INTO event VALUES (1, '2020-05-05', 1), (2, '2021-05-05', 2);
INSERT INTO guest VALUES (1, '2020-05-05');
SET session_replication_role = replica;
INSERT INTO visit (id, loose) VALUES (4, 44);
"""
PASS_ALL = parse_policy('version: "1.0"\nauto_detect: false\n', name="mask-rules.yaml")


class Copied:
    """A source, and its published copy."""

    def __init__(self, source: str, target: str, policy: Policy = PASS_ALL) -> None:
        """Name both ends."""
        self.source, self.target, self.policy = source, target, policy

    def copy(self) -> Copied:
        """Copy the source."""
        copy_database(self.source, self.target, self.policy, KEYS)
        return self

    def verdict(self) -> Verdict:
        """What `privaci verify` makes of the keys."""
        with finished(self.source, self.target, self.policy, KEYS) as opened:
            source = opened.connections.source
            return keys_hold(Evidence(copy=opened.copy, source=source))


def execute(dsn: str, *statements: str | bytes) -> None:
    """Change something."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode() if isinstance(statement, str) else statement)


@pytest.fixture(scope="module")
def template(databases: Any) -> dict[str, str]:
    """The tables and their copy, made once and cloned for each test."""

    def fill(dsn: str) -> None:
        execute(dsn, TABLES)

    source = databases.template("definitions", fill)

    def copy(dsn: str) -> None:
        Copied(databases.create(source), dsn).copy()

    return {"source": source, "target": databases.template("definitions copied", copy)}


@pytest.fixture
def copied(databases: Any, template: dict[str, str]) -> Copied:
    """A source and a faithful copy of it."""
    return Copied(databases.create(template["source"]), databases.create(template["target"]))


def test_a_faithful_copy_holds(
    copied: Copied, record_property: Callable[[str, object], None]
) -> None:
    """Inheritance, partitions, percent signs, generated keys, collations, keys not validated."""
    verdict = copied.verdict()
    for counted in ("definitions", "foreign_keys"):
        record_property(f"{counted}_checked", verdict.details[counted])
    assert not verdict.differences
    assert verdict.details == {"definitions": 66, "foreign_keys": 8}


@pytest.mark.parametrize("folder", SCENARIOS, ids=lambda folder: folder.name)
def test_a_copy_of_any_scenario_holds(folder: Path, source_db: str, target_db: str) -> None:
    """Whatever the policy excludes, empties or lets go."""
    execute(source_db, (folder / "source.sql").read_bytes())
    policy = load_policy(folder / "mask-rules.yaml")
    assert not Copied(source_db, target_db, policy).copy().verdict().differences


SPOILED = [
    (
        "ALTER TABLE person DROP CONSTRAINT person_nick_key CASCADE",
        {
            "public.person: person_nick_key": "the unique key is not in the target",
            "public.visit: visit_nick_fkey": "the foreign key is not in the target",
        },
    ),
    (
        "ALTER TABLE guest DROP CONSTRAINT guest_event_at_fkey",
        {"public.guest: guest_event_at_fkey": "the foreign key is not in the target"},
    ),
    (
        (
            "ALTER TABLE guest DROP CONSTRAINT guest_event_at_fkey,"
            " ADD CONSTRAINT guest_event_at_fkey FOREIGN KEY (event, at) REFERENCES event"
            " ON DELETE CASCADE"
        ),
        {"public.guest: guest_event_at_fkey": "the foreign key has another definition"},
    ),
    (
        (
            "ALTER TABLE guest DROP CONSTRAINT guest_event_at_fkey,"
            " ADD CONSTRAINT guest_event_at_fkey FOREIGN KEY (event, at) REFERENCES event NOT VALID"
        ),
        {"public.guest: guest_event_at_fkey": "the foreign key is not validated"},
    ),
    (
        "ALTER TABLE person DROP CONSTRAINT person_size_check, ADD CHECK (size > 0) NOT VALID",
        {"public.person: person_size_check": "the check is not validated"},
    ),
    (
        "ALTER TABLE person DROP CONSTRAINT person_size_check, ADD CHECK (size > -9)",
        {"public.person: person_size_check": "the check has another definition"},
    ),
    (
        "ALTER TABLE person DROP CONSTRAINT person_name_excl",
        {"public.person: person_name_excl": "the exclusion is not in the target"},
    ),
    (
        "DROP INDEX person_low; CREATE UNIQUE INDEX person_low ON person (lower(nick::text))",
        {"public.person: person_low": "the unique index has another definition"},
    ),
    (
        (
            "DROP INDEX person_low;"
            " CREATE INDEX person_low ON person (lower(nick::text)) WHERE size < 9"
        ),
        {"public.person: person_low": "the unique index is not in the target"},
    ),
    (
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'person_low'::regclass",
        {"public.person: person_low": "the unique index is not valid"},
    ),
    (
        "UPDATE pg_index SET indisready = false WHERE indexrelid = 'person_id_size_key'::regclass",
        {"public.person: person_id_size_key": "the unique key is not valid"},
    ),
    ("DROP INDEX person_size", {"public.person: person_size": "the index is not in the target"}),
    (
        "ALTER TABLE person DISABLE TRIGGER noted",
        {"public.person: noted": "the trigger is disabled"},
    ),
    (
        "ALTER TABLE person ENABLE TRIGGER asleep",
        {"public.person: asleep": "the trigger is enabled"},
    ),
    (
        "ALTER TABLE person ENABLE REPLICA TRIGGER noted",
        {"public.person: noted": "the trigger is enabled on replicas"},
    ),
    (
        (
            "DROP TRIGGER noted ON person; CREATE TRIGGER noted BEFORE INSERT ON person"
            " FOR EACH ROW EXECUTE FUNCTION noted()"
        ),
        {"public.person: noted": "the trigger has another definition"},
    ),
    (
        "ALTER POLICY own ON person USING (true)",
        {"public.person: own": "the policy has another definition"},
    ),
    (
        "ALTER TABLE person DISABLE ROW LEVEL SECURITY",
        {"public.person: row security": "the row security is disabled"},
    ),
    (
        "ALTER TABLE person FORCE ROW LEVEL SECURITY",
        {"public.person: row security": "the row security is forced enabled"},
    ),
    (
        "ALTER TABLE person ALTER size DROP NOT NULL",
        {"public.person: size": "the column has another definition"},
    ),
    (
        "ALTER TABLE person ALTER size SET DEFAULT 8",
        {"public.person: size": "the column has another definition"},
    ),
    (
        "ALTER TABLE person ALTER shelf DROP EXPRESSION",
        {"public.person: shelf": "the column has another definition"},
    ),
    (
        "ALTER TABLE visit DISABLE TRIGGER ALL",
        {
            f"public.visit: {name}": "the foreign key is disabled"
            for name in (
                "loose_person",
                "visit_name_fkey",
                "visit_nick_fkey",
                '"visit_of %_fkey"',
                "visit_person_size_fkey",
            )
        },
    ),
    ("DROP TABLE guest", {"public.guest": "the table is not in the target"}),
]


@pytest.mark.parametrize(("statement", "found"), SPOILED, ids=[each[0][:60] for each in SPOILED])
def test_a_spoiled_definition_is_named(
    copied: Copied, statement: str, found: dict[str, str]
) -> None:
    """With what is wrong in words; no literal of the definition is quoted."""
    execute(copied.target, *statement.split("; "))
    assert copied.verdict().wrong == found


ORPHANS = [
    (
        "UPDATE person SET boss = 99 WHERE id = 3",
        {"public.person: person_boss_fkey": "1 row refers to nothing in public.person"},
    ),
    (
        "UPDATE ONLY visit SET nick = 'nobody' WHERE nick IS NOT NULL",
        {"public.visit: visit_nick_fkey": "2 rows refer to nothing in public.person"},
    ),
    (
        "UPDATE ONLY visit SET name = 'nobody' WHERE id = 1",
        {"public.visit: visit_name_fkey": "1 row refers to nothing in public.person"},
    ),
    (
        'UPDATE ONLY visit SET "of %" = 99 WHERE id = 1',
        {'public.visit: "visit_of %_fkey"': "1 row refers to nothing in public.person"},
    ),
    (
        "UPDATE ONLY visit SET size = 8 WHERE id = 1",
        {"public.visit: visit_person_size_fkey": "1 row refers to nothing in public.person"},
    ),
    (
        "UPDATE ONLY visit SET size = NULL WHERE id = 1",
        {"public.visit: visit_person_size_fkey": "1 row refers to nothing in public.person"},
    ),
    (
        "UPDATE event SET person = 99",
        {"public.event: event_person_fkey": "2 rows refer to nothing in public.person"},
    ),
    (
        "DELETE FROM event_1",
        {"public.guest: guest_event_at_fkey": "1 row refers to nothing in public.event"},
    ),
    ("UPDATE ONLY visit SET loose = 99", {}),
    ("UPDATE visit_of_old SET person = 99", {}),
]


@pytest.mark.parametrize(("statement", "found"), ORPHANS, ids=[each[0] for each in ORPHANS])
def test_orphans_that_no_trigger_saw_are_counted(
    copied: Copied, statement: str, found: dict[str, str]
) -> None:
    """Postgres calls the key valid all the same; keys that are not validated may have some."""
    execute(copied.target, "SET session_replication_role = replica", statement)
    assert copied.verdict().wrong == found


def test_more_than_the_source_has_is_fine(copied: Copied) -> None:
    """Other names too: a key by another name does the same work."""
    execute(
        copied.target,
        "CREATE INDEX more ON guest (at)",
        "ALTER TABLE guest ADD CHECK (event > 0)",
        "ALTER TABLE guest RENAME CONSTRAINT guest_event_at_fkey TO renamed",
        "ALTER INDEX person_low RENAME TO renamed_low",
        "CREATE TABLE another (id int PRIMARY KEY)",
    )
    assert not copied.verdict().differences


def test_a_target_that_is_emptied_in_place_has_checks_and_triggers_of_its_own(
    copied: Copied,
) -> None:
    """Its keys must be the source's all the same."""
    copied.policy = parse_policy(
        'version: "1.0"\nauto_detect: false\non_existing_data: truncate\n', name="mask-rules.yaml"
    )
    execute(
        copied.target,
        "ALTER TABLE person DISABLE TRIGGER noted",
        "ALTER TABLE person DROP CONSTRAINT person_size_check",
        "ALTER TABLE person ALTER size SET DEFAULT 8",
        "DROP INDEX person_size",
        "ALTER TABLE guest DROP CONSTRAINT guest_event_at_fkey",
    )
    assert copied.verdict().wrong == {
        "public.guest: guest_event_at_fkey": "the foreign key is not in the target"
    }


def test_what_the_source_has_not_proved_may_be_better(copied: Copied) -> None:
    """A key that is not validated there, an index that was never finished."""
    execute(
        copied.source,
        "ALTER TABLE guest DROP CONSTRAINT guest_event_at_fkey, ADD CONSTRAINT guest_event_at_fkey"
        " FOREIGN KEY (event, at) REFERENCES event NOT VALID",
        "CREATE INDEX unfinished ON guest (at)",
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'unfinished'::regclass",
    )
    assert not copied.verdict().differences


def test_what_an_excluded_table_takes_along_is_not_missed(source_db: str, target_db: str) -> None:
    """Keys to it, checks and triggers that need it; those of other tables are."""
    needs_event = (
        "CREATE FUNCTION odd(event) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true'",
        "CREATE INDEX of_event ON by_code (odd(row(n, NULL, 1)::event))",
        "CREATE MATERIALIZED VIEW events AS SELECT id FROM event",
        "CREATE INDEX of_events ON events (id)",
        "CREATE VIEW seen AS SELECT id FROM event",
        "CREATE TRIGGER noted INSTEAD OF UPDATE ON seen FOR EACH ROW EXECUTE FUNCTION noted()",
    )
    execute(source_db, TABLES, *needs_event)
    policy = parse_policy(
        'version: "1.0"\nauto_detect: false\n'
        "tables: {public.event: {strategy: exclude}, public.guest: {strategy: exclude}}\n",
        name="mask-rules.yaml",
    )
    copied = Copied(source_db, target_db, policy).copy()
    assert not copied.verdict().differences
    execute(target_db, "ALTER TABLE visit DROP CONSTRAINT visit_nick_fkey")
    assert [*copied.verdict().wrong] == ["public.visit: visit_nick_fkey"]


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("ALTER TABLE _privaci.audit_log DISABLE TRIGGER append_only", "the trigger is disabled"),
        ("ALTER TABLE _privaci.audit_log DISABLE TRIGGER ALL", "the trigger is disabled"),
        (
            "ALTER TABLE _privaci.audit_log ENABLE REPLICA TRIGGER append_only",
            "the trigger is disabled",
        ),
        ("DROP TRIGGER append_only ON _privaci.audit_log", "the trigger is not in the target"),
        (
            (
                "CREATE OR REPLACE TRIGGER append_only BEFORE DELETE ON _privaci.audit_log"
                " EXECUTE FUNCTION _privaci.refuse()"
            ),
            "the trigger is not in the target",
        ),
        (
            (
                "CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE"
                " ON _privaci.audit_log WHEN (false) EXECUTE FUNCTION _privaci.refuse()"
            ),
            "the trigger is not in the target",
        ),
        (
            (
                "CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OF who OR DELETE OR TRUNCATE"
                " ON _privaci.audit_log EXECUTE FUNCTION _privaci.refuse()"
            ),
            "the trigger is not in the target",
        ),
        (
            (
                "CREATE OR REPLACE FUNCTION _privaci.refuse() RETURNS trigger LANGUAGE plpgsql"
                " AS 'BEGIN RETURN NULL; END'"
            ),
            "the trigger calls another function",
        ),
    ],
)
def test_a_trail_without_its_guard_is_named(copied: Copied, statement: str, what: str) -> None:
    """Its trigger refuses changes; off, gone or replaced, it refuses nothing."""
    with psycopg.connect(copied.target, autocommit=True) as target:
        add_to_trail(target, [])
    assert not copied.verdict().differences
    execute(copied.target, statement)
    assert copied.verdict().wrong == {"_privaci.audit_log: append_only": what}


def test_a_rewritten_line_of_the_trail_is_named(copied: Copied) -> None:
    """The trigger was off meanwhile, and is on again."""
    line = Entry(refresh="r", run="r", who="ops", at=datetime.now(UTC), event="begun")
    with session(copied.target, autocommit=True) as target:
        add_sealed(target, [line, replace(line, event="published")])
    assert not copied.verdict().differences
    execute(
        copied.target,
        "ALTER TABLE _privaci.audit_log DISABLE TRIGGER append_only",
        "UPDATE _privaci.audit_log SET who = 'me' WHERE event = 'begun'",
        "ALTER TABLE _privaci.audit_log ENABLE TRIGGER append_only",
    )
    assert copied.verdict().wrong == {
        "_privaci.audit_log": "proved lines were changed, or their order was"
    }


@pytest.mark.parametrize("more", ["", "DROP EXTENSION plpgsql CASCADE"])
def test_a_target_without_a_trail_needs_no_guard(source_db: str, target_db: str, more: str) -> None:
    """Nor does one whose trail could have no trigger."""
    copied = Copied(source_db, target_db).copy()
    if more:
        execute(source_db, more)
        execute(target_db, more)
        with psycopg.connect(target_db, autocommit=True) as target:
            add_to_trail(target, [])
    assert not copied.verdict().differences


def test_a_table_of_an_extension_is_its_extensions(source_db: str, target_db: str) -> None:
    """Its indexes come with the extension, whose version may be another on the target."""
    execute(source_db, "CREATE TABLE own (id int PRIMARY KEY)", "CREATE EXTENSION citext",
            "ALTER EXTENSION citext ADD TABLE own")  # fmt: skip
    verdict = Copied(source_db, target_db)
    execute(target_db, "CREATE EXTENSION citext")
    assert not verdict.verdict().differences


def test_the_catalog_and_the_checks_read_the_same_keys(source_db: str) -> None:
    """One reader serves both, with each key's own operators and collations."""
    run(
        source_db,
        'CREATE TABLE team (id int PRIMARY KEY, name text COLLATE "C" UNIQUE)',
        "CREATE TABLE person (team int REFERENCES team, name text REFERENCES team (name))",
        "ALTER TABLE person ADD CONSTRAINT late FOREIGN KEY (team) REFERENCES team NOT VALID",
    )
    with source_session(source_db) as source:
        known, checked = read_catalog(source).foreign_keys, every_reference_in(source)
    assert sorted(known, key=lambda key: key.name) == checked
    assert [key.collations for key in checked] == [("",), ('COLLATE pg_catalog."C"',), ("",)]
    assert {key.children.as_string() for key in checked} == {'ONLY "public"."person"'}
