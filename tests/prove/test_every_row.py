"""Originals that are put back into a copy are found, wherever they are, whatever masked them."""

from __future__ import annotations

import psycopg
import pytest
from psycopg import sql

from privaci_core.masks import Keys
from privaci_core.policy import parse_policy
from privaci_core.prove.checks import verdicts
from privaci_core.prove.evidence import Evidence
from privaci_core.prove.ledgers import MOVED
from privaci_core.refresh.open import finished
from privaci_core.refresh.steps import copy_database

pytestmark = pytest.mark.postgres

KEYS = Keys.of(b"a salt of the test suite, long enough")
ADDRESS = "'nimue' || n || '@corp.example'"
KEYED = f"""
CREATE TABLE t (id int PRIMARY KEY, email text);
INSERT INTO t SELECT n, {ADDRESS} FROM generate_series(1, 2000) AS n;
"""
KEYLESS = KEYED.replace("int PRIMARY KEY", "int").replace("2000", "3000")
LONG = f"""
CREATE TABLE t (id int PRIMARY KEY, email text, body text);
ALTER TABLE t ALTER body SET STORAGE EXTERNAL;
INSERT INTO t SELECT n, {ADDRESS}, repeat(md5(n::text), 10000) FROM generate_series(1, 60) AS n;
"""
KINDS = """
CREATE TABLE t (
    id int PRIMARY KEY, amount int, doc jsonb, note text, code text, place text, part text,
    word text);
INSERT INTO t
SELECT n, n * 1000, jsonb_build_object('name', 'Nimue ' || n, 'n', n),
    'Call Nimue Lakewood at +49 30 70' || n, 'A-' || n, 'Place ' || n % 9, 'secret' || n,
    'word' || n
FROM generate_series(1, 200) AS n;
"""
FAKE = "email: {action: fake, provider: email}"
OF_KINDS = """
      amount: {action: noise, ratio: 0.2}
      doc: {action: json, default: redact, paths: {'$.n': {action: passthrough}}}
      note: {action: ner_mask}
      code: {action: regex_mask, pattern: '\\d+', replace: '0'}
      place: {action: shuffle}
      part: {action: partial, first: 1}
      word: {action: template, template: 'x {id}'}
"""


def policy_of(columns: str) -> str:
    """Rules for the one table."""
    if "\n" not in columns:
        columns = f"\n      {columns}\n"
    return f'version: "1.0"\nauto_detect: false\ntables:\n  public.t:\n    columns:{columns}'


def found(source: str, target: str, policy: str, *, remasks: bool) -> dict[str, object]:
    """What is wrong with a copy, by the name of the check."""
    with finished(source, target, parse_policy(policy, name="mask-rules.yaml"), KEYS) as opened:
        evidence = Evidence(
            copy=opened.copy,
            source=opened.connections.source,
            remasks=remasks,
        )
        return {name: verdict.wrong for name, verdict in verdicts(evidence).items()}


def copied(source: str, target: str, tables: str, policy: str) -> None:
    """Copy these tables."""
    with psycopg.connect(source, autocommit=True) as connection:
        connection.execute(tables.encode())
    copy_database(source, target, parse_policy(policy, name="mask-rules.yaml"), KEYS)


def put_back(source: str, target: str, column: str, rows: str) -> None:
    """Put the originals of a column back into some rows."""
    name = sql.Identifier(column)
    with psycopg.connect(source) as connection:
        query = sql.SQL("SELECT id, {}::text FROM t WHERE {}").format(name, sql.SQL(rows))
        originals = connection.execute(query).fetchall()
    with psycopg.connect(target, autocommit=True) as connection:
        ((kind,),) = connection.execute(
            "SELECT atttypid::regtype::text FROM pg_attribute"
            " WHERE attrelid = 't'::regclass AND attname = %s",
            [column],
        ).fetchall()
        update = sql.SQL("UPDATE t SET {} = %s::{} WHERE id = %s").format(name, sql.SQL(kind))
        with connection.cursor() as cursor:
            cursor.executemany(update, [(value, number) for number, value in originals])


