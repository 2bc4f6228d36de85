"""Cuts the rows of a table into chunks of about equal size, for several streams to copy."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from psycopg import sql

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from privaci_core.catalog.catalog import Column
    from privaci_core.postgres.session import Connection

# Some seconds of work: a chunk's start costs little, and the last chunk ends soon.
CHUNK_BYTES = 256 << 20
# From this version on Postgres reads a range of blocks alone (TID range scan).
TID_RANGE_SCAN = 140000
# Blocks sampled for each boundary: quantiles of so many are even within a few per cent.
SAMPLE_PAGES = 100
# The rows of an ordered sample at which each of its parts but the first begins.
QUANTILES = sql.SQL("""
WITH sample AS (
    SELECT {columns}, pg_catalog.row_number() OVER (ORDER BY {columns}) AS place,
           pg_catalog.count(*) OVER () AS total
    FROM ONLY {table} TABLESAMPLE SYSTEM ({percent}) REPEATABLE (0)
)
SELECT {as_text} FROM sample
WHERE place IN (SELECT DISTINCT total * part / {count} + 1
                FROM pg_catalog.generate_series(1, {count} - 1) AS part)
ORDER BY place
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """A part of a table: its number, of how many, and the condition on its rows."""

    number: int
    of: int
    where: sql.Composable | None
    # Of a range of blocks: the first one, and the first one after it.
    blocks: tuple[int, int | None] | None = None


def whole() -> tuple[Chunk, ...]:
    """The whole table as one chunk, read without a condition."""
    return (Chunk(number=0, of=1, where=None),)


def chunk_count(size_bytes: int, chunk_bytes: int = CHUNK_BYTES) -> int:
    """How many chunks to cut from a table of this size on disk, heap and TOAST."""
    return max(1, math.ceil(size_bytes / chunk_bytes))


def block_ranges(connection: Connection, table: sql.Composable, count: int) -> tuple[Chunk, ...]:
    """Cut by physical blocks: it needs no key and no value, but holds only within one snapshot."""
    return cut_blocks(_pages(connection, table), count)


def cut_blocks(pages: int, count: int) -> tuple[Chunk, ...]:
    """Chunks of about as many blocks each."""
    edges = [pages * number // count for number in range(1, count)]
    blocks = pairwise([0, *edges, None])
    return tuple(
        replace(chunk, blocks=(first or 0, end))
        for chunk, (first, end) in zip(
            _ranges(sql.SQL("ctid"), [_tid(edge) for edge in edges]), blocks, strict=True
        )
    )


def key_ranges(
    connection: Connection, table: sql.Composable, key: Sequence[Column], count: int
) -> tuple[Chunk, ...]:
    """Cut by ranges of a key, whatever its types; the boundaries are quantiles of a sample."""
    return cut_keys(key, _quantiles(connection, table, key, count))


def cut_keys(key: Sequence[Column], boundaries: Iterable[Sequence[str]]) -> tuple[Chunk, ...]:
    """Chunks between these values of a key, given as text."""
    edges = [
        sql.SQL("({})").format(sql.SQL(", ").join(map(_typed, values, key)))
        for values in boundaries
    ]
    return _ranges(sql.SQL("({})").format(_listed(key)), edges)


def _ranges(column: sql.Composable, edges: Sequence[sql.Composable]) -> tuple[Chunk, ...]:
    """Half-open ranges between the edges; the first and the last have no outer bound."""
    bounds = [None, *edges, None]
    return tuple(
        Chunk(number=number, of=len(bounds) - 1, where=_between(column, low, high))
        for number, (low, high) in enumerate(pairwise(bounds))
    )


def _between(
    column: sql.Composable, low: sql.Composable | None, high: sql.Composable | None
) -> sql.Composable:
    bounds = [sql.SQL("{} >= {}").format(column, low)] if low else []
    bounds += [sql.SQL("{} < {}").format(column, high)] if high else []
    return sql.SQL(" AND ").join(bounds) if bounds else sql.SQL("true")


def _pages(connection: Connection, table: sql.Composable) -> int:
    """How many blocks the table's file has now; statistics may be out of date."""
    blocks = (
        "SELECT pg_catalog.pg_relation_size(%s::regclass)"
        " / pg_catalog.current_setting('block_size')::bigint"
    )
    ((pages,),) = connection.execute(blocks, [table.as_string(connection)]).fetchall()
    return int(pages)


def sampled_percent(pages: int, count: int) -> float:
    """The share of a table's blocks to sample for so many chunks."""
    sampled = SAMPLE_PAGES * count
    return 100.0 * sampled / max(pages, sampled)


def _tid(block: int) -> sql.Composable:
    return sql.SQL("{}::pg_catalog.tid").format(sql.Literal(f"({block},0)"))


def _typed(value: str, column: Column) -> sql.Composable:
    """A boundary as a literal of the column's type; without its length, which could cut it."""
    type_name = sql.Identifier(column.base_schema, column.base_type)
    return sql.SQL("{}::{}").format(sql.Literal(value), type_name)


def _listed(key: Sequence[Column], form: str = "{}") -> sql.Composed:
    return sql.SQL(", ").join(sql.SQL(form).format(sql.Identifier(column.name)) for column in key)


def _quantiles(
    connection: Connection, table: sql.Composable, key: Sequence[Column], count: int
) -> list[tuple[str, ...]]:
    """The keys that cut a sample of the table into `count` even parts, in order and each once."""
    percent = sampled_percent(_pages(connection, table), count)
    quantiles = QUANTILES.format(
        columns=_listed(key),
        table=table,
        percent=sql.Literal(percent),
        as_text=_listed(key, "{}::pg_catalog.text"),
        count=sql.Literal(count),
    )
    return list(dict.fromkeys(connection.execute(quantiles).fetchall()))
