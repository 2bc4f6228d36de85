"""A chain of a hundred thousand rows is followed to its end, both ways."""

from __future__ import annotations

import os

import pytest
from builders.subsets import chosen, subset_policy
from substrate.databases import run

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif("PRIVACI_TEST_SUBSETS" not in os.environ, reason="make subsets runs it"),
]

LENGTH = 100_000
CHAIN = (
    "CREATE TABLE link (id int PRIMARY KEY, before int, note text)",
    f"INSERT INTO link SELECT n, nullif(n - 1, 0) FROM generate_series(1, {LENGTH}) AS n",
    "ALTER TABLE link ADD FOREIGN KEY (before) REFERENCES link",
)


@pytest.mark.parametrize("index", ["no index", "an index"])
@pytest.mark.parametrize("where", ["id = 1", f"id = {LENGTH}", f"id = {LENGTH // 2}"])
def test_a_chain_is_followed_whole(source_db: str, where: str, index: str) -> None:
    """From its first row to the children, from its last to the parents, from its middle to both."""
    run(source_db, *CHAIN)
    if index == "an index":
        run(source_db, "CREATE INDEX ON link (before)")
    found = chosen(source_db, subset_policy(start=[{"table": "public.link", "where": where}]))
    assert found.counts() == {"public.link": LENGTH}


def test_chains_of_two_tables_are_followed_whole(source_db: str) -> None:
    """Each row of one refers to a row of the other, which refers to the next row of the first."""
    half = LENGTH // 2
    run(
        source_db,
        "CREATE TABLE a (id int PRIMARY KEY, b int)",
        "CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a)",
        f"INSERT INTO a SELECT n, nullif(n - 1, 0) FROM generate_series(1, {half}) AS n",
        f"INSERT INTO b SELECT n, n FROM generate_series(1, {half}) AS n",
        "ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b",
    )
    for where in ("id = 1", f"id = {half}"):
        found = chosen(source_db, subset_policy(start=[{"table": "public.a", "where": where}]))
        assert found.counts() == {"public.a": half, "public.b": half}
