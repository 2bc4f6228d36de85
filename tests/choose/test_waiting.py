"""Rows that wait for several references are held once."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from psycopg import sql
from pyroaring import BitMap64

from privaci_core.choose.follow import Search, Step
from privaci_core.choose.kept import Kept
from privaci_core.plan.subset import Edge

pytestmark = pytest.mark.unit


def test_steps_that_begin_at_one_table_share_its_rows() -> None:
    """Also after more rows came; a step that was followed meanwhile has only the newer ones."""
    steps = [
        Step(
            edge=Edge(name=name, child=name, parent="t", pairs=(), refers=sql.SQL("true")),
            way="children",
        )
        for name in "abc"
    ]
    source: Any = SimpleNamespace(leaves=SimpleNamespace(of={"t": (0,)}))
    search = Search(source=source, steps=steps, kept=Kept())
    search.arrive(0, BitMap64([1]))
    search.arrive(0, BitMap64([2]))
    first, second, third = steps
    assert search.waiting[first][0] is search.waiting[second][0]
    taken = search.waiting.pop(third)
    search.arrive(0, BitMap64([2, 3]))
    assert search.waiting[first][0] is search.waiting[second][0]
    assert search.waiting[first][0] == BitMap64([1, 2, 3])
    assert search.waiting[third][0] == BitMap64([3])
    assert taken[0] == BitMap64([1, 2])
    search.arrive_whole(0)
    assert [search.waiting[step][0] for step in steps] == [None, None, None]
