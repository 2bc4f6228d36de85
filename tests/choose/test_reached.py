"""What a row refers to by the key that it came down is not looked up again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from builders.subsets import chosen, subset_policy
from psycopg import sql
from pyroaring import BitMap64
from substrate.databases import run

from privaci_core.choose import follow, reached
from privaci_core.choose.leaves import LEAF_BITS
from privaci_core.choose.reached import Reached
from privaci_core.plan.subset import Edge

if TYPE_CHECKING:
    from collections.abc import Iterator

TREE = """
CREATE TABLE top (id int PRIMARY KEY);
CREATE TABLE leaf (id int PRIMARY KEY, top int REFERENCES top, other int REFERENCES top);
INSERT INTO top VALUES (1), (2), (3);
INSERT INTO leaf VALUES (11, 1, 2), (12, 2, 1), (13, 1, NULL), (14, 3, 1);
"""


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[tuple[str, str], int]]:
    """From how many rows each edge is followed, each way."""
    found: dict[tuple[str, str], int] = {}
    ask = follow.step_query

    def noted(source: Any, edge: Edge, way: Any, rows: Any) -> sql.Composed:
        found[way, edge.name] = sum(len(each or ()) for each in rows.values())
        return ask(source, edge, way, rows)

    monkeypatch.setattr(follow, "step_query", noted)
    return found


@pytest.mark.postgres
@pytest.mark.parametrize("most", [0, 100])
def test_a_row_needs_no_look_for_the_parent_it_came_from(
    source_db: str,
    asked: dict[tuple[str, str], int],
    monkeypatch: pytest.MonkeyPatch,
    most: int,
) -> None:
    """Only for its other ones; without room to remember rows, only where not all came so."""
    monkeypatch.setattr(reached, "MOST_REMEMBERED", most)
    run(source_db, TREE)
    start = [{"table": "public.top", "where": "id = 1"}]
    found = chosen(source_db, subset_policy(start=start))
    assert found.counts() == {"public.top": 3, "public.leaf": 4}
    # Rows 11 and 13 came by `top`, 12 and 14 by `other`.
    parents = {name: count for (way, name), count in asked.items() if way == "parents"}
    expected = 2 if most else 4
    assert parents == {
        "public.leaf (top) -> public.top": expected,
        "public.leaf (other) -> public.top": expected,
    }
    asked.clear()
    only = {"public.leaf.other": "null"}
    chosen(source_db, subset_policy(start=[{"table": "public.top"}], parents=only))
    assert not [name for way, name in asked if way == "parents"]


def edge(*, one_parent: bool) -> Edge:
    """A reference."""
    compared = sql.SQL("true")
    return Edge(
        name="a -> b", child="a", parent="b", pairs=(), refers=compared, one_parent=one_parent
    )


@pytest.mark.unit
def test_rows_of_several_parents_are_looked_at() -> None:
    """A reference to several rows may have brought only one of them."""
    rows = {3: BitMap64([5, 6]), 4: None}
    nodes = np.array([3 << LEAF_BITS | 5, 3 << LEAF_BITS | 6], np.uint64)
    for one_parent, left in ((True, {4: None}), (False, rows)):
        found = Reached()
        found.add(edge(one_parent=one_parent), nodes)
        assert found.left(edge(one_parent=one_parent), rows) == left
