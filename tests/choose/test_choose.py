"""A subset has the start rows, their children, and whatever a kept row refers to."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from builders.subsets import chosen, ids, subset_policy
from substrate.databases import run

from privaci_core.choose import follow
from privaci_core.errors import PolicyError

pytestmark = pytest.mark.postgres

SHOP = """
CREATE TABLE country (code text PRIMARY KEY);
INSERT INTO country VALUES ('DE'), ('FR'), ('IT');
CREATE TABLE org (id int PRIMARY KEY, country text REFERENCES country);
INSERT INTO org VALUES (1, 'DE'), (2, 'FR'), (3, 'DE');
CREATE TABLE person (id int PRIMARY KEY, org int REFERENCES org, boss int REFERENCES person);
INSERT INTO person VALUES (10, 2, 10), (11, 1, 10), (12, 1, 11), (13, 3, NULL), (14, 2, 12);
CREATE TABLE visit (
    id int, person int REFERENCES person, host int REFERENCES person, at text, PRIMARY KEY (id, at)
) PARTITION BY LIST (at);
CREATE TABLE visit_a PARTITION OF visit FOR VALUES IN ('a');
CREATE TABLE visit_b PARTITION OF visit FOR VALUES IN ('b');
INSERT INTO visit VALUES
    (20, 11, 14, 'a'), (21, 12, 13, 'b'), (22, 13, 13, 'a'), (23, NULL, 11, 'b');
