"""What the planner knows of whole columns, and what detection makes of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from builders.suspected import looking, suspected

from privaci_core.catalog.catalog import read_catalog
from privaci_core.detect.sample import read_contents
from privaci_core.detect.statistics import Statistics

if TYPE_CHECKING:
    from substrate.databases import Connection

LABELS = Statistics(filled=10_000, distinct=12, width=8)
TEXTS = Statistics(filled=10_000, distinct=9_500, width=80)


@pytest.mark.postgres
def test_statistics_are_read_of_analyzed_tables(connection: Connection) -> None:
    """Of a partitioned table with its partitions; shares of rows become numbers of rows."""
    connection.execute("CREATE TABLE place (name text, note text)")
    connection.execute(
        "INSERT INTO place SELECT 'l' || n % 12, CASE WHEN n % 2 = 0 THEN repeat('x', 70) || n END"
        " FROM generate_series(1, 2000) AS n"
    )
    connection.execute("CREATE TABLE visit (name text) PARTITION BY LIST (name)")
    connection.execute("CREATE TABLE visit_1 PARTITION OF visit DEFAULT")
    connection.execute("INSERT INTO visit SELECT 'v' || n % 3 FROM generate_series(1, 900) AS n")
    connection.execute("CREATE TABLE fresh (name text)")
    connection.execute("INSERT INTO fresh VALUES ('x')")
    connection.execute("ANALYZE place")
    connection.execute("ANALYZE visit")
    catalog = read_catalog(connection)
    found = {
        (catalog.by_oid[oid].name, name): each.statistics
        for (oid, name), each in read_contents(connection, catalog, frozenset()).items()
    }
    name, note = found["place", "name"], found["place", "note"]
    assert name
    assert note
    assert (name.filled, name.distinct, name.are_labels) == (2000, 12, True)
    assert (round(note.filled, -2), note.are_texts) == (1000, True)
    assert found["visit", "name"] == Statistics(filled=900, distinct=3, width=3)
    assert found["fresh", "name"] is None


@pytest.mark.unit
def test_a_name_of_few_values_in_many_rows_is_a_label() -> None:
    """But not where the name is certain, or where the values look like names of people."""
    labels = replace(looking(distinct=12, digits=0.0, shares={}), statistics=LABELS)
    assert suspected("name text", of="members", contents=labels) is None
    assert suspected("customer_name text", contents=labels)[0] == "full_name"
    people = replace(looking(digits=0.0, shares={"full_name": 0.3}), statistics=LABELS)
    assert suspected("name text", of="members", contents=people)[0] == "full_name"
    many = replace(labels, statistics=replace(LABELS, distinct=101))
    assert suspected("name text", of="members", contents=many)[0] == "full_name"


@pytest.mark.unit
def test_long_texts_that_all_differ_are_named() -> None:
    """Surely enough to name them where people are; elsewhere the plan shows them."""
    texts = replace(looking(words=9.0), statistics=TEXTS)
    assert suspected("c1 text", of="patients", contents=texts)[:2] == ("free_text", "medium")
    assert suspected("c1 text", contents=texts)[:2] == ("free_text", "low")
    short = replace(texts, statistics=replace(TEXTS, width=59))
    assert suspected("c1 text", of="patients", contents=short) is None
    shared = replace(texts, statistics=replace(TEXTS, distinct=8_900))
    assert suspected("c1 text", of="patients", contents=shared) is None
