"""Reads the whole target once and searches it: rows, definitions, statistics, large objects."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from psycopg import sql

from privaci_core.compiled.search import FOR_SURE_ONES
from privaci_core.postgres.driver_errors import driver_errors
from privaci_core.postgres.names import column_name, table_name
from privaci_core.postgres.session import target_session
from privaci_core.postgres.spread import if_possible
from privaci_core.prove.search.searching import LARGE_OBJECTS, STATISTICS, Search
from privaci_core.sql import query
from privaci_core.stream.read import read_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from privaci_core.plan.plan import Plan, WireFormat
    from privaci_core.postgres.session import Connection
    from privaci_core.prove.search.originals import Originals
    from privaci_core.prove.search.searching import TargetTable

CONNECTIONS = 2
SMALLEST_PERCENT = 0.01
PIECE_BYTES = 1 << 20
# Pieces of a large object overlap by more than an original has bytes.
OVERLAP_BYTES = 1 << 12
SAMPLED_OBJECTS = 1000
OBJECTS = "SELECT oid::bigint FROM pg_catalog.pg_largeobject_metadata ORDER BY oid"
FIRST_PIECES = (
    "SELECT oid::bigint, pg_catalog.lo_get(oid, 0, %s) FROM pg_catalog.unnest(%s::oid[]) AS o (oid)"
)
NEXT_PIECE = "SELECT pg_catalog.lo_get(%s::oid, %s::bigint, %s)"
AT_ONCE = 64


def search_target(dsn: str, plan: Plan, originals: Originals, rows: int | None = None) -> Search:
    """Search the target by two connections; in a sample, about so many rows of each table."""
    doing = driver_errors("Searching the target for originals")
    with (
        target_session(dsn, autocommit=True) as target,
        if_possible(lambda: target_session(dsn, autocommit=True, is_spare=True)) as second,
        doing,
    ):
        search = Search.of(target, plan, originals)
        tables: SimpleQueue[TargetTable] = SimpleQueue()
        for table in search.tables:
            tables.put(table)
        with _beside(second, search, tables, rows):
            search_definitions(target, search)
            search_large_objects(target, search, rows)
            _search_tables(target, search, tables, rows)
    return search


@contextmanager
def _beside(
    second: Connection | None, search: Search, tables: SimpleQueue[TargetTable], rows: int | None
) -> Iterator[None]:
    """Search tables by the second connection as well, if there is one."""
    if second is None:
        yield
        return
    with ThreadPoolExecutor(1, "privaci-search") as other:
        beside = other.submit(_search_tables, second, search, tables, rows)
        with _stopping(second, tables):
            yield
        beside.result()


@contextmanager
def _stopping(second: Connection, tables: SimpleQueue[TargetTable]) -> Iterator[None]:
    """End the other thread as well if this one is interrupted or fails."""
    try:
        yield
    except BaseException:
        with suppress(Empty):
            while True:
                tables.get_nowait()
        second.cancel_safe(timeout=5)
        raise


def _search_tables(
    target: Connection, search: Search, tables: SimpleQueue[TargetTable], rows: int | None
) -> None:
    while True:
        try:
            table = tables.get_nowait()
        except Empty:
            return
        search_table(target, search, table, rows)


def search_table(
    target: Connection, search: Search, table: TargetTable, rows: int | None = None
) -> None:
    """Read one table of the target by itself and search its rows."""
    if not table.columns:
        return
    looking = search.of_table(table.name, text=not table.binary)
    form: WireFormat = "binary" if table.binary else "text"
    for block in read_rows(target, rows_statement(table, rows), form):
        looking.rows(block)
    looking.finish()


def rows_statement(table: TargetTable, rows: int | None) -> sql.Composed:
    """COPY of every column that is searched, generated ones too; in a sample, of some pages."""
    names = sql.SQL(", ").join(sql.Identifier(column.name) for column in table.columns)
    form = sql.SQL("binary" if table.binary else "text")
    computed = any(column.is_computed for column in table.columns)
    is_sampled = rows is not None and table.estimated_rows > rows and not table.materialized
    percent = max(SMALLEST_PERCENT, 100.0 * (rows or 0) / max(table.estimated_rows, 1.0))
    name = sql.Identifier(table.schema, table.relation)
    if not (is_sampled or computed):
        # Postgres then skips its executor.
        return sql.SQL("COPY {} ({}) TO STDOUT (FORMAT {})").format(name, names, form)
    sample = sql.SQL(f" TABLESAMPLE SYSTEM ({percent})" if is_sampled else "")
    chosen = sql.SQL("SELECT {} FROM ONLY {}{}").format(names, name, sample)
    return sql.SQL("COPY ({}) TO STDOUT (FORMAT {})").format(chosen, form)


def search_definitions(target: Connection, search: Search) -> None:
    """Search what is part of the schema, and what the planner remembers of the rows."""
    for place, text in target.execute(query("search_definitions")).fetchall():
        search.text(place, [text])
    searched = {
        (table.schema, table.relation, column.name): column
        for table in search.tables
        for column in table.columns
    }
    for schema, relation, name, text in target.execute(query("search_statistics")).fetchall():
        column = searched.get((schema, relation, name))
        # Of an index's expressions the planner knows what masks may have made.
        what, own = (column.what, column.own) if column else (FOR_SURE_ONES, -1)
        search.text(
            f"{STATISTICS}{column_name(table_name(schema, relation), name)}", [text], what, own
        )


def search_large_objects(target: Connection, search: Search, rows: int | None = None) -> None:
    """Search every large object whole, in pieces."""
    numbers = [number for (number,) in target.execute(OBJECTS).fetchall()]
    if rows is not None:
        del numbers[SAMPLED_OBJECTS:]
    for first in range(0, len(numbers), AT_ONCE):
        pieces = [PIECE_BYTES, numbers[first : first + AT_ONCE]]
        for number, piece in target.execute(FIRST_PIECES, pieces, binary=True):
            search.text(LARGE_OBJECTS, _whole(target, number, piece))


def _whole(target: Connection, number: int, piece: bytes) -> Iterator[bytes]:
    """The pieces of one large object, each beginning within the one before."""
    start = 0
    yield piece
    while len(piece) == PIECE_BYTES:
        start += PIECE_BYTES - OVERLAP_BYTES
        row = target.execute(NEXT_PIECE, [number, start, PIECE_BYTES], binary=True).fetchone()
        piece = row[0] if row else b""
        yield piece
