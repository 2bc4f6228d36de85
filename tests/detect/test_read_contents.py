"""Samples of a database: of which tables and columns its user may see what the values look like."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import psycopg
import pytest
from builders.catalogs import catalog, place, table
from psycopg import sql

from privaci_core.detect.sample import read_contents
from privaci_core.errors import CopyError

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from substrate.databases import Connection

pytestmark = pytest.mark.postgres

SOURCE = catalog(
    table("public.person", "email text", "code text", "listed text"),
    table("public.event", "phone text", kind="p"),
    table("public.event_1", "phone text", partition_of="public.event"),
    table("public.hidden", "email text"),
    table("public.plain", "size int2"),
)
SCHEMA = """
CREATE TABLE person (email text, code text, listed text);
INSERT INTO person VALUES ('ada@corp.example', NULL, 'x'), (NULL, 'a', 'y'), (NULL, 'b', 'z');
CREATE TABLE event (phone text) PARTITION BY LIST (phone);
CREATE TABLE event_1 PARTITION OF event DEFAULT;
INSERT INTO event VALUES ('+1 555 010 0199');
CREATE TABLE hidden (email text);
CREATE TABLE plain (size int2);
"""


def test_what_the_user_may_read_is_sampled(
    connection: Connection, in_role: Callable[[str], AbstractContextManager[None]]
) -> None:
    """Without NULL and tables that are not granted; of listed columns nothing but prints."""
    role = f"reader_{uuid4().hex}"
    connection.execute(SCHEMA)
    connection.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(role)))
    grant = sql.SQL("GRANT SELECT ON person, event, plain TO {}")
    connection.execute(grant.format(sql.Identifier(role)))
    with in_role(role):
        found = read_contents(connection, SOURCE, {("public", "person", "listed")})
    assert {where: contents.looks.sampled for where, contents in found.items()} == {
        place(SOURCE, "public.person.email"): 1,
        place(SOURCE, "public.person.code"): 2,
        place(SOURCE, "public.person.listed"): 0,
        place(SOURCE, "public.event.phone"): 1,
    }
    assert found[place(SOURCE, "public.event.phone")].looks.share("phone") == 1


MANY = catalog(*[table(f"public.t{number}", "a text", "b text") for number in range(120)])


def fill_many(connection: Connection) -> None:
    """Create the tables of MANY; each has a row of its own."""
    for number in range(120):
        connection.execute(f"CREATE TABLE t{number} (a text, b text)".encode())
        row = [f"ada{number}@corp.example.test", None]
        connection.execute(f"INSERT INTO t{number} VALUES (%s, %s)".encode(), row)


def test_one_statement_samples_many_small_tables(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hundred and twenty tables are read by three statements, each with its own values."""
    fill_many(connection)
    asked: list[object] = []
    execute = psycopg.Cursor.execute

    def counted(cursor: object, query: object, *rest: object, **more: object) -> object:
        asked.append(query)
        return execute(cursor, query, *rest, **more)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(psycopg.Cursor, "execute", counted)
        found = read_contents(connection, MANY, frozenset())
    assert sum(b"TABLESAMPLE" in query for query in asked if isinstance(query, bytes)) == 3
    assert len(asked) <= 10
    for number in range(120):
        assert found[place(MANY, f"public.t{number}.a")].looks.share("email") == 1
        assert found[place(MANY, f"public.t{number}.b")].looks.sampled == 0


def test_an_error_names_the_one_table_that_cannot_be_sampled(connection: Connection) -> None:
    """A table of many that is gone is named, not the statement that reads all of them."""
    fill_many(connection)
    connection.execute("DROP TABLE t77")
    with pytest.raises(CopyError, match=r"Sampling public\.t77"):
        read_contents(connection, MANY, frozenset())


def test_documents_are_read_apart(connection: Connection) -> None:
    """A table that holds documents is a statement of its own: their texts may be long."""
    connection.execute("CREATE TABLE d (doc jsonb)")
    connection.execute("CREATE TABLE e (email text)")
    connection.execute(
        """INSERT INTO d SELECT '{"mail": "bo@corp.example.test"}' FROM generate_series(1, 9)"""
    )
    connection.execute("INSERT INTO e VALUES ('bo@corp.example.test')")
    known = catalog(table("public.d", "doc jsonb"), table("public.e", "email text"))
    found = read_contents(connection, known, frozenset())
    assert found[place(known, "public.d.doc")].paths["$.mail"].share("email") == 1
    assert found[place(known, "public.e.email")].looks.share("email") == 1
