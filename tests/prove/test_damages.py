"""A finished target, damaged in one random place: verifying finds it, with and without the source.

`make damages` tries two hundred damages; the suite tries some of each kind.
"""

from __future__ import annotations

import os
import random
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from substrate.databases import Databases, cloned, name_of

from privaci_core.masks import Keys
from privaci_core.policy import parse_policy
from privaci_core.postgres.session import target_session
from privaci_core.prove.checks import verdicts
from privaci_core.prove.definitions import object_digests
from privaci_core.prove.evidence import Evidence
from privaci_core.prove.ledgers import ledgers_in
from privaci_core.prove.target_only import verify_target
from privaci_core.refresh.open import finished
from privaci_core.refresh.steps import copy_database
from privaci_core.target.audit_trail import Entry, add_to_trail
from privaci_core.target.ledger_store import stored_ledgers
from privaci_core.target.trail_digest import trail_digest

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [pytest.mark.postgres, pytest.mark.slow]

KEYS = Keys.of(b"a salt of the test suite, long enough")
TRIALS = int(os.environ.get("PRIVACI_TEST_DAMAGES", "24"))
FIRST = int(os.environ.get("PRIVACI_TEST_FIRST_DAMAGE", "0"))
PEOPLE = 300
SCHEMA = f"""
CREATE TYPE state AS ENUM ('new', 'old');
CREATE TABLE firm (id int PRIMARY KEY, name text NOT NULL UNIQUE, since date);
INSERT INTO firm SELECT n, 'Firm number ' || n, '2020-01-01'::date + n
FROM generate_series(1, 40) AS n;
CREATE TABLE person (
    id int PRIMARY KEY, email text UNIQUE, full_name text, phone text, note text, doc jsonb,
    tags text[], raw bytea, words tsvector, state state DEFAULT 'new', height numeric(5,2),
    firm int NOT NULL REFERENCES firm);
INSERT INTO person SELECT
    n, 'nimue.' || n || '@corp.example', 'Nimue Lakewood' || chr(97 + n % 26) || n,
    '+49 30 ' || 7000000 + n * 13, 'nothing of note, number ' || n, jsonb_build_object('n', n),
    ARRAY['tag ' || n, NULL], decode(lpad(to_hex(n), 4, '0'), 'hex'),
    to_tsvector('simple', 'word' || n),
    CASE WHEN n % 3 = 0 THEN 'old' ELSE 'new' END::state, n % 90 + 100.5, n % 40 + 1
FROM generate_series(1, {PEOPLE}) AS n;
CREATE TABLE visit (person int REFERENCES person, at timestamptz, note text);
INSERT INTO visit
SELECT n % {PEOPLE} + 1, '2024-01-01'::timestamptz + n * interval '1 hour', 'visit ' || n
FROM generate_series(1, 900) AS n;
CREATE TABLE document (id int PRIMARY KEY, body text);
ALTER TABLE document ALTER body SET STORAGE EXTERNAL;
INSERT INTO document SELECT n, repeat('long text ' || n, 4000) FROM generate_series(1, 20) AS n;
CREATE VIEW grown AS SELECT id, email FROM person WHERE state = 'old';
CREATE FUNCTION greet(text) RETURNS text LANGUAGE sql AS 'SELECT ''hello '' || $1';
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER stamped BEFORE UPDATE ON firm FOR EACH ROW EXECUTE FUNCTION stamp();
CREATE INDEX by_height ON person (height);
"""
POLICY = """version: "1.0"
auto_detect: false
tables:
  public.person:
    columns:
      email: {action: fake, provider: email}
      full_name: {action: fake, provider: full_name}
      phone: {action: fake, provider: phone}
"""
# Values that the source has and the target must not.
EMAIL, NAME = "nimue.{}@corp.example", "Nimue Lakewood{}{}"


def original(draw: random.Random) -> str:
    """An original of some person."""
    number = draw.randint(1, PEOPLE)
    return draw.choice((EMAIL.format(number), NAME.format(chr(97 + number % 26), number)))


def row(draw: random.Random, most: int = PEOPLE) -> int:
    """The number of a row."""
    return draw.randint(1, most)