@pytest.mark.parametrize("remasks", [False, True], ids=["recorded", "remasked"])
@pytest.mark.parametrize(
    ("tables", "rows"),
    [(KEYED, "id > 600"), (KEYED, "id = 1999"), (KEYLESS, "id > 500"), (LONG, "id > 20")],
    ids=["beyond the first rows", "one row", "no key", "long values"],
)
def test_originals_beyond_the_first_rows_are_found(
    source_db: str, target_db: str, tables: str, rows: str, *, remasks: bool
) -> None:
    """Against what the load recorded, and against the source masked once more."""
    copied(source_db, target_db, tables, policy_of(FAKE))
    assert found(source_db, target_db, policy_of(FAKE), remasks=remasks)["rows_are_masked"] == {}
    put_back(source_db, target_db, "email", rows)
    wrong = found(source_db, target_db, policy_of(FAKE), remasks=remasks)["rows_are_masked"]
    assert wrong == {"public.t": "values differ in email"}


@pytest.mark.parametrize("column", ["amount", "doc", "note", "code", "place", "part", "word"])
def test_originals_are_found_whatever_masked_them(
    source_db: str, target_db: str, column: str
) -> None:
    """Also of actions that may leave one value or another as it is."""
    policy = policy_of(OF_KINDS)
    copied(source_db, target_db, KINDS, policy)
    assert found(source_db, target_db, policy, remasks=True)["rows_are_masked"] == {}
    put_back(source_db, target_db, column, "true")
    wrong = found(source_db, target_db, policy, remasks=True)["rows_are_masked"]
    why = MOVED if column == "place" else f"values differ in {column}"
    assert wrong == {"public.t": why}


UNUSUAL = """
CREATE TABLE t (
    id int, email text, "100 % sure" text, key int GENERATED ALWAYS AS (id * 2) STORED PRIMARY KEY,
    doc xml, free xml);
INSERT INTO t (id, email, "100 % sure", doc, free)
SELECT n, 'nimue' || n || '@corp.example', 'so ' || n,
    {0}, {1}
FROM generate_series(1, 30) AS n;
CREATE TABLE parent (id int PRIMARY KEY, email text);
CREATE TABLE child (more text) INHERITS (parent);
INSERT INTO parent VALUES (1, 'ada@corp.example');
INSERT INTO child VALUES (1, 'bea@corp.example', 'more'), (2, 'cleo@corp.example', 'more');
"""
OF_UNUSUAL = """version: "1.0"
auto_detect: false
tables:
  public.t: {columns: {email: {action: fake, provider: email}}}
  public.parent: {columns: {email: {action: fake, provider: email}}}
  public.child: {columns: {email: {action: fake, provider: email}}}
"""


def documents(dsn: str) -> tuple[str, str]:
    """A document that declares its encoding, and one behind line breaks; none without libxml."""
    with psycopg.connect(dsn) as connection:
        try:
            connection.execute("SELECT xmlparse(content '')")
        except psycopg.errors.FeatureNotSupported:
            return "NULL", "NULL"
    declared = "'<?xml version=\"1.0\" encoding=\"utf-8\"?>' || chr(10) || '<a>é</a>'"
    return f"({declared})::xml", "(chr(10) || chr(10) || '<b/>')::xml"


@pytest.mark.parametrize("remasks", [False, True], ids=["recorded", "remasked"])
def test_unusual_tables_raise_no_alarm(source_db: str, target_db: str, *, remasks: bool) -> None:
    """XML that Postgres prints in another way, a generated key, a sign in a name, inheritance."""
    copied(source_db, target_db, UNUSUAL.format(*documents(source_db)), OF_UNUSUAL)
    wrong = found(source_db, target_db, OF_UNUSUAL, remasks=remasks)
    assert {name: what for name, what in wrong.items() if what} == {}
