"""Databases without an encoding: bytes that are no UTF-8 pass as they are, or end in a sentence."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from substrate.databases import name_of, run

from privaci_core.errors import CopyError
from privaci_core.masks import Keys
from privaci_core.policy import parse_policy
from privaci_core.prove.evidence import Evidence
from privaci_core.prove.search.no_originals import no_originals
from privaci_core.refresh.open import finished
from privaci_core.refresh.steps import copy_database

pytestmark = pytest.mark.postgres

KEYS = Keys.of(b"a salt of the test suite, long enough")
POLICY = 'version: "1.0"\non_existing_data: drop_create\n'
HASHED = POLICY + "tables: {public.t: {columns: {%s: {action: hash}}}}\n"
# Latin-1 and a letter of two bytes in UTF-8; the name of a column is not ASCII either.
ROWS = r"""
CREATE TABLE t (id int PRIMARY KEY, note text, "größe" text, tags text[], doc json);
INSERT INTO t VALUES
    (1, E'caf\xe9', 'Café', ARRAY[E'\xff'], '{}'),
    (2, repeat('é', 300), 'klein', '{}', E'{"a": "\xe9"}'),
    (3, NULL, NULL, NULL, NULL);
"""
ALL = "SELECT id, note::bytea, größe::bytea, tags::text::bytea, doc::text::bytea FROM t ORDER BY 1"


@pytest.fixture(params=["binary", "text"])
def ends(request: pytest.FixtureRequest, source_db: str, target_db: str) -> list[str]:
    """Source and target without an encoding; a type without a binary form makes rows text."""
    made = [recreated(dsn) for dsn in (source_db, target_db)]
    with psycopg.connect(source_db, autocommit=True) as connection:
        connection.execute("SET client_encoding TO 'SQL_ASCII'")
        connection.execute(ROWS.encode())
        if request.param == "text":
            connection.execute(b"ALTER TABLE t ADD COLUMN a aclitem")
    return made


def recreated(dsn: str) -> str:
    """The database in the encoding SQL_ASCII."""
    name = name_of(dsn)
    run(
        make_conninfo(dsn, dbname="postgres"),
        f"DROP DATABASE {name}",
        f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C'"
        " LC_CTYPE 'C'",
    )
    return dsn


def stored(dsn: str) -> Any:
    """Every value's bytes."""
    with psycopg.connect(dsn) as connection:
        connection.execute("SET client_encoding TO 'SQL_ASCII'")
        return connection.execute(ALL.encode()).fetchall()


def test_bytes_are_carried_as_they_are(ends: list[str]) -> None:
    """Detection samples them, the rows are copied, and the ledger of the target is the same."""
    copy_database(*ends, parse_policy(POLICY), KEYS)
    found = stored(ends[1])
    assert found == stored(ends[0])
    assert found[0][1] == b"caf\xe9"


def test_a_column_of_text_is_masked_beside_them(ends: list[str]) -> None:
    """Only the masked column must be UTF-8."""
    copy_database(*ends, parse_policy(HASHED % "größe"), KEYS)
    before, after = stored(ends[0]), stored(ends[1])
    assert [row[1] for row in after] == [row[1] for row in before]
    assert after[0][2] != before[0][2]


@pytest.mark.parametrize("column", ["note", "tags"])
def test_a_masked_column_with_such_bytes_ends_in_a_sentence(ends: list[str], column: str) -> None:
    """The column is named, the bytes are not."""
    with pytest.raises(CopyError, match=f"Masking the column {column}") as caught:
        copy_database(*ends, parse_policy(HASHED % column), KEYS)
    assert "no UTF-8" in str(caught.value)
    assert "caf" not in str(caught.value)


def test_a_target_in_utf8_refuses_them_in_a_sentence(source_db: str, target_db: str) -> None:
    """The error says how to create the target."""
    recreated(source_db)
    with psycopg.connect(source_db, autocommit=True) as connection:
        connection.execute("SET client_encoding TO 'SQL_ASCII'")
        connection.execute(ROWS.encode())
    with pytest.raises(CopyError, match="ENCODING 'SQL_ASCII'") as caught:
        copy_database(source_db, target_db, parse_policy(POLICY), KEYS)
    assert "caf" not in str(caught.value)


def test_originals_are_found_beside_them(ends: list[str]) -> None:
    """In a row and in a comment with such bytes."""
    with psycopg.connect(ends[0], autocommit=True) as source:
        source.execute("SET client_encoding TO 'SQL_ASCII'")
        source.execute("UPDATE t SET größe = 'Nimue Quillfeather' WHERE id = 2".encode())
    policy = parse_policy(HASHED % "größe")
    copy_database(*ends, policy, KEYS)
    with psycopg.connect(ends[1], autocommit=True) as target:
        target.execute("SET client_encoding TO 'SQL_ASCII'")
        target.execute(rb"UPDATE t SET note = E'caf\xe9 QUILLFEATHER, Nimue' WHERE id = 1")
        target.execute(rb"COMMENT ON TABLE t IS E'\xe9 nimue quillfeather'")
    with finished(*ends, policy, KEYS) as opened:
        evidence = Evidence(copy=opened.copy, source=opened.connections.source)
        found = no_originals(evidence).wrong
    places = {"public.t.note", "the comment of table public.t"}
    assert found == {place: {'public.t."größe"': 1} for place in places}
