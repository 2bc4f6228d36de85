"""What the search asks of a target runs on every version of Postgres that is here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from privaci_core.postgres.session import pin
from privaci_core.sql import query

if TYPE_CHECKING:
    from substrate.databases import Databases

pytestmark = pytest.mark.postgres

THINGS = """
CREATE TYPE mood AS ENUM ('glad');
CREATE DOMAIN short AS text DEFAULT 'nothing' CHECK (length(VALUE) < 9);
CREATE TABLE t (id int PRIMARY KEY, a text DEFAULT 'x', b mood, CHECK (a <> 'y'));
CREATE TABLE p (id int) PARTITION BY RANGE (id);
CREATE TABLE p_1 PARTITION OF p FOR VALUES FROM (1) TO (9);
CREATE VIEW v AS SELECT a FROM t;
CREATE MATERIALIZED VIEW m AS SELECT a FROM t;
CREATE INDEX lowered ON t (lower(a)) WHERE a <> 'z';
CREATE FUNCTION f(what text DEFAULT 'w') RETURNS text LANGUAGE sql AS 'SELECT $1';
CREATE FUNCTION g() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE AGGREGATE longest (text) (SFUNC = textcat, STYPE = text);
CREATE TRIGGER late AFTER INSERT ON t FOR EACH ROW WHEN (NEW.a <> 'q') EXECUTE FUNCTION g();
CREATE RULE quiet AS ON DELETE TO t WHERE old.a = 'r' DO NOTHING;
CREATE POLICY mine ON t USING (a <> 's');
CREATE STATISTICS both_of ON id, a FROM t;
CREATE PUBLICATION told FOR TABLE t;
COMMENT ON TABLE t IS 'a table';
INSERT INTO t SELECT n, 'many', 'glad' FROM generate_series(1, 9) AS n;
ANALYZE t;
"""
PLACES = {
    *("the comment of table public.t", "the definition of view public.v"),
    *("the default of column a of table public.t", "the bounds of table public.p_1"),
    *("the definition of function public.f(text)", "the labels of type public.mood"),
    *("the default of type public.short", "the definition of index public.lowered"),
    *("the definition of trigger late on table public.t", "the definition of policy mine on"),
    *("the definition of rule quiet on table public.t", "the definition of materialized view"),
    "the definition of statistics object public.both_of",
}


def test_the_questions_are_understood(every_server: Databases) -> None:
    """Definitions, statistics, columns and types of an object of each kind."""
    dsn = every_server.create()
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(THINGS)
        pin(connection)
        if connection.info.server_version >= 140000:
            body = "CREATE FUNCTION public.h() RETURNS text BEGIN ATOMIC SELECT 'told'::text; END"
            connection.execute(body)
        found = dict(connection.execute(query("search_definitions")).fetchall())
        for place in PLACES:
            assert any(name.startswith(place) for name in found), place
        assert found["the comment of table public.t"] == b"a table"
        if connection.info.server_version >= 140000:
            assert b"told" in found["the definition of function public.h()"]
        statistics = connection.execute(query("search_statistics")).fetchall()
        assert ("public", "t", "a") in [row[:3] for row in statistics]
        if connection.info.server_version >= 140000:
            rows = connection.execute(query("search_statistics_together")).fetchall()
            assert ("public", "both_of", "public", "t") in [row[:4] for row in rows]
        sources = set(connection.execute(query("search_sources")).fetchall())
        assert {
            ("public", "m", "public", "t"),
            ("public", "lowered", "public", "t"),
            ("public", "p", "public", "p_1"),
        } <= sources
        columns = connection.execute(query("search_columns")).fetchall()
        assert {row[2] for row in columns} == {"t", "p_1", "m"}
        sent_by = {row[1] for row in connection.execute(query("search_types")).fetchall()}
        assert {"textsend", "record_send", "enum_send", "range_send"} <= sent_by
    every_server.drop(dsn)
