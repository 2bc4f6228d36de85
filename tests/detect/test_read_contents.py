"""Samples of a database: of which tables and columns its user may see what the values look like."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from builders.catalogs import catalog, place, table
from psycopg import sql

from privaci_core.detect.sample import read_contents

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
    """Without NULL, listed columns and tables that are not granted; partitions as their table."""
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
        place(SOURCE, "public.event.phone"): 1,
    }
    assert found[place(SOURCE, "public.event.phone")].looks.share("phone") == 1
