"""What a catalog answers about its tables, and what lock files and overviews make of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from builders.catalogs import catalog, foreign_key, table

from privaci_core.catalog.lock_file import (
    ALONE_BYTES,
    MOST_SLICES,
    SLICE_BYTES,
    LockedTable,
    lock_of,
    read_lock,
    shape_fingerprint,
    slice_names,
    write_lock,
)
from privaci_core.catalog.overview import inspected
from privaci_core.errors import PreflightError

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.unit

SOURCE = catalog(
    table("public.team", "id int4 key", "name varchar(20)", heap_bytes=5, comment="teams"),
    table("public.person", "id int4 key", "team int4 -> public.team.id", "note text"),
    table("public.event", "id int4", kind="p", estimated_rows=0),
    table("public.part", "id int4", kind="p", partition_of="public.event"),
    table("public.leaf_a", "id int4", partition_of="public.part", heap_bytes=3, estimated_rows=7),
    table("public.leaf_b", "id int4", partition_of="public.event", toast_bytes=4, estimated_rows=1),
    table("public.shown", "id int4", kind="v"),
    table("public.far", "id int4", kind="f"),
    table("public.counter", kind="S"),
)


def names(relations: object) -> list[str]:
    """Relations by name."""
    return [relation.name for relation in relations]


def test_tables_are_counted_in_different_ways() -> None:
    """Those that hold rows, those that rules are about, and those that a person sees."""
    assert names(SOURCE.tables) == ["team", "person", "leaf_a", "leaf_b"]
    assert names(SOURCE.row_tables) == ["team", "person", "event", "part", "leaf_a", "leaf_b"]
    assert names(SOURCE.roots) == ["team", "person", "event"]
    assert names(SOURCE.sequences) == ["counter"]


def test_a_partition_knows_what_is_above_it() -> None:
    """To the top, itself first; a plain table has nothing above."""
    leaf = SOURCE.by_name["public.leaf_a"]
    assert names(SOURCE.lineage(leaf)) == ["leaf_a", "part", "event"]
    assert SOURCE.root(leaf).name == "event"
    team = SOURCE.by_name["public.team"]
    assert SOURCE.root(team) is team


def test_columns_and_keys_are_found() -> None:
    """By table and name; what is not there is None or nothing."""
    team = SOURCE.by_name["public.team"]
    found = SOURCE.column(team, "name")
    assert found is not None
    assert (found.name, found.max_length) == ("name", 20)
    assert SOURCE.column(team, "note") is None
    assert SOURCE.primary_key(team) == ("id",)
    assert SOURCE.primary_key(SOURCE.by_name["public.event"]) == ()


def test_a_unique_index_is_no_primary_key() -> None:
    """Though it stands first."""
    source = catalog(table("public.t", "a int4 unique"))
    assert source.primary_key(source.by_name["public.t"]) == ()


def test_a_lock_holds_the_reviewed_shape() -> None:
    """Columns, keys and references of tables as a person counts them; rows that are elsewhere."""
    lock = lock_of(SOURCE)
    assert [found.qualified for found in lock.tables] == [
        "public.team",
        "public.person",
        "public.event",
    ]
    assert lock.tables[1] == LockedTable(
        schema="public",
        name="person",
        columns={"id": "int4", "team": "int4", "note": "text"},
        primary_key=("id",),
        references=("public.team",),
    )
    assert lock.unhandled == (
        "FOREIGN TABLE public.far: its rows are another server's, and are not copied",
    )


@pytest.mark.parametrize(
    ("size", "slices"),
    [
        (0, 1),
        (SLICE_BYTES, 1),
        (SLICE_BYTES + 1, 2),
        (SLICE_BYTES * MOST_SLICES, MOST_SLICES),
        (SLICE_BYTES * MOST_SLICES * 2, MOST_SLICES),
    ],
)
def test_the_largest_table_decides_about_slices(size: int, slices: int) -> None:
    """One at least, so that each has about 256 MB of the largest table."""
    source = catalog(table("public.a", "id int4"), table("public.b", "id int4", heap_bytes=size))
    assert lock_of(source).slices == slices
    assert lock_of(catalog()).slices == 1


def test_the_name_of_a_slice_says_how_many_there_are() -> None:
    """A person counts from one."""
    assert slice_names(3) == ["1 of 3", "2 of 3", "3 of 3"]


@pytest.mark.parametrize(
    ("size", "travels"),
    [
        (0, "together"),
        (ALONE_BYTES - 1, "together"),
        (ALONE_BYTES, "alone"),
        (SLICE_BYTES, "alone"),
        (SLICE_BYTES + 1, "slices"),
    ],
)
def test_the_size_of_a_table_says_how_it_travels(size: int, travels: str) -> None:
    """A partitioned table is as large as its partitions together."""
    halves = size // 2, size - size // 2
    parts = [
        table(f"public.p{half}", "id int4", heap_bytes=octets, partition_of="public.log")
        for half, octets in enumerate(halves)
    ]
    source = catalog(
        table("public.log", "id int4", kind="p"),
        *parts,
        table("public.one", "id int4", heap_bytes=size),
    )
    found = {each.name: each.travels for each in lock_of(source).tables}
    assert found == {"log": travels, "one": travels}


def test_a_lock_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    """Value for value, a line a column."""
    path = tmp_path / "lock.json"
    write_lock(lock_of(SOURCE), path)
    assert read_lock(path) == lock_of(SOURCE)
    assert '        "note": "text"\n' in path.read_text(encoding="utf-8")


def test_a_lock_file_of_before_lists_nothing_unhandled(tmp_path: Path) -> None:
    """Its key was added later."""
    path = tmp_path / "lock.json"
    path.write_text(json.dumps({"format": 1, "slices": 3, "tables": []}))
    lock = read_lock(path)
    assert (lock.slices, lock.tables, lock.unhandled) == (3, (), ())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "there is no such file"),
        ("{", "it is not a lock file"),
        ("[]", "it is not a lock file"),
        ("{}", "it is not a lock file"),
        ('{"format": 1, "slices": 1, "tables": [{}]}', "it is not a lock file"),
        ('{"format": 2}', "its format is 2, this version reads 1"),
    ],
)
def test_what_is_no_lock_file_is_refused(tmp_path: Path, text: str | None, said: str) -> None:
    """With its path and what writes one."""
    path = tmp_path / "lock.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(PreflightError, match=said) as caught:
        read_lock(path)
    assert str(path) in str(caught.value)
    assert "privaci introspect" in str(caught.value)


def test_a_fingerprint_changes_with_columns_types_and_keys() -> None:
    """And with nothing else: not with sizes."""
    before = shape_fingerprint(catalog(table("public.t", "a int4", "b int4")))
    assert before == shape_fingerprint(catalog(table("public.t", "a int4", "b int4", heap_bytes=9)))
    others = [
        table("public.t", "a int4"),
        table("public.t", "a int8", "b int4"),
        table("public.t", "a int4 key", "b int4"),
        table("public.u", "a int4", "b int4"),
    ]
    assert len({before, *(shape_fingerprint(catalog(other)) for other in others)}) == 5


def test_an_overview_counts_partitions_to_their_table() -> None:
    """Rows and bytes of every leaf; sequences and partitions are not listed."""
    found = {relation.name: relation for relation in inspected(SOURCE)}
    assert list(found) == [f"public.{name}" for name in ("team", "person", "event", "shown", "far")]
    event = found["public.event"]
    assert (event.kind, event.rows, event.size_bytes) == ("partitioned", 8, 7)
    team = found["public.team"]
    assert (team.kind, team.size_bytes, team.key, team.comment) == ("table", 5, ("id",), "teams")
    assert found["public.person"].references == ("(team) -> public.team(id)",)
    assert (found["public.person"].comment, team.references) == ("", ())


def test_an_overview_shows_keys_of_several_columns() -> None:
    """Column by column, in the key's order."""
    source = catalog(
        table("public.head", "a int4 key", "b int4 key"),
        table("public.line", "x int4", "y int4"),
        foreign_key("public.line(y, x)", "public.head(a, b)"),
    )
    (_, line) = inspected(source)
    assert line.references == ("(y, x) -> public.head(a, b)",)
    assert line.columns == {"x": "int4", "y": "int4"}
