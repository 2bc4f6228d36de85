"""Which originals are worth a search, where they are searched, and what is found."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import psycopg
import pytest
from builders.catalogs import catalog, table
from builders.copies import action, masked, table_plan
from psycopg import sql

from privaci_core.masks import Shape
from privaci_core.plan.plan import Plan
from privaci_core.prove import search_originals
from privaci_core.prove.search_originals import (
    BATCH,
    count_fields,
    find_originals,
    identifies,
    is_distinctive,
    originals,
    sample_percent,
    searched_columns,
)

unit, postgres = pytest.mark.unit, pytest.mark.postgres

INTEGER = Shape(type_name="int4")


@unit
@pytest.mark.parametrize(
    ("name", "fields", "shape"),
    [
        ("fake", {"provider": "email"}, Shape()),
        ("fake", {"provider": "full_name"}, Shape()),
        ("fake", {"provider": "email"}, Shape(type_name="jsonb")),
        ("pseudonym", {"provider": "email"}, Shape()),
        ("hash", {}, Shape()),
        ("hmac_hash", {}, Shape(type_name="varchar")),
        ("null", {}, Shape()),
        ("static", {"value": "x"}, Shape()),
    ],
)
def test_an_original_of_these_columns_identifies(
    name: str, fields: dict[str, Any], shape: Shape
) -> None:
    """Unless a condition leaves some of them in place."""
    found = masked("email", action(name, **fields), shape=shape)
    assert identifies(found)
    assert not identifies(replace(found, when=sql.SQL("true")))


@unit
@pytest.mark.parametrize(
    ("name", "fields", "shape"),
    [
        ("fake", {"provider": "city"}, Shape()),
        ("fake", {"provider": "first_name"}, Shape()),
        ("pseudonym", {"provider": "company"}, Shape()),
        ("fake", {"provider": "email"}, INTEGER),
        ("fake", {"provider": "email"}, Shape(type_name="date")),
        ("fake", {"provider": "email"}, Shape(type_name="uuid")),
        ("hash", {}, INTEGER),
        ("null", {}, INTEGER),
        ("static", {"value": "7"}, INTEGER),
        ("fpe", {}, Shape()),
        ("shuffle", {}, Shape()),
        ("partial", {"first": 1}, Shape()),
    ],
)
def test_an_original_of_these_columns_may_be_there_by_chance(
    name: str, fields: dict[str, Any], shape: Shape
) -> None:
    """Many people share it, it is a plain number, or the mask itself may make it."""
    assert not identifies(masked("email", action(name, **fields), shape=shape))


@unit
@pytest.mark.parametrize(
    "value",
    [
        "nimue@corp.example",
        "Nimue Quillfeather",
        "12345678",
        "abcdefg1",
        "abcd@efg",
        "+1 212 555 0147",
        "nimue@example.test/x",
        "see http://www.example.test/",
    ],
)
def test_a_distinctive_value_is_searched(value: str) -> None:
    """It is long enough, and not one word."""
    assert is_distinctive(value)


@unit
@pytest.mark.parametrize(
    "value",
    [
        "1234567",
        "abc@efg",
        "Quillfeather",
        "",
        "nimue  ",
        "        ",
        "+15550001234",
        "+490001234567",
        "someone@example.test",
        "someone@example.com",
        "someone@example.org",
        "someone@example.net",
        "192.0.2.17",
        "198.51.100.200",
        "203.0.113.255",
        "2001:db8:1::7",
        "00:00:5e:00:53:0f",
        "000-12-3456",
        "https://example.test/a/b",
        "http://www.shop.example.org/7",
        "privaci-test-pw",
    ],
)
def test_a_value_that_may_be_a_fake_or_chance_is_not(value: str) -> None:
    """Too short, one word, or of the form of our own fakes."""
    assert not is_distinctive(value)


@unit
@pytest.mark.parametrize("value", ["Berlin Mitte 1", "192x0x2x17abc", "12345678"])
def test_the_forms_of_fakes_are_taken_to_the_letter(value: str) -> None:
    """A point in an address is a point."""
    assert is_distinctive(value)


@unit
@pytest.mark.parametrize(
    ("estimated", "rows", "percent"),
    [
        (0, 100, 100.0),
        (0, 0, 100.0),
        (100, 100, 100.0),
        (101, 100, 100.0 * 100 / 101),
        (1000, 100, 10.0),
        (10**9, 100, 0.01),
    ],
)
def test_a_large_table_is_searched_in_part(estimated: int, rows: int, percent: float) -> None:
    """A small one is searched whole; never none of it."""
    assert sample_percent(estimated, rows) == percent


@unit
def test_columns_that_cannot_hold_a_text_are_not_searched() -> None:
    """Arrays are, whatever is in them."""
    columns = ["id int4", "born date", "key uuid", "note text", "doc jsonb", "numbers int4[]"]
    found = catalog(table("public.person", *columns), table("public.empty"))
    person, empty = found.relations
    assert [one.name for one in searched_columns(found, person)] == ["note", "doc", "numbers"]
    assert searched_columns(found, empty) == []


@unit
def test_rows_are_counted_by_the_column_that_has_an_original() -> None:
    """A row with two originals in one column counts once; no value is found across two columns."""
    rows = [
        ("to nimue@corp.example", "nothing", None),
        ("nimue@corp.example, yvain@corp.example", None, "yvain@corp.example"),
        (None, None, None),
        ("nimue@", "corp.example", ""),
    ]
    values = ["nimue@corp.example", "yvain@corp.example"]
    names = ["note", "other", "last"]
    assert count_fields(rows, names, values) == {"note": 2, "other": 0, "last": 1}
    assert count_fields(rows[2:], names, values) == {}
    assert count_fields(rows, names, ["NIMUE@corp.example"]) == {}


PLACES = """
CREATE TABLE source_of (email text, phones text[], nick text);
INSERT INTO source_of VALUES ('nimue@corp.example', '{+1 212 555 0147,short}', 'Nim'),
    ('yvain@corp.example', NULL, NULL), ('nimue@corp.example', '{}', '');