def swapped(column: str, table: str = "person") -> Callable[[random.Random], str]:
    """Two rows exchange what they have in one column."""

    def damage(draw: random.Random) -> str:
        most = PEOPLE if table == "person" else 20
        one, other = draw.sample(range(1, most + 1), 2)
        return (
            f"ALTER TABLE person DROP CONSTRAINT IF EXISTS person_email_key CASCADE;"
            f"UPDATE {table} AS a SET {column} = b.{column} FROM {table} AS b"
            f" WHERE (a.id, b.id) IN (({one}, {other}), ({other}, {one}));"
            f"ALTER TABLE person ADD UNIQUE (email)"
        )

    return damage


def planted(statement: str) -> Callable[[random.Random], str]:
    """An original, quoted into a statement, in some row."""
    return lambda draw: statement.format(original(draw), id=row(draw))


CHANGES = ("height = height + 0.01", "note = note || 1", "state = NULL")
# One random damage of each kind; a statement for the target.
ROWS: dict[str, Callable[[random.Random], str]] = {
    # Two people may have one fake name, so notes are swapped.
    "values change places": swapped("note"),
    "keys change places": swapped("email"),
    "long values change places": swapped("body", "document"),
    "a row is lost": lambda draw: f"DELETE FROM visit WHERE note = 'visit {row(draw, 900)}'",
    "a row is doubled": lambda draw: (
        f"INSERT INTO visit SELECT * FROM visit WHERE note = 'visit {row(draw, 900)}'"
    ),
    "a value changes": lambda draw: (
        f"UPDATE person SET {draw.choice(CHANGES)}"
        f" WHERE id = {row(draw)}"
    ),
    "a moment changes": lambda draw: (
        f"UPDATE visit SET at = at + interval '1 us' WHERE note = 'visit {row(draw, 900)}'"
    ),
    "a long value changes": lambda draw: (
        f"UPDATE document SET body = overlay(body PLACING '!' FROM {row(draw, 30_000)})"
        f" WHERE id = {row(draw, 20)}"
    ),
    "a reference moves": lambda draw: (
        f"UPDATE person SET firm = firm % 40 + 1 WHERE id = {row(draw)}"
    ),
    "a reference dangles": lambda draw: (
        "SET session_replication_role = replica;"
        f"DELETE FROM firm WHERE id = {row(draw, 40)}"
    ),
    "an original is put back": lambda draw: (
        "UPDATE person SET email = 'nimue.' || id || '@corp.example'"
        f" WHERE id = {row(draw)}"
    ),
    "an original in a text": planted("UPDATE person SET note = 'ask {0}' WHERE id = {id}"),
    "an original in a document": planted(
        "UPDATE person SET doc = jsonb_build_object('who', ARRAY['{0}']) WHERE id = {id}"
    ),
    "an original in an array": planted("UPDATE person SET tags = ARRAY['{0}'] WHERE id = {id}"),
    "an original in bytes": planted(
        "UPDATE person SET raw = convert_to('{0}', 'UTF8') WHERE id = {id}"
    ),
}  # fmt: skip
OBJECTS: dict[str, Callable[[random.Random], str]] = {
    "an original in a comment": planted("COMMENT ON COLUMN person.note IS 'as {0} said'"),
    "an original in a view": planted(
        "CREATE OR REPLACE VIEW grown AS SELECT id, email FROM person WHERE note <> '{0}'"
    ),
    "an original in a function": planted(
        "CREATE OR REPLACE FUNCTION greet(text) RETURNS text LANGUAGE sql AS 'SELECT ''{0}''::text'"
    ),
    "an original in a default": planted("ALTER TABLE person ALTER note SET DEFAULT '{0}'"),
    "an original in a check": planted(
        "ALTER TABLE person ADD CONSTRAINT none CHECK (note <> '{0}')"
    ),
    "an original among labels": planted("ALTER TYPE state ADD VALUE '{0}'"),
    "a foreign key is gone": lambda _: "ALTER TABLE person DROP CONSTRAINT person_firm_fkey",
    "a foreign key points elsewhere": lambda _: (
        "ALTER TABLE person DROP CONSTRAINT person_firm_fkey;"
        "ALTER TABLE person ADD CONSTRAINT person_firm_fkey"
        " FOREIGN KEY (firm) REFERENCES firm ON DELETE CASCADE"
    ),
    "a unique key is gone": lambda _: "ALTER TABLE firm DROP CONSTRAINT firm_name_key",
    "an index is on another column": lambda _: (
        "DROP INDEX by_height; CREATE INDEX by_height ON person (note)"
    ),
    "a trigger is disabled": lambda _: "ALTER TABLE firm DISABLE TRIGGER stamped",
    "the trail is open": lambda _: "ALTER TABLE _privaci.audit_log DISABLE TRIGGER append_only",
}
DAMAGES = {**ROWS, **OBJECTS}


