"""How a comparison samples rows, finds them again under their masked keys, and counts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import polars as pl
import psycopg
import pytest
from builders.copies import KEYS, action, columns, masked, table_plan
from psycopg import sql

from privaci_core.masks import Shape
from privaci_core.prove.compare_rows import (
    Compared,
    can_find,
    compare_rows,
    count_statements,
    judge_rows,
    lookup_statement,
    masked_keys,
    row_counts,
    sample_percent,
    sample_statement,
)
from privaci_core.stream.bind_columns import bind_alone

if TYPE_CHECKING:
    from privaci_core.plan.plan import TablePlan

unit, postgres = pytest.mark.unit, pytest.mark.postgres

EMAIL = masked("email", action("fake", provider="email"))
ID, EMAIL_COLUMN = columns("id integer", "email text")
WHEN = sql.SQL("country = 'de'")
# An email, an id, and nothing else.
PERSON = table_plan(EMAIL, carried=("id",), key=[ID])

HASH = action("hash")


def said(statement: sql.Composable) -> str:
    """A statement as it is sent."""
    return statement.as_string(None)


@unit
def test_counts_are_by_kind_and_column() -> None:
    """Each value is counted once, under what became of it."""
    table = table_plan(
        masked("email", HASH),
        masked("phone", HASH),
        read=(("name", "text"),),
        carried=("id",),
        key=[ID],
    )
    before = [
        ("a@corp.example", "+1", "Ann", "1"),
        ("b@corp.example", "+2", "Bob", "2"),
        ("c@corp.example", None, "Cid", "3"),
        ("d@corp.example", "+4", "Dan", "4"),
    ]
    after = {
        1: ("x1", "y1", "Ann", "1"),
        2: ("b@corp.example", "y2", "Bob", "2"),
        3: ("x3", "y3", "Eve", "3"),
    }
    assert judge_rows(table, before, after) == Compared(
        rows=4,
        missing=1,
        kept={"email": 1},
        changed={"name": 1},
        lost={"phone": 1},
        masked={"email": 2, "phone": 2},
    )


@unit
def test_a_row_is_compared_with_the_one_of_its_own_number() -> None:
    """Rows come back in any order; numbers begin with 1."""
    before = [("a", "1"), ("b", "2")]
    found = judge_rows(PERSON, before, {2: ("y", "2"), 1: ("x", "1")})
    assert (found.wrong, found.masked) == ({}, {"email": 2})
    assert judge_rows(PERSON, before, {2: ("x", "1"), 1: ("y", "2")}).changed == {"id": 2}


@unit
def test_a_column_with_a_condition_is_masked_only_where_it_is_true() -> None:
    """Where it is false or NULL the value is copied; conditions come in the masks' order."""
    table = table_plan(
        masked("email", HASH, when=WHEN),
        masked("phone", HASH),
        masked("name", HASH, when=sql.SQL("true")),
        carried=("id",),
        key=[ID],
    )
    before = [
        ("a", "b", "c", "1", "true", "false"),
        ("a", "b", "c", "2", "false", "true"),
        ("a", "b", "c", "3", None, None),
    ]
    copied = {
        1: ("x", "y", "c", "1"),
        2: ("a", "y", "z", "2"),
        3: ("a", "y", "c", "3"),
    }
    found = judge_rows(table, before, copied)
    assert (found.wrong, found.masked) == ({}, {"email": 1, "phone": 3, "name": 1})
    all_masked = {number: ("x", "y", "z", str(number)) for number in (1, 2, 3)}
    assert judge_rows(table, before, all_masked).changed == {"name": 2, "email": 2}
    none_masked = {number: ("a", "b", "c", str(number)) for number in (1, 2, 3)}
    assert judge_rows(table, before, none_masked).kept == {"email": 1, "phone": 3, "name": 1}


@unit
def test_a_reference_of_an_orphan_may_be_null() -> None:
    """Only in the columns that are named, and only NULL."""
    table = table_plan(EMAIL, carried=("id", "team"), key=[ID])
    before = [("a", "1", "7")]
    gone, other = {1: ("x", "1", None)}, {1: ("x", "1", "8")}
    assert judge_rows(table, before, gone, frozenset({"team"})).holds
    assert judge_rows(table, before, gone, frozenset({"id"})).changed == {"team": 1}
    assert judge_rows(table, before, gone).changed == {"team": 1}
    assert judge_rows(table, before, other, frozenset({"team"})).changed == {"team": 1}


