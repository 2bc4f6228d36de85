"""How a table becomes an asset: its slices, its group, its bytes and what its columns say."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from psycopg import sql

from privaci_core.catalog.lock_file import LockedTable
from privaci_core.plan.chunks import Chunk
from privaci_dagster.asset_keys import Names
from privaci_dagster.load_step import slice_of
from privaci_dagster.table_metadata import column_lineage, columns_of, masked_columns
from privaci_dagster.target_assets import bytes_to_load

pytestmark = pytest.mark.dagster


@pytest.mark.parametrize(("chunks", "slices"), [(4, 3), (8, 8), (3, 8), (100, 7), (1, 1), (1, 8)])
def test_each_chunk_is_in_one_slice(chunks: int, slices: int) -> None:
    """In order, none beyond the last slice, and spread as evenly as they go."""
    found = [
        slice_of(Chunk(number=number, of=chunks, where=sql.SQL("true")), slices)
        for number in range(chunks)
    ]
    assert found == sorted(found)
    assert found[0] == 0
    assert found[-1] < slices
    counts = [found.count(place) for place in set(found)]
    assert max(counts) - min(counts) <= 1
    assert len(set(found)) == min(chunks, slices)


@pytest.mark.parametrize(
    ("schema", "group"), [("public", "public"), ("Über-Shop 2", "_ber_Shop_2"), ("a.b", "a_b")]
)
def test_a_group_is_named_by_its_schema(schema: str, group: str) -> None:
    """Letters, digits and underscores; Dagster allows no other."""
    assert Names().group("target", schema) == group
    assert Names(prefix="crm").group("source", schema) == f"crm_source_{group}"


def test_bytes_are_counted_by_table() -> None:
    """Partitions as one table; an unchanged table has nothing to load."""
    plans = [
        SimpleNamespace(name="public.log_1", size_bytes=3),
        SimpleNamespace(name="public.log_2", size_bytes=4),
        SimpleNamespace(name="public.person", size_bytes=5),
    ]
    roots = {"public.log_1": "public.log", "public.log_2": "public.log"}
    copy: Any = SimpleNamespace(
        plan=SimpleNamespace(tables=plans),
        root_of=lambda plan: roots.get(plan.name, plan.name),
    )
    assert bytes_to_load(copy, {"public.person"}) == {"public.log": 7, "public.person": 0}


def locked() -> LockedTable:
    """A table of the lock file."""
    return LockedTable(
        schema="public",
        name="person",
        columns={"id": "integer", "email": "text"},
        primary_key=("id",),
        references=(),
    )


def test_columns_say_what_masks_them() -> None:
    """A masked one in the target with its action and reason; in the source none does."""
    action = SimpleNamespace(action="fake", provider="email")
    column = SimpleNamespace(name="email", action=action, reason="rule", when=None)
    plan: Any = SimpleNamespace(masked=(column,))
    shown = masked_columns(locked(), [plan]).columns
    assert [(c.name, c.type, c.description) for c in shown] == [
        ("id", "integer", None),
        ("email", "text", "masked by fake email (rule)"),
    ]
    assert [c.description for c in columns_of(locked()).columns] == [None, None]


def test_a_column_comes_from_the_one_of_its_name() -> None:
    """In the source's table of the same database."""
    lineage = column_lineage(locked(), Names(prefix="crm")).deps_by_column
    assert set(lineage) == {"id", "email"}
    (parent,) = lineage["email"]
    assert parent.asset_key.path == ["crm", "source", "public", "person"]
    assert parent.column_name == "email"