CREATE TABLE bill (
    id int, visit int, at text, FOREIGN KEY (visit, at) REFERENCES visit MATCH FULL
);
INSERT INTO bill VALUES (30, 20, 'a'), (31, 21, 'b'), (32, 22, 'a'), (33, NULL, NULL);
CREATE TABLE log (id int);
INSERT INTO log VALUES (40);
"""


@pytest.fixture
def shop(source_db: str) -> str:
    """Organizations, people with bosses, visits in partitions, bills without a key of their own."""
    run(source_db, SHOP)
    return source_db


def start(where: str, table: str = "public.org") -> list[dict[str, Any]]:
    """One start."""
    return [{"table": table, "where": where}]


def test_children_come_and_whatever_they_refer_to(shop: str) -> None:
    """The children of a row that came as a parent alone stay away."""
    assert ids(shop, subset_policy(start=start("id = 1"))) == {
        "public.country": ["DE", "FR"],
        "public.org": [1, 2, 3],
        # 14 has a boss among those of the start, 13 and 10 are parents alone.
        "public.person": [10, 11, 12, 13, 14],
        "public.visit_a": [20],
        "public.visit_b": [21, 23],
        "public.bill": [30, 31],
        "public.log": [40],
    }


@pytest.mark.parametrize("rounds", [0, 1])
def test_what_is_followed_in_memory_is_the_same(
    shop: str, monkeypatch: pytest.MonkeyPatch, rounds: int
) -> None:
    """Round by round, or by reading all references at once."""
    policy = subset_policy(start=start("id = 1"))
    by_rounds = ids(shop, policy)
    monkeypatch.setattr(follow, "MOST_ROUNDS", rounds)
    assert ids(shop, policy) == by_rounds


def test_what_policies_exclude(shop: str) -> None:
    """No children of a table, whole tables, nothing of what is not tied."""
    policy = subset_policy(
        start=start("id = 3"),
        children={"public.person": "none"},
        rest="empty",
        whole=["public.country", "public.visit"],
    )
    assert ids(shop, policy) == {
        "public.country": ["DE", "FR", "IT"],
        "public.org": [1, 2, 3],
        "public.person": [10, 11, 12, 13, 14],
        "public.visit_a": [20, 22],
        "public.visit_b": [21, 23],
        # Rows of a whole table bring their parents, and not their children.
        "public.bill": [],
        "public.log": [],
    }


def test_a_cut_reference_is_null_where_its_parent_stays_away(shop: str) -> None:
    """The column keeps what it refers to in rows whose parent came by another way."""
    found = chosen(
        shop,
        subset_policy(
            start=start("id in (11, 14)", "public.person"),
            children="none",
            parents={"public.person.boss": "null"},
        ),
    )
    run(shop, "INSERT INTO org VALUES (4, NULL)")
    assert found.counts()["public.person"] == 2
    ((column, rows),) = found.nulls["public.person"]
    # 14 refers to 12, and 11 to 10; both stay away.
    assert (column, len(rows)) == ("boss", 2)
    both = chosen(
        shop,
        subset_policy(
            start=start("id in (10, 11, 12)", "public.person"),
            parents={"public.person.boss": "null"},
        ),
    )
    # Everyone's boss is among the start rows or their children.
    assert both.nulls == {}


def test_small_tables_come_whole(shop: str) -> None:
    """As soon as a kept row refers to one of their rows, and with what they refer to."""
    policy = subset_policy(start=start("id = 20", "public.visit"), whole_below=6)
    found = ids(shop, policy)
    assert found["public.person"] == [10, 11, 12, 13, 14]
    assert found["public.country"] == ["DE", "FR", "IT"]
    # Five rows are not fewer than five; a table with start rows never comes whole.
    policy = subset_policy(start=start("id = 20", "public.visit"), whole_below=4)
    assert ids(shop, policy)["public.org"] == [1, 2, 3]
    assert ids(shop, policy)["public.visit_b"] == []


def test_all_starts_must_agree(source_db: str) -> None:
    """With `match: all` a row stays if every filtered parent of it stays, and is still reached."""
    run(
        source_db,
        """
        CREATE TABLE a (id int PRIMARY KEY);
        CREATE TABLE b (id int PRIMARY KEY);
        CREATE TABLE c (id int PRIMARY KEY, a int REFERENCES a, b int REFERENCES b);
        CREATE TABLE d (id int PRIMARY KEY, c int REFERENCES c, up int REFERENCES d);
        INSERT INTO a VALUES (1), (2);
        INSERT INTO b VALUES (1), (2);
        INSERT INTO c VALUES (11, 1, 1), (12, 1, 2), (13, 1, NULL), (14, 2, 1), (15, NULL, NULL);
        INSERT INTO d VALUES (21, 11, NULL), (22, 12, NULL), (23, 11, 22), (24, NULL, 23),
            (25, NULL, 21), (26, NULL, 26);
        """,
    )
    starts = [*start("id = 1", "public.a"), *start("id = 1", "public.b")]
    assert ids(source_db, subset_policy(start=starts, match="all")) == {
        "public.a": [1],
        "public.b": [1],
        "public.c": [11, 13],
        "public.d": [21, 25],
    }
    assert ids(source_db, subset_policy(start=starts))["public.d"] == [21, 22, 23, 24, 25]


@pytest.mark.parametrize("where", ["id = 1", "id = 20000"])
def test_long_chains_without_an_index(source_db: str, where: str) -> None:
    """A chain of rows is followed both ways, however long; no index helps its children."""
    run(
        source_db,
        "CREATE TABLE link (id int PRIMARY KEY, before int)",
        "INSERT INTO link SELECT n, nullif(n - 1, 0) FROM generate_series(1, 20000) AS n",
        "ALTER TABLE link ADD FOREIGN KEY (before) REFERENCES link",
    )
    found = chosen(source_db, subset_policy(start=start(where, "public.link")))
    assert found.counts() == {"public.link": 20000}


def test_the_same_rows_come_and_more_as_the_share_grows(source_db: str) -> None:
    """By the keyed hash of the key, also of a table without one."""
    run(
        source_db,
        "CREATE TABLE keyed (id int PRIMARY KEY)",
        "CREATE TABLE bare (id int, twin text)",
        "INSERT INTO keyed SELECT generate_series(1, 2000)",
        "INSERT INTO bare SELECT n / 2, 'x' FROM generate_series(1, 2000) AS n",
    )
    for table in ("public.keyed", "public.bare"):
        few, more = (
            ids(source_db, subset_policy(start=[{"table": table, "percent": percent}]))[table]
            for percent in (5, 6.5)
        )
        assert set(few) < set(more)
        assert 50 < len(few) < 150
        ten, twenty = (
            ids(source_db, subset_policy(start=[{"table": table, "rows": rows}]))[table]
            for rows in (10, 20)
        )
        assert set(ten) < set(twenty)
        assert (len(ten), len(twenty)) == (10, 20)
        assert set(ten) <= set(few)
        whole = ids(source_db, subset_policy(start=[{"table": table, "percent": 100}]))[table]
        assert len(whole) == 2000


def test_some_children_of_each_parent(source_db: str) -> None:
    """The first ones by the keyed hash; more of them contain fewer of them."""
    run(
        source_db,
        "CREATE TABLE parent (id int PRIMARY KEY)",
        "CREATE TABLE child (id int PRIMARY KEY, parent int REFERENCES parent)",
        "INSERT INTO parent SELECT generate_series(0, 9)",
        "INSERT INTO child SELECT n, n % 10 FROM generate_series(0, 99) AS n",
    )

    def children(most: int) -> list[int]:
        rule = {"public.child": {"per_parent": most}}
        policy = subset_policy(start=start("id < 5", "public.parent"), children=rule)
        return ids(source_db, policy)["public.child"]

    three = children(3)
    assert sorted(child % 10 for child in three) == sorted([*range(5)] * 3)
    assert set(three) < set(children(4))


def test_rows_that_a_table_leaves_out_are_not_there(shop: str) -> None:
    """A table's own predicate holds for start rows, children and parents."""
    policy = subset_policy(
        start=start("country = 'DE'"),
        tables={"public.org": {"where": "id <> 3"}, "public.person": {"where": "id <> 12"}},
    )
    found = ids(shop, policy)
    assert (found["public.org"], found["public.person"]) == ([1, 2], [10, 11, 14])