@unit
def test_columns_behind_a_reference_of_an_orphan_are_compared() -> None:
    """That one column became NULL excuses no other."""
    table = table_plan(EMAIL, carried=("id", "team", "name"), key=[ID])
    after = {1: ("x", "1", None, "Eve")}
    found = judge_rows(table, [("a", "1", "7", "Ann")], after, frozenset({"team"}))
    assert found.changed == {"name": 1}


@unit
@pytest.mark.parametrize("kind", ["kept", "changed", "lost"])
def test_what_is_wrong_is_named(kind: Any) -> None:
    """Whatever its kind, the comparison does not hold; masked values are right."""
    assert Compared(rows=3, masked={"email": 3}).holds
    assert Compared(rows=3, masked={"email": 3}).wrong == {}
    found = Compared(rows=3, **{kind: {"email": 2}})
    assert not found.holds
    assert found.wrong == {kind: {"email": 2}}


@unit
def test_missing_rows_are_wrong() -> None:
    """A row whose key is not in the target was lost."""
    assert Compared(rows=3, missing=1).wrong == {"missing": 1}
    assert not Compared(rows=3, missing=1).holds


@unit
@pytest.mark.parametrize(
    ("table", "findable"),
    [
        (PERSON, True),
        (table_plan(EMAIL, carried=("id",)), False),
        (replace(PERSON, key=(EMAIL_COLUMN,)), True),
        (table_plan(replace(EMAIL, when=WHEN), carried=("id",), key=[ID]), True),
        (table_plan(replace(EMAIL, when=WHEN), key=[EMAIL_COLUMN]), False),
        (table_plan(replace(EMAIL, reads=("name",)), key=[EMAIL_COLUMN]), False),
        (table_plan(masked("email", action("shuffle")), key=[EMAIL_COLUMN]), False),
        (
            table_plan(masked("email", action("template", template="x")), key=[EMAIL_COLUMN]),
            False,
        ),
        (table_plan(replace(EMAIL, when=WHEN), carried=("id",), key=[ID, EMAIL_COLUMN]), False),
    ],
)
def test_a_row_is_found_where_its_key_follows_from_the_source_s(
    table: TablePlan, *, findable: bool
) -> None:
    """Not without a key, nor where a fake depends on more than the value of one of its columns."""
    assert can_find(table) is findable


@unit
def test_rows_are_looked_up_by_their_masked_keys() -> None:
    """A masked column of the key as it is in the target, another one as it is in the source."""
    table = table_plan(masked("email", HASH), carried=("id",), key=[ID, EMAIL_COLUMN])
    rows = [("a@corp.example", "1"), ("b@corp.example", "2")]
    ids, emails = masked_keys(table, rows, KEYS)
    fakes = bind_alone(table.masked[0], KEYS)
    assert ids == ["1", "2"]
    assert emails == fakes(pl.Series([row[0] for row in rows])).to_list()
    assert emails != [row[0] for row in rows]


@unit
def test_a_small_table_is_read_whole_and_a_large_one_in_part() -> None:
    """About as many pages as the sample needs; never none."""
    assert sample_percent(0) == 100.0
    assert sample_percent(100_000) == 100.0
    assert sample_percent(200_000) == 50.0
    assert sample_percent(1_000_000) == 10.0
    assert sample_percent(10**12) == 0.01


@unit
def test_the_sample_has_conditions_behind_its_columns() -> None:
    """In text form, of this table alone, within the policy's predicate."""
    table = replace(
        table_plan(replace(EMAIL, when=WHEN), carried=("id",), key=[ID]),
        where="id > 1",
        size_bytes=200_000,
    )
    assert said(sample_statement(table)) == (
        'SELECT "email"::pg_catalog.text, "id"::pg_catalog.text, '
        "(country = 'de')::pg_catalog.text "
        'FROM ONLY "public"."person" TABLESAMPLE SYSTEM (50.0) WHERE (id > 1) LIMIT 500'
    )
    assert said(sample_statement(PERSON)).endswith("TABLESAMPLE SYSTEM (100.0) LIMIT 500")