CREATE TABLE visit (id int, note text, raw bytea, tags text[]) PARTITION BY RANGE (id);
CREATE TABLE visit_1 PARTITION OF visit FOR VALUES FROM (0) TO (10);
CREATE TABLE visit_2 PARTITION OF visit FOR VALUES FROM (10) TO (20);
INSERT INTO visit VALUES (1, 'nimue@corp.example', 'nimue@corp.example', '{}'),
    (11, 'to nimue@corp.example', '', '{yvain@corp.example,nothing}');
CREATE VIEW of_one AS SELECT 'yvain@corp.example' AS who;
COMMENT ON TABLE visit_2 IS 'ask nimue@corp.example';
"""


@postgres
def test_originals_are_sampled_from_columns_that_identify(source_db: str) -> None:
    """Once each, elements of arrays by themselves, short ones not."""
    columns = (
        masked("email", action("hash")),
        masked("phones", action("hash"), is_array=True),
        masked("nick", action("shuffle")),
    )
    with psycopg.connect(source_db) as source:
        source.execute(PLACES)
        found = originals(source, Plan(tables=(table_plan(*columns, name="source_of"),)))
    assert found == ["+1 212 555 0147", "nimue@corp.example", "yvain@corp.example"]


@postgres
def test_originals_are_found_wherever_they_are(target_db: str) -> None:
    """In rows by table and column, in definitions and comments, in large objects."""
    with psycopg.connect(target_db, autocommit=True) as target:
        target.execute(PLACES)
        target.execute("DROP TABLE source_of")
        content = b"nimue@corp.example"
        target.execute("SELECT lo_from_bytea(0, %s), lo_from_bytea(0, 'nothing')", [content])
        values = ["nimue@corp.example", "yvain@corp.example"]
        found = find_originals(target, target_db, values, rows=1000)
        nothing = find_originals(target, target_db, ["merlin@corp.example"], rows=1000)
        assert find_originals(target, target_db, [], rows=1000) == nothing == {}
    definitions = {where for where in found if where.startswith("the definition of ")}
    rows = {where: count for where, count in found.items() if where not in definitions}
    assert rows == {
        "public.visit.note": 2,
        "public.visit.raw": 1,
        "public.visit.tags": 1,
        "large objects": 1,
    }
    assert len(definitions) == 2
    assert {found[where] for where in definitions} == {1}
    assert any("of_one" in where for where in definitions)


@postgres
def test_some_hundred_values_of_a_column_are_searched(source_db: str) -> None:
    """Five hundred: more would find no more kinds of leaks."""
    column = masked("email", action("hash"))
    with psycopg.connect(source_db) as source:
        source.execute("CREATE TABLE person (email text)")
        rows = "SELECT 'nimue' || n || '@corp.example' FROM generate_series(1, 600) AS n"
        source.execute(f"INSERT INTO person {rows}")
        assert len(originals(source, Plan(tables=(table_plan(column),)))) == 500


@postgres
def test_the_beginnings_of_the_first_large_objects_are_searched(target_db: str) -> None:
    """A thousand of them, a mebibyte of each."""
    value = "nimue@corp.example"
    with psycopg.connect(target_db, autocommit=True) as target:
        target.execute("CREATE TABLE numbers (id int)")
        made = "SELECT lo_from_bytea(0, convert_to(repeat('x', %s - {}) || %s, 'UTF8'))"
        within, across = made.format(len(value)), made.format(len(value) - 1)
        target.execute(within, [1_048_576, value])
        target.execute(across, [1_048_576, value])
        assert find_originals(target, target_db, [value], rows=10) == {"large objects": 1}
        many = "SELECT lo_from_bytea(0, convert_to(%s, 'UTF8')) FROM generate_series(1, 1000)"
        target.execute(many, [value])
        assert find_originals(target, target_db, [value], rows=10) == {"large objects": 999}


@postgres
def test_every_batch_of_rows_is_searched(target_db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last one too, which is not full."""
    assert BATCH > 1
    monkeypatch.setattr(search_originals, "BATCH", 2)
    with psycopg.connect(target_db, autocommit=True) as target:
        target.execute("CREATE TABLE t (note text)")
        target.execute("INSERT INTO t SELECT 'nimue@corp.example' FROM generate_series(1, 5)")
        assert find_originals(target, target_db, ["nimue@corp.example"], rows=10) == {
            "public.t.note": 5
        }


@postgres
def test_many_finds_take_no_longer_than_none(
    target_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Columns are searched for all found rows at once: each search compiles the values again."""
    values = [f"secret{n}@corp.example" for n in range(300)]
    with psycopg.connect(target_db, autocommit=True) as connection:
        connection.execute("CREATE TABLE t (id int, note text, other text, doc jsonb)")
        connection.cursor().executemany(
            "INSERT INTO t VALUES (1, %s, 'nothing', jsonb_build_object('who', %s::text))",
            [(f"to {value}", value if number < 7 else "") for number, value in enumerate(values)],
        )
    searches = []
    holding = search_originals._holding
    monkeypatch.setattr(
        search_originals,
        "_holding",
        lambda texts, sought: searches.append(len(texts)) or holding(texts, sought),
    )
    with psycopg.connect(target_db, autocommit=True) as target:
        found = find_originals(target, target_db, values, rows=1000)
    assert found == {"public.t.note": 300, "public.t.doc": 7}
    # The rows, each of three columns, large objects, definitions.
    assert len(searches) == 6
