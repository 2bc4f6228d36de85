"""What belongs to a subset, rule by rule: small schemas, and the rows that a person expects."""

from __future__ import annotations

from typing import Any

import pytest
from builders.subsets import ids, subset_policy
from substrate.databases import run

pytestmark = pytest.mark.postgres


def start(table: str, where: str) -> list[dict[str, Any]]:
    """One start."""
    return [{"table": table, "where": where}]


def test_a_diamond_brings_each_row_once_and_no_row_of_another_side(source_db: str) -> None:
    """Both ways to the line lead through the start; a row that came as a parent brings none."""
    run(
        source_db,
        """
        CREATE TABLE shop (id int PRIMARY KEY);
        CREATE TABLE basket (id int PRIMARY KEY, shop int NOT NULL REFERENCES shop);
        CREATE TABLE ware (id int PRIMARY KEY, shop int NOT NULL REFERENCES shop);
        CREATE TABLE line
            (id int PRIMARY KEY, basket int REFERENCES basket, ware int REFERENCES ware);
        INSERT INTO shop VALUES (1), (2);
        INSERT INTO basket VALUES (11, 1), (12, 1), (13, 2);
        INSERT INTO ware VALUES (21, 1), (22, 2), (23, 2);
        INSERT INTO line VALUES
            (31, 11, 21), (32, 12, 22), (33, 13, 21), (34, 13, 23), (35, NULL, NULL);
        """,
    )
    policy = subset_policy(start=start("public.shop", "id = 1"))
    assert ids(source_db, policy) == {
        # 22 and 13 are parents of lines of this shop, and bring their shop and no other line.
        "public.shop": [1, 2],
        "public.basket": [11, 12, 13],
        "public.ware": [21, 22],
        "public.line": [31, 32, 33],
    }


def test_circles_end(source_db: str) -> None:
    """Of two tables and of three, a row that refers to itself, and two references on one table."""
    run(
        source_db,
        """
        CREATE TABLE a (id int PRIMARY KEY, b int, me int REFERENCES a, other int REFERENCES a);
        CREATE TABLE b (id int PRIMARY KEY, c int);
        CREATE TABLE c (id int PRIMARY KEY, a int REFERENCES a);
        INSERT INTO a VALUES (1, 11, 1, NULL), (2, 12, NULL, 1), (3, 13, 3, 2), (4, NULL, NULL, 4);
        INSERT INTO b VALUES (11, 21), (12, 22), (13, NULL), (14, 21);
        INSERT INTO c VALUES (21, 2), (22, 1), (23, NULL);
        ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b;
        ALTER TABLE b ADD FOREIGN KEY (c) REFERENCES c;
        """,
    )
    parents = subset_policy(start=start("public.a", "id = 1"), children="none")
    assert ids(source_db, parents) == {
        "public.a": [1, 2],
        "public.b": [11, 12],
        "public.c": [21, 22],
    }
    both = subset_policy(start=start("public.a", "id = 1"))
    # 3 refers to 2, which refers to 1; 14 refers to 21, which refers to 2.
    assert ids(source_db, both) == {
        "public.a": [1, 2, 3],
        "public.b": [11, 12, 13, 14],
        "public.c": [21, 22],
    }


def test_keys_of_several_columns_and_unique_ones_across_schemas(source_db: str) -> None:
    """A part that is NULL means no reference, as does a unique column that is NULL."""
    run(
        source_db,
        """
        CREATE SCHEMA ref;
        CREATE TABLE ref.unit (code text UNIQUE, id int PRIMARY KEY);
        CREATE TABLE part (a int, b text, unit text REFERENCES ref.unit (code), PRIMARY KEY (a, b));
        CREATE TABLE used (id int PRIMARY KEY, a int, b text, FOREIGN KEY (a, b) REFERENCES part);
        CREATE TABLE full_used (id int PRIMARY KEY, a int, b text,
            FOREIGN KEY (a, b) REFERENCES part MATCH FULL);
        INSERT INTO ref.unit VALUES ('m', 1), (NULL, 2), ('kg', 3);
        INSERT INTO part VALUES (1, 'x', 'm'), (1, 'y', NULL), (2, 'x', 'kg');
        INSERT INTO used VALUES (11, 1, 'x'), (12, 1, NULL), (13, 2, 'x'), (14, NULL, 'x');
        INSERT INTO full_used VALUES (21, 1, 'x'), (22, NULL, NULL), (23, 1, 'y');
        """,
    )
    policy = subset_policy(start=start("ref.unit", "code = 'm'"))
    assert ids(source_db, policy) == {
        "ref.unit": ["m"],
        "public.part": [1],
        "public.used": [11],
        "public.full_used": [21],
    }
    up = subset_policy(start=start("public.used", "id in (12, 13)"), children="none")
    assert ids(source_db, up) == {
        "ref.unit": ["kg"],
        "public.part": [2],
        "public.used": [12, 13],
        "public.full_used": [],
    }