@unit
def test_keys_are_compared_in_their_own_types() -> None:
    """In the table where the rows were loaded, which may be a partition's parent."""
    table = replace(PERSON, key=(ID, EMAIL_COLUMN), into=sql.Identifier("public", "people"))
    assert said(lookup_statement(table)) == (
        'SELECT given.ordinality, there."email"::pg_catalog.text, there."id"::pg_catalog.text '
        "FROM ROWS FROM (pg_catalog.unnest(%s::pg_catalog.text[]), "
        "pg_catalog.unnest(%s::pg_catalog.text[])) "
        'WITH ORDINALITY AS given ("id", "email", ordinality) '
        'JOIN "public"."people" AS there '
        'ON there."id" = given."id"::integer AND there."email" = given."email"::text'
    )


@unit
def test_a_plain_table_is_counted_without_its_children() -> None:
    """And on the source only the rows that the policy selects."""
    expected, found = map(said, count_statements(replace(PERSON, where="id > 1")))
    assert expected == 'SELECT pg_catalog.count(*) FROM ONLY "public"."person" WHERE (id > 1)'
    assert found == 'SELECT pg_catalog.count(*) FROM ONLY "public"."person"'
    assert {*map(said, count_statements(PERSON))} == {found}


@unit
def test_a_routed_table_is_counted_with_all_partitions() -> None:
    """ONLY the parent has no rows: 0 = 0 would prove nothing."""
    routed = replace(PERSON, into=sql.Identifier("public", "people"))
    assert {*map(said, count_statements(routed))} == {
        'SELECT pg_catalog.count(*) FROM "public"."people"'
    }


TABLES = """
CREATE TABLE people (id int, born date, email text) PARTITION BY RANGE (born);
CREATE TABLE people_old PARTITION OF people FOR VALUES FROM ('1900-01-01') TO ('2000-01-01');
CREATE TABLE people_new PARTITION OF people FOR VALUES FROM ('2000-01-01') TO ('2100-01-01');
CREATE TABLE person (email text PRIMARY KEY, name text);
"""


def filled(dsn: str, *statements: str) -> None:
    """Both tables, and some rows."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(TABLES)
        for statement in statements:
            connection.execute(statement)  # type: ignore[call-overload]


@postgres
def test_lost_rows_of_a_routed_table_are_counted(source_db: str, target_db: str) -> None:
    """Rows are in other partitions than in the source, and one is missing."""
    filled(source_db, "INSERT INTO people SELECT n, '1999-12-31', '' FROM generate_series(1, 5) n")
    filled(target_db, "INSERT INTO people SELECT n, '2001-01-01', '' FROM generate_series(1, 4) n")
    routed = table_plan(name="people_old", into=sql.Identifier("public", "people"))
    with psycopg.connect(source_db) as source, psycopg.connect(target_db) as target:
        assert row_counts(source, target, routed) == (5, 4)
        assert row_counts(source, target, table_plan(name="people_old")) == (5, 0)


@postgres
def test_rows_are_found_under_a_masked_key(source_db: str, target_db: str) -> None:
    """The comparison sees what became of each, and which are missing."""
    table = table_plan(
        masked("email", HASH, shape=Shape(unique=True)), carried=("name",), key=[EMAIL_COLUMN]
    )
    emails = [f"nimue{number}@corp.example" for number in range(4)]
    (fakes,) = masked_keys(table, [(email, "") for email in emails], KEYS)
    filled(source_db, "INSERT INTO person VALUES " + listed([*zip(emails, "abcd", strict=True)]))
    there = [(fakes[0], "a"), (fakes[1], "other"), (emails[2], "c")]
    filled(target_db, "INSERT INTO person VALUES " + listed(there))
    with psycopg.connect(source_db) as source, psycopg.connect(target_db) as target:
        found = compare_rows(source, target, table, KEYS)
        without_key = compare_rows(source, target, replace(table, key=()), KEYS)
    assert found == Compared(rows=4, missing=2, changed={"name": 1}, masked={"email": 2})
    assert without_key is None


def listed(rows: list[tuple[Any, ...]]) -> str:
    """Rows as VALUES has them."""
    return ", ".join(said(sql.SQL("({})").format(sql.SQL(", ").join(row))) for row in rows)
