"""A subset is summed up before it is copied: by table, by what brought rows, and as a picture."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

import pytest
from builders.copies import KEYS
from builders.subsets import subset_policy
from substrate.databases import run

from privaci_core.catalog.catalog import read_catalog
from privaci_core.choose.choose import choose_rows
from privaci_core.choose.picture import picture_of
from privaci_core.choose.shares import Share
from privaci_core.choose.show import path_of, show, total_of
from privaci_core.choose.summary import Summary, summarize
from privaci_core.choose.ways import Way, widest_of
from privaci_core.postgres.session import source_session
from privaci_core.refresh.open import plan_of

SCHEMA = """
CREATE TABLE land (id int PRIMARY KEY);
CREATE TABLE shop (id int PRIMARY KEY, land int REFERENCES land);
CREATE TABLE sale (id int, shop int NOT NULL REFERENCES shop, agent int) PARTITION BY RANGE (id);
CREATE TABLE sale_1 PARTITION OF sale FOR VALUES FROM (0) TO (50);
CREATE TABLE sale_2 PARTITION OF sale FOR VALUES FROM (50) TO (500);
CREATE TABLE agent (id int PRIMARY KEY);
CREATE TABLE log (id int);
CREATE TABLE "a <b>" (id int PRIMARY KEY, shop int REFERENCES shop);
INSERT INTO land VALUES (1), (2);
INSERT INTO shop VALUES (1, 1), (2, 2), (3, NULL);
INSERT INTO agent SELECT generate_series(1, 30);
INSERT INTO sale SELECT n, 1 + n % 3, 1 + n % 30 FROM generate_series(1, 300) AS n;
ALTER TABLE sale_1 ADD FOREIGN KEY (agent) REFERENCES agent;
ALTER TABLE sale_2 ADD FOREIGN KEY (agent) REFERENCES agent;
INSERT INTO log SELECT generate_series(1, 40);
INSERT INTO "a <b>" VALUES (1, 1), (2, 2);
"""


@pytest.fixture
def found(source_db: str) -> Summary:
    """One shop of three, with its sales."""
    run(source_db, SCHEMA)
    policy = subset_policy(start=[{"table": "public.shop", "where": "id = 1"}])
    with source_session(source_db) as source:
        catalog = read_catalog(source)
        plan = plan_of(source, catalog, policy)
        return summarize(source, catalog, plan, choose_rows(source, catalog, plan, KEYS))


def drawn(found: Summary) -> str:
    """The picture of a sum."""
    return picture_of(found.tables, found.ways, total_of(found))


@pytest.mark.postgres
def test_a_subset_is_summed_up(found: Summary) -> None:
    """Rows, shares and reasons by table, partitions together, and what brought how many."""
    tables = {each.table: (each.rows, each.of_rows, each.why) for each in found.tables}
    assert tables == {
        "public.sale": (100, 300, "children"),
        "public.log": (40, 40, "whole"),
        "public.agent": (10, 30, "parents"),
        "public.land": (1, 2, "parents"),
        "public.shop": (1, 3, "start"),
        'public."a <b>"': (1, 2, "children"),
    }
    assert (found.rows, found.of_rows) == (153, 377)
    assert 0 < found.size_bytes < found.of_bytes
    ways = {(each.how, each.name): each.rows for each in found.ways}
    assert ways == {
        ("children", "public.sale (shop) -> public.shop"): 100,
        # The keys of both partitions are one.
        ("parents", "public.sale (agent) -> public.agent"): 10,
        ("parents", "public.shop (land) -> public.land"): 1,
        ("start", "public.shop"): 1,
        ("children", 'public."a <b>" (shop) -> public.shop'): 1,
    }
    assert path_of(found.widest) == "public.shop (1) -> public.sale (100)"
    assert [each.split("`")[1] for each in found.advice] == [
        "children: { public.sale: { per_parent: 10 } }",
        "rest: empty",
        'parents: { public.sale.agent: "null" }',
    ]


@pytest.mark.postgres
def test_the_sum_is_shown_to_people_and_programs(found: Summary) -> None:
    """As text, as Markdown with a graph, as JSON, and as a picture that an SVG viewer reads."""
    text = show(found, "table")
    assert "public.sale  " in text
    assert "33.3 %" in text
    assert "153 of 377 rows (40.6 %)" in text
    markdown = show(found, "markdown")
    assert "```mermaid" in markdown
    assert "- `rest: empty` leaves out 40 rows of public.log" in markdown
    assert "a <b>" not in markdown
    value = json.loads(show(found, "json"))
    assert value["rows"] == 153
    assert value["tables"][0]["share"] == pytest.approx(1 / 3, abs=1e-5)
    assert value["widest_path"][-1]["end"] == "public.sale"
    picture = ET.fromstring(drawn(found))  # noqa: S314 - it is our own
    texts = {each.text for each in picture.iter() if each.tag.endswith("text")}
    assert {"public.shop", "public.sale", "100 rows, 33.3 %", 'public."a <b>"'} <= texts


@pytest.mark.unit
def test_the_widest_path_ends_in_a_circle_of_tables() -> None:
    """Each table is once in it."""
    ways = (
        Way(name="a to b", how="children", begin="a", end="b", rows=9),
        Way(name="b to a", how="parents", begin="b", end="a", rows=8),
        Way(name="a", how="start", begin="", end="a", rows=1),
    )
    assert [way.name for way in widest_of(ways)] == ["a", "a to b"]
    assert widest_of(()) == ()


@pytest.mark.unit
def test_many_ways_fit_a_terminal_and_nothing_fits_a_picture() -> None:
    """Markdown lists what a terminal cuts; a subset without rows is drawn too."""
    ways = tuple(
        Way(name=f"t{n}", how="start", begin="", end=f"public.t{n}", rows=n) for n in range(1, 30)
    )
    empty = Share(table="public.t", rows=0, of_rows=0, size_bytes=0, of_bytes=0, why="empty")
    found = Summary(tables=(empty,), ways=ways, widest=(), advice=())
    assert "and 14 more: --format markdown lists all" in show(found, "table")
    assert show(found, "markdown").count("start of the subset") == 29
    assert drawn(found).startswith("<svg")