def test_a_key_on_an_inherited_table_is_about_its_own_rows(source_db: str) -> None:
    """Rows of tables that inherit from the parent are no parents, as Postgres means it."""
    run(
        source_db,
        """
        CREATE TABLE base (id int PRIMARY KEY);
        CREATE TABLE heir () INHERITS (base);
        CREATE TABLE child (id int PRIMARY KEY, base int REFERENCES base);
        INSERT INTO base VALUES (1);
        INSERT INTO heir VALUES (1), (2);
        INSERT INTO child VALUES (5, 1), (6, NULL);
        """,
    )
    policy = subset_policy(start=start("id = 5", "public.child"), rest="empty")
    assert ids(source_db, policy) == {"public.base": [1], "public.heir": [], "public.child": [5]}


def test_a_start_that_matches_nothing_is_refused(shop: str) -> None:
    """All of them at once, unless the policy accepts it."""
    tiny = {"percent": 0.0000001}
    empty = [{"table": "public.org", **tiny}, {"table": "public.log", **tiny}]
    with pytest.raises(PolicyError, match=r"public\.org, public\.log"):
        chosen(shop, subset_policy(start=empty))
    accepted = [{**each, "may_be_empty": True} for each in empty]
    assert set(chosen(shop, subset_policy(start=accepted, rest="empty")).counts().values()) == {0}


def test_a_start_means_the_moment_of_its_refresh(source_db: str) -> None:
    """A resumed run chooses the rows that were young when its refresh began."""
    run(
        source_db,
        "CREATE TABLE note (id int PRIMARY KEY, at timestamptz)",
        "INSERT INTO note VALUES (1, '2020-01-01'), (2, '2020-01-09'), (3, now())",
    )
    policy = subset_policy(start=start("at > now() - interval '2 days'", "public.note"))
    earlier = datetime(2020, 1, 10, tzinfo=UTC)
    counts = [chosen(source_db, policy, moment).counts() for moment in (None, earlier)]
    assert counts == [{"public.note": 1}, {"public.note": 2}]


def test_what_each_edge_brought(shop: str) -> None:
    """Each row counts where it came first."""
    found = chosen(shop, subset_policy(start=start("id = 1")))
    rows = {(each.how, each.name): each.rows for each in found.brought if each.rows}
    assert rows["start", "public.org"] == 1
    assert rows["children", "public.person (org) -> public.org"] == 2
    assert rows["parents", "public.org (country) -> public.country"] == 2
    own = sum(count or 0 for count in found.counts().values())
    assert sum(rows.values()) == own
