"""Tables cut into chunks that hold every row once and about as many each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from builders.catalogs import catalog, table
from psycopg import sql

from privaci_core.plan.chunks import (
    CHUNK_BYTES,
    TID_RANGE_SCAN,
    Chunk,
    block_ranges,
    chunk_count,
    cut_blocks,
    cut_keys,
    key_ranges,
    sampled_percent,
    whole,
)

if TYPE_CHECKING:
    from substrate.databases import Connection

TABLE = sql.Identifier("public", "t")


@pytest.mark.unit
@pytest.mark.parametrize(
    ("size", "chunks"),
    [(0, 1), (1, 1), (CHUNK_BYTES, 1), (CHUNK_BYTES + 1, 2), (10 * CHUNK_BYTES, 10)],
)
def test_large_tables_have_more_chunks(size: int, chunks: int) -> None:
    """As many as it takes for none to be larger than a chunk may be."""
    assert chunk_count(size) == chunks
    assert chunk_count(size, CHUNK_BYTES * 100) == 1


@pytest.mark.unit
@pytest.mark.parametrize(("size", "chunks"), [(1 << 30, 4), ((1 << 30) + 1, 5)])
def test_a_gigabyte_is_four_chunks(size: int, chunks: int) -> None:
    """A chunk is 256 MB unless a caller says otherwise."""
    assert chunk_count(size) == chunks


@pytest.mark.unit
def test_a_small_table_is_one_chunk() -> None:
    """Read without a condition."""
    assert whole() == (Chunk(number=0, of=1, where=None),)


def conditions(chunks: tuple[Chunk, ...]) -> list[str]:
    """The condition of each chunk; they are numbered in their order."""
    assert [(chunk.number, chunk.of) for chunk in chunks] == [
        (number, len(chunks)) for number in range(len(chunks))
    ]
    return [chunk.where.as_string(None) for chunk in chunks if chunk.where is not None]


@pytest.mark.unit
def test_ranges_of_blocks_meet_and_leave_no_row_out() -> None:
    """The first and the last are open: rows that came since belong to one of them."""
    assert conditions(cut_blocks(99, 3)) == [
        "ctid < '(33,0)'::pg_catalog.tid",
        "ctid >= '(33,0)'::pg_catalog.tid AND ctid < '(66,0)'::pg_catalog.tid",
        "ctid >= '(66,0)'::pg_catalog.tid",
    ]
    assert conditions(cut_blocks(99, 1)) == ["true"]


@pytest.mark.unit
def test_ranges_of_keys_compare_whole_keys() -> None:
    """Each boundary has its column's type without a length, which could cut it."""
    key = catalog(table("public.t", "a bpchar(3) key", "b int4 key")).columns[1]
    boundary = """('it''s'::"pg_catalog"."bpchar", '7'::"pg_catalog"."int4")"""
    assert conditions(cut_keys(key, [("it's", "7")])) == [
        f'("a", "b") < {boundary}',
        f'("a", "b") >= {boundary}',
    ]
    assert conditions(cut_keys(key, [])) == ["true"]


@pytest.mark.unit
@pytest.mark.parametrize(
    ("pages", "count", "percent"),
    [(10_000, 1, 1.0), (10_000, 4, 4.0), (400, 4, 100.0), (100, 4, 100.0), (0, 1, 100.0)],
)
def test_each_boundary_has_a_hundred_blocks_of_the_sample(
    pages: int, count: int, percent: float
) -> None:
    """A small table is read whole."""
    assert sampled_percent(pages, count) == percent


@pytest.mark.unit
def test_postgres_14_reads_ranges_of_blocks() -> None:
    """The last minor version before it had no such scan."""
    assert 139999 < TID_RANGE_SCAN <= 140000


def counts(connection: Connection, chunks: tuple[Chunk, ...]) -> list[int]:
    """How many rows each chunk has; together they are all rows, and none twice."""
    found = []
    for chunk in chunks:
        assert chunk.where is not None
        query = sql.SQL("SELECT array_agg(n ORDER BY n) FROM t WHERE {}").format(chunk.where)
        row = connection.execute(query).fetchone()
        assert row is not None
        found.append(row[0] or [])
    everything = connection.execute("SELECT array_agg(n ORDER BY n) FROM t").fetchone()
    assert everything is not None
    assert sorted(n for numbers in found for n in numbers) == (everything[0] or [])
    assert [(chunk.number, chunk.of) for chunk in chunks] == [
        (number, len(chunks)) for number in range(len(chunks))
    ]
    return [len(numbers) for numbers in found]


@pytest.mark.postgres
def test_blocks_are_cut_evenly(connection: Connection) -> None:
    """By blocks of the file as it is now, whatever the statistics say."""
    connection.execute("CREATE TABLE t (n int, filler text) WITH (autovacuum_enabled = off)")
    connection.execute("INSERT INTO t SELECT n, repeat('x', 1000) FROM generate_series(1, 700) n")
    chunks = block_ranges(connection, TABLE, 4)
    assert counts(connection, chunks) == [175, 175, 175, 175]
    first, last = (chunk.where.as_string(connection) for chunk in (chunks[0], chunks[-1]))
    assert (first, last) == (
        "ctid < '(25,0)'::pg_catalog.tid",
        "ctid >= '(75,0)'::pg_catalog.tid",
    )


@pytest.mark.postgres
def test_an_empty_table_can_be_cut(connection: Connection) -> None:
    """Into chunks without rows, by blocks and by keys."""
    connection.execute("CREATE TABLE t (n int PRIMARY KEY)")
    assert counts(connection, block_ranges(connection, TABLE, 3)) == [0, 0, 0]
    (column,) = catalog(table("public.t", "n int4 key")).columns[1]
    assert counts(connection, key_ranges(connection, TABLE, [column], 3)) == [0]


@pytest.mark.postgres
def test_keys_are_cut_at_quantiles(connection: Connection) -> None:
    """Even where the keys are not evenly spread; one chunk has an open condition."""
    connection.execute("CREATE TABLE t (n int PRIMARY KEY)")
    connection.execute("INSERT INTO t SELECT n * n FROM generate_series(1, 400) n")
    (column,) = catalog(table("public.t", "n int4 key")).columns[1]
    assert counts(connection, key_ranges(connection, TABLE, [column], 4)) == [100, 100, 100, 100]
    (alone,) = key_ranges(connection, TABLE, [column], 1)
    assert alone.where is not None
    assert alone.where.as_string(connection) == "true"


@pytest.mark.postgres
def test_keys_of_several_columns_are_cut(connection: Connection) -> None:
    """By all of them in their order, and long text is not cut at a type's usual length."""
    connection.execute("CREATE TABLE t (a bpchar(12), b int, n int, PRIMARY KEY (a, b))")
    connection.execute(
        "INSERT INTO t SELECT 'long letter' || n % 2, n, n FROM generate_series(1, 300) n"
    )
    source = catalog(table("public.t", "a bpchar(12) key", "b int4 key", "n int4"))
    chunks = key_ranges(connection, TABLE, source.columns[1][:2], 3)
    assert counts(connection, chunks) == [100, 100, 100]


@pytest.mark.postgres
def test_the_same_boundary_cuts_once(connection: Connection) -> None:
    """Where most rows have one key, there are fewer chunks than asked for."""
    connection.execute("CREATE TABLE t (k int, n int)")
    connection.execute("INSERT INTO t SELECT greatest(n, 90), n FROM generate_series(1, 100) n")
    (column, _) = catalog(table("public.t", "k int4", "n int4")).columns[1]
    assert counts(connection, key_ranges(connection, TABLE, [column], 10)) == [0, 90, 10]