def test_relations_count_as_keys(source_db: str) -> None:
    """Soft ones, polymorphic ones, those out of documents, and arrays of keys."""
    run(
        source_db,
        """
        CREATE TABLE person (id int PRIMARY KEY, mail text UNIQUE);
        CREATE TABLE firm (id bigint PRIMARY KEY);
        CREATE TABLE note (id int PRIMARY KEY, kind text, about bigint);
        CREATE TABLE event (id int PRIMARY KEY, payload jsonb, raw json);
        CREATE TABLE circle (id int PRIMARY KEY, members int[]);
        CREATE TABLE letter (id int PRIMARY KEY, sent_to varchar(20));
        INSERT INTO person VALUES (1, 'a@example.test'), (2, 'b@example.test'), (3, NULL);
        INSERT INTO firm VALUES (1), (2);
        INSERT INTO note
            VALUES (11, 'person', 1), (12, 'firm', 1), (13, NULL, 1), (14, 'person', 2);
        INSERT INTO event VALUES
            (21, '{"user": {"id": 1}}', NULL), (22, '{"user": {"id": "1"}}', NULL),
            (23, '{"user": {"id": null}}', '{"firms": [2, 1]}'), (24, '{"user": 1}', '{}'),
            (25, NULL, '{"firms": ["1"]}');
        INSERT INTO circle VALUES (31, '{1,2}'), (32, '{3}'), (33, '{}'), (34, NULL);
        INSERT INTO letter VALUES (41, 'a@example.test'), (42, 'c@example.test');
        """,
    )
    relations = [
        {"from": "public.note(about)", "to": "public.person(id)", "when": "kind == 'person'"},
        {"from": "public.note(about)", "to": "public.firm(id)", "when": "kind == 'firm'"},
        {"from": "public.event(payload->'user'->>'id')", "to": "public.person(id)"},
        {"from": "public.event(raw->'firms'->>0)", "to": "public.firm(id)"},
        {"from": "public.circle(members)", "to": "public.person(id)"},
        {"from": "public.letter(sent_to)", "to": "public.person(mail)"},
    ]
    policy = subset_policy(relations=relations, start=start("public.person", "id = 1"))
    assert ids(source_db, policy) == {
        # The second came as a member of the first one's circle, without letters and notes.
        "public.person": [1, 2],
        "public.firm": [],
        "public.note": [11],
        "public.event": [21, 22],
        "public.circle": [31],
        "public.letter": [41],
    }
    firms = subset_policy(relations=relations, start=start("public.firm", "id = 2"))
    assert ids(source_db, firms)["public.event"] == [23]
    assert ids(source_db, firms)["public.person"] == []


def test_keys_compare_as_they_do(source_db: str) -> None:
    """By the operators and collations of the key: without case where its collation has none."""
    run(
        source_db,
        """
        CREATE COLLATION any_case
            (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
        CREATE TABLE tag (name text COLLATE any_case PRIMARY KEY);
        CREATE TABLE tagged (id int PRIMARY KEY, tag text COLLATE any_case REFERENCES tag);
        CREATE TABLE amount (value numeric PRIMARY KEY);
        CREATE TABLE paid (id int PRIMARY KEY, value int REFERENCES amount);
        INSERT INTO tag VALUES ('Green'), ('Red');
        INSERT INTO tagged VALUES (1, 'GREEN'), (2, 'red'), (3, 'Green');
        INSERT INTO amount VALUES (1.00), (2);
        INSERT INTO paid VALUES (11, 1), (12, 2);
        """,
    )
    policy = subset_policy(
        start=[*start("public.tag", "name = 'green'"), *start("public.amount", "value = 1")]
    )
    found = ids(source_db, policy)
    assert found["public.tag"] == ["Green"]
    assert found["public.tagged"] == [1, 3]
    assert found["public.paid"] == [11]


def test_orphans_of_the_source_refer_to_nothing(source_db: str) -> None:
    """They bring nothing, and come along by what else they refer to."""
    run(
        source_db,
        """
        CREATE TABLE a (id int PRIMARY KEY);
        CREATE TABLE b (id int PRIMARY KEY, a int, other int REFERENCES a);
        INSERT INTO a VALUES (1), (2);
        INSERT INTO b VALUES (11, 9, 1), (12, 9, NULL), (13, 2, 1);
        ALTER TABLE b ADD FOREIGN KEY (a) REFERENCES a NOT VALID;
        """,
    )
    found = ids(source_db, subset_policy(start=start("public.a", "id = 1")))
    assert found == {"public.a": [1, 2], "public.b": [11, 13]}


def test_the_rest_is_whole_or_empty_and_tied_tables_without_hits_are_empty(source_db: str) -> None:
    """The keys decide, not the rows: a table that shares a parent with the start is tied."""
    run(
        source_db,
        """
        CREATE TABLE land (id int PRIMARY KEY);
        CREATE TABLE town (id int PRIMARY KEY, land int REFERENCES land);
        CREATE TABLE holiday (id int PRIMARY KEY, land int REFERENCES land);
        CREATE TABLE kind (id int PRIMARY KEY);
        CREATE TABLE log (id int PRIMARY KEY, kind int REFERENCES kind);
        INSERT INTO land VALUES (1), (2);
        INSERT INTO town VALUES (11, 1), (12, 2);
        INSERT INTO holiday VALUES (21, 1);
        INSERT INTO kind VALUES (31), (32);
        INSERT INTO log VALUES (41, 31);
        """,
    )
    begin = start("public.town", "id = 11")
    common = {"public.land": [1], "public.town": [11], "public.holiday": []}
    whole = ids(source_db, subset_policy(start=begin))
    assert whole == {**common, "public.kind": [31, 32], "public.log": [41]}
    empty = ids(source_db, subset_policy(start=begin, rest="empty"))
    assert empty == {**common, "public.kind": [], "public.log": []}
    # A whole table comes with what it refers to, though nothing ties it.
    some = ids(source_db, subset_policy(start=begin, rest="empty", whole=["*.log"]))
    assert some == {**common, "public.kind": [31], "public.log": [41]}
