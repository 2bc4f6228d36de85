"""Cuts the rows of a table into pieces of about equal bytes that several streams can carry at once."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from psycopg import sql

if TYPE_CHECKING:
    from collections.abc import Sequence

    from privaci_core.catalog.catalog import Column
    from privaci_core.postgres.session import Connection

# A chunk is some seconds of work: large enough that its start is free, small enough that the last one ends soon.
CHUNK_BYTES = 256 << 20
# From this version on Postgres reads a range of blocks without looking at the others (TID range scan).
TID_RANGE_SCAN = 140000
# How many blocks of the table a boundary is judged by: quantiles of so many are even within a few per cent.
SAMPLE_PAGES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """One piece of a table: a condition on its rows, and its place among the table's pieces."""

    number: int
    of: int
    where: sql.Composable | None


def whole() -> tuple[Chunk, ...]:
    """The whole table as one chunk, read without a condition."""
    return (Chunk(number=0, of=1, where=None),)


def chunk_count(size_bytes: int, chunk_bytes: int = CHUNK_BYTES) -> int:
    """How many chunks a table of this size on disk (heap and TOAST) is worth."""
    return max(1, math.ceil(size_bytes / chunk_bytes))


def block_ranges(connection: Connection, table: sql.Composable, count: int) -> tuple[Chunk, ...]:
    """Cut by physical blocks: needs no key, looks at no value, but holds only within one snapshot."""
    pages = _pages(connection, table)
    edges = [_tid(pages * number // count) for number in range(1, count)]
    return _ranges(sql.SQL("ctid"), edges)


def key_ranges(
    connection: Connection, table: sql.Composable, key: Sequence[Column], count: int
) -> tuple[Chunk, ...]:
    """Cut by ranges of an ordered key of any type, composite too; boundaries are quantiles of a sample."""
    edges = [
        sql.SQL("({})").format(sql.SQL(", ").join(map(_typed, values, key)))
        for values in _quantiles(connection, table, key, count)
    ]
    return _ranges(sql.SQL("({})").format(_listed(key)), edges)


def _ranges(column: sql.Composable, edges: Sequence[sql.Composable]) -> tuple[Chunk, ...]:
    """Half-open ranges between the edges; the ends are open, so that no row falls outside."""
    bounds = [None, *edges, None]
    return tuple(
        Chunk(number=number, of=len(bounds) - 1, where=_between(column, low, high))
        for number, (low, high) in enumerate(pairwise(bounds))
    )


def _between(
    column: sql.Composable, low: sql.Composable | None, high: sql.Composable | None
) -> sql.Composable:
    parts = [sql.SQL("{} >= {}").format(column, low)] if low else []
    parts += [sql.SQL("{} < {}").format(column, high)] if high else []
    return sql.SQL(" AND ").join(parts) if parts else sql.SQL("true")


def _pages(connection: Connection, table: sql.Composable) -> int:
    """The table's length in blocks right now: statistics may be old, the file is not."""
    blocks = "SELECT pg_catalog.pg_relation_size(%s::regclass) / pg_catalog.current_setting('block_size')::bigint"
    return int((connection.execute(blocks, [table.as_string(connection)]).fetchone() or (0,))[0])


def _tid(block: int) -> sql.Composable:
    return sql.SQL("{}::pg_catalog.tid").format(sql.Literal(f"({block},0)"))


def _typed(value: str, column: Column) -> sql.Composable:
    """A boundary as a literal of the column's own type; the catalog's name of a type carries no length to cut at."""
    return sql.SQL("{}::{}").format(
        sql.Literal(value), sql.Identifier(column.base_schema, column.base_type)
    )


def _listed(key: Sequence[Column], form: str = "{}") -> sql.Composed:
    return sql.SQL(", ").join(sql.SQL(form).format(sql.Identifier(column.name)) for column in key)


def _quantiles(
    connection: Connection, table: sql.Composable, key: Sequence[Column], count: int
) -> list[tuple[str, ...]]:
    """The keys that cut a sample of the table into `count` even parts, in their order, none twice."""
    percent = min(100.0, 100.0 * SAMPLE_PAGES * count / max(_pages(connection, table), 1))
    sample = sql.SQL(
        "WITH sample AS (SELECT {columns}, pg_catalog.row_number() OVER (ORDER BY {columns}) AS place,"
        " pg_catalog.count(*) OVER () AS total FROM ONLY {table} TABLESAMPLE SYSTEM ({percent}) REPEATABLE (0))"
        " SELECT {as_text} FROM sample WHERE place IN (SELECT DISTINCT total * part / {count} + 1"
        " FROM pg_catalog.generate_series(1, {count} - 1) AS part) ORDER BY place"
    ).format(
        columns=_listed(key),
        table=table,
        percent=sql.Literal(percent),
        as_text=_listed(key, "{}::pg_catalog.text"),
        count=sql.Literal(count),
    )
    return list(dict.fromkeys(connection.execute(sample).fetchall()))