@dataclass(frozen=True)
class Proved:
    """A source, its masked copy, and what a proof says of the copy."""

    source: str
    template: str
    content: dict[str, Any]


@pytest.fixture(scope="module")
def proved(databases: Databases) -> Proved:
    """Copied once; each damage is done to a clone."""

    def build(dsn: str) -> None:
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute(SCHEMA.encode())

    source = databases.create(databases.template("damages", build))
    target = databases.create()
    copy_database(source, target, parse_policy(POLICY, name="mask-rules.yaml"), KEYS)
    with psycopg.connect(target, autocommit=True) as connection:
        add_to_trail(connection, [entry()])
    return Proved(source, name_of(target), content_of(target))


def entry() -> Entry:
    """A line of the trail."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    return Entry(refresh="a refresh", run="a run", who="Ada", at=now, event="published")


def content_of(target: str) -> dict[str, Any]:
    """What the proof of a target says, as far as verifying reads it."""
    recorded = ledgers_in(target)
    with target_session(target, autocommit=True) as connection:
        ((refresh, key),) = stored_ledgers(connection).keys.items()
        objects, trail = object_digests(connection, key), trail_digest(connection)
    tables = [
        {"name": name, "refresh": found.refresh, "ledger": found.ledger.as_json()}
        for name, found in recorded.items()
    ]
    return {"refresh": refresh, "tables": tables, "objects": objects, "trail": trail}


def against_source(proved: Proved, target: str) -> dict[str, Any]:
    """What verifying with the source finds."""
    policy = parse_policy(POLICY, name="mask-rules.yaml")
    with finished(proved.source, target, policy, KEYS) as opens:
        evidence = Evidence(
            copy=opens.copy,
            source=opens.connections.source,
            remasks=True,
        )
        return {name: found.wrong for name, found in verdicts(evidence).items() if found.wrong}


def against_proof(proved: Proved, target: str) -> dict[str, Any]:
    """What verifying against the proof alone finds."""
    found = verify_target(target, proved.content)
    return {name: verdict.wrong for name, verdict in found.items() if verdict.wrong}


def test_a_whole_copy_is_proved(proved: Proved, databases: Databases) -> None:
    """Without a damage nothing is found; a clone is as good as the target."""
    with cloned(databases, proved.template) as target:
        assert against_source(proved, target) == {}
        assert against_proof(proved, target) == {}


@pytest.mark.parametrize("trial", range(FIRST, FIRST + TRIALS))
def test_a_damage_is_found(
    proved: Proved, databases: Databases, trial: int, record_property: Callable[[str, object], None]
) -> None:
    """Whatever it is, both ways to verify name it, and neither quotes a value."""
    names = sorted(DAMAGES)
    name, draw = names[trial % len(names)], random.Random(trial)  # noqa: S311 - no secret
    statement = DAMAGES[name](draw)
    with cloned(databases, proved.template) as target:
        with psycopg.connect(target, autocommit=True) as connection:
            connection.execute(statement.encode())
        found = against_proof(proved, target)
        compared = against_source(proved, target)
    record_property("damages_done", 2)
    record_property("damages_found", bool(found) + bool(compared))
    assert found, name
    assert compared, name
    assert "corp.example" not in str(found) + str(compared)
    assert "Lakewood" not in str(found) + str(compared)
