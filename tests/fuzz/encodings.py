"""Chooses the encoding of a drawn database; the copy and the rebuilt one have the same."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

if TYPE_CHECKING:
    from substrate.databases import Databases

UTF8 = "UTF8"
# One in so many seeds has another encoding, each in all modes in its turn.
OTHERS, EVERY = ("LATIN1", "SQL_ASCII"), 13
CREATE = "CREATE DATABASE {} TEMPLATE template0 ENCODING {} LC_COLLATE 'C' LC_CTYPE 'C'"
# Bytes that are no UTF-8, which only SQL_ASCII takes.
ANY_BYTES = (
    "CREATE TABLE any_bytes (id integer PRIMARY KEY, note text, part character varying(9)[])",
    "INSERT INTO any_bytes VALUES (1, E'gr\\xf6\\xdfe', ARRAY[E'\\xff']), (2, E'\\x80,\\\\', NULL)",
    "CREATE INDEX by_bytes ON any_bytes (note)",
)


def encoding_of(seed: int) -> str:
    """The encoding of a seed's database."""
    turn, rest = divmod(seed, EVERY)
    return UTF8 if rest != EVERY - 1 else OTHERS[turn // 4 % len(OTHERS)]


def template_in(databases: Databases, encoding: str) -> str | None:
    """An empty database to clone, which is made the first time; UTF-8 needs none."""
    if encoding == UTF8:
        return None
    if encoding not in databases.templates:
        name = f"t_{encoding.lower()}_{uuid.uuid4().hex[:12]}"
        with psycopg.connect(databases.maintenance, autocommit=True) as connection:
            connection.execute(sql.SQL(CREATE).format(sql.Identifier(name), sql.Literal(encoding)))
        databases.templates[encoding] = name
    return databases.templates[encoding]
