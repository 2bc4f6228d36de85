"""Databases in LATIN1: an exact copy into any encoding that has the letters, or one sentence."""

from __future__ import annotations

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from substrate.databases import name_of, run
from substrate.judge import data_differences, schema_differences

from privaci_core.errors import PrivaciError
from privaci_core.masks import Keys
from privaci_core.policy import parse_policy
from privaci_core.prove.checks import verdicts
from privaci_core.prove.evidence import Evidence
from privaci_core.refresh.open import finished
from privaci_core.refresh.steps import copy_database

pytestmark = pytest.mark.postgres

KEYS = Keys.of(b"a salt of the test suite, long enough")
COPIES = parse_policy('version: "1.0"\nauto_detect: false\non_existing_data: drop_create\n')
SCHEMA = """
CREATE TYPE "größe" AS ENUM ('klein', 'größer');
CREATE TYPE pair AS (a text, "ü" text);
CREATE TABLE "straße" (
    id int PRIMARY KEY, "größe" "größe", note text DEFAULT 'é', tags text[], doc jsonb, js json,
    short char(5), x xml, t tsvector, p pair, r name, c "char", b bytea,
    CHECK (note <> 'ß')
);
COMMENT ON TABLE "straße" IS 'für ©';
CREATE FUNCTION "grüß"() RETURNS text LANGUAGE sql AS $$ SELECT 'schön'::text $$;
CREATE VIEW "sähe" AS SELECT id, upper(note) AS "höher" FROM "straße" WHERE note ~ 'é|ü';
CREATE INDEX "schlüssel" ON "straße" (lower(note)) WHERE note <> 'ö';
INSERT INTO "straße" VALUES
    (1, 'größer', 'café ÿ', ARRAY['ü', 'x y', NULL], '{"ä": "ö"}', '{"ä":  "ö"}', 'éé', '<a>é</a>',
     'é:1 ü:2', ROW('é', 'ü'), 'naïve', 'c', '\\xe9ff'),
    (2, 'klein', repeat('é', 3000), '{}', '{}', '{}', '', NULL, '', ROW(NULL, ''), '', NULL, ''),
    (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
"""
FAKED = parse_policy("""version: "1.0"
auto_detect: false
on_existing_data: drop_create
tables:
  public.person:
    columns:
      name: {action: fake, provider: full_name}
      city: {action: fake, provider: city}
""")


def recreated(dsn: str, encoding: str) -> str:
    """The database in an encoding."""
    name = name_of(dsn)
    run(
        make_conninfo(dsn, dbname="postgres"),
        f"DROP DATABASE {name}",
        f"CREATE DATABASE {name} TEMPLATE template0 ENCODING '{encoding}' LC_COLLATE 'C'"
        " LC_CTYPE 'C'",
    )
    return dsn


def filled(dsn: str, statements: str) -> None:
    """Run statements in UTF-8."""
    with psycopg.connect(dsn, autocommit=True, client_encoding="UTF8") as connection:
        connection.execute(statements.encode())


@pytest.mark.parametrize("into", ["LATIN1", "UTF8", "LATIN9"])
def test_every_letter_arrives(source_db: str, target_db: str, into: str) -> None:
    """Names, definitions and values of every kind of text; the checks hold."""
    source, target = recreated(source_db, "LATIN1"), recreated(target_db, into)
    filled(source, SCHEMA)
    copy_database(source, target, COPIES, KEYS)
    with finished(source, target, COPIES, KEYS) as opened:
        evidence = Evidence(copy=opened.copy, source=opened.connections.source, remasks=True)
        found = verdicts(evidence)
    assert {name: each.wrong for name, each in found.items() if each.wrong} == {}
    assert schema_differences(source, target) == []
    # The judge's own sums are over the bytes that a server stores.
    if into != "UTF8":
        assert data_differences(source, target, frozenset()) == []


@pytest.mark.parametrize("kind", ["char(5)", "varchar(5)"])
def test_a_target_that_counts_bytes_is_refused(source_db: str, target_db: str, kind: str) -> None:
    """Where a letter has two; without such letters the copy is exact."""
    target = recreated(target_db, "SQL_ASCII")
    filled(source_db, f"CREATE TABLE t (note {kind}); INSERT INTO t VALUES ('aaa')")
    copy_database(source_db, target, COPIES, KEYS)
    assert data_differences(source_db, target, frozenset()) == []
    filled(source_db, "INSERT INTO t VALUES ('éééé')")
    with pytest.raises(PrivaciError, match="ENCODING 'UTF8'"):
        copy_database(source_db, target, COPIES, KEYS)


@pytest.mark.parametrize("where", ["value", "comment", "name"])
def test_a_letter_that_the_target_lacks_ends_in_a_sentence(
    source_db: str, target_db: str, where: str
) -> None:
    """It says which encoding the target needs, and quotes nothing."""
    recreated(target_db, "LATIN1")
    filled(
        source_db,
        {
            "value": "CREATE TABLE t (note text); INSERT INTO t VALUES ('secret Łukasz')",
            "comment": "CREATE TABLE t (id int); COMMENT ON TABLE t IS 'secret Łukasz'",
            "name": 'CREATE TABLE "Łukasz" (id int)',
        }[where],
    )
    with pytest.raises(PrivaciError) as caught:
        copy_database(source_db, target_db, COPIES, KEYS)
    assert "ENCODING 'UTF8'" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_fakes_fit_the_encoding_of_the_target(source_db: str, target_db: str) -> None:
    """All names and towns are letters that LATIN1 has."""
    source, target = recreated(source_db, "LATIN1"), recreated(target_db, "LATIN1")
    filled(
        source,
        "CREATE TABLE person (id int PRIMARY KEY, name text, city text, note text);"
        "INSERT INTO person SELECT n, 'Zoë ' || n, 'Orléans ' || n, 'é'"
        " FROM generate_series(1, 2000) AS n",
    )
    copy_database(source, target, FAKED, KEYS)


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("COMMENT ON TABLE t IS 'secret \xe9'", "table public.t"),
        ("CREATE VIEW v AS SELECT 'secret \xe9'::text AS a", "view public.v"),
        ('CREATE TABLE u ("x\xe9" int)', r"column x\xe9 of table public.u"),
        ("CREATE TYPE e AS ENUM ('secret \xe9')", "type public.e"),
        (
            "CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$ SELECT '\xe9' $$",
            "function public.f()",
        ),
        ("ALTER TABLE t ADD CHECK (note <> 'secret \xe9')", "constraint"),
    ],
)
def test_definitions_that_are_no_text_are_named(
    source_db: str, target_db: str, statement: str, named: str
) -> None:
    """Rows may hold any bytes, but who reads a name has to know its letters."""
    source, target = recreated(source_db, "SQL_ASCII"), recreated(target_db, "SQL_ASCII")
    with psycopg.connect(source, autocommit=True) as connection:
        connection.execute("SET client_encoding TO 'SQL_ASCII'")
        connection.execute("CREATE TABLE t (note text)")
        connection.execute(statement.encode("latin-1"))
    with pytest.raises(PrivaciError) as caught:
        copy_database(source, target, COPIES, KEYS)
    assert named in str(caught.value)
    assert "secret" not in str(caught.value)
