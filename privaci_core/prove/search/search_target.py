"""Reads the whole target once and searches it: rows, definitions, statistics, large objects."""

from __future__ import annotations

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from psycopg import sql

from privaci_core.compiled.search import FOR_SURE_ONES
from privaci_core.plan.chunks import TID_RANGE_SCAN, block_ranges, whole
from privaci_core.postgres.driver_errors import driver_errors
from privaci_core.postgres.names import column_name, shown, table_name
from privaci_core.postgres.session import target_session
from privaci_core.postgres.spread import if_possible
from privaci_core.prove.read_back import PARTS_PER_SESSION, SHARED_BYTES
from privaci_core.prove.search.searching import LARGE_OBJECTS, STATISTICS, Search
from privaci_core.sql import query
from privaci_core.stream.read import read_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from privaci_core.plan.chunks import Chunk
    from privaci_core.plan.plan import Plan, WireFormat
    from privaci_core.postgres.session import Connection
    from privaci_core.prove.search.originals import Originals
    from privaci_core.prove.search.read_once import ReadOnce
    from privaci_core.prove.search.searching import TableSearch
    from privaci_core.prove.search.target_tables import TargetTable

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
# From this version on, expressions have statistics without an index.
EXPRESSIONS_TOGETHER = 140000


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of a table, to be read by one COPY."""

    table: TargetTable
    looking: TableSearch
    statement: sql.Composed


def search_target(
    dsn: str,
    plan: Plan,
    originals: Originals,
    rows: int | None = None,
    once: ReadOnce | None = None,
) -> Search:
    """Search the target by two connections; in a sample, about so many rows of each table.

    Rows that are all read can be added to ledgers as well.
    """
    doing = driver_errors("Searching the target for originals")
    with (
        target_session(dsn, autocommit=True) as target,
        if_possible(lambda: target_session(dsn, autocommit=True, is_spare=True)) as second,
        doing,
    ):
        search = Search.of(target, plan, originals)
        if once is not None and rows is None:
            once.choose(search.tables)
        parts: SimpleQueue[Part] = SimpleQueue()
        for table in search.tables:
            for part in _parts(target, search, table, rows, once):
                parts.put(part)
        with _beside(second, parts, once):
            search_definitions(target, search)
            search_large_objects(target, search, rows)
            _search_parts(target, parts, once)
    return search


@contextmanager
def _beside(
    second: Connection | None, parts: SimpleQueue[Part], once: ReadOnce | None
) -> Iterator[None]:
    """Search parts of tables by the second connection as well, if there is one."""
    if second is None:
        yield
        return
    with ThreadPoolExecutor(1, "privaci-search") as other:
        beside = other.submit(_search_parts, second, parts, once)
        with _stopping(second, parts):
            yield
            wait([beside])
        beside.result()


@contextmanager
def _stopping(second: Connection, parts: SimpleQueue[Part]) -> Iterator[None]:
    """End the other thread as well if this one is interrupted or fails."""
    try:
        yield
    except BaseException:
        with suppress(Empty):
            while True:
                parts.get_nowait()
        second.cancel_safe(timeout=5)
        raise


def _search_parts(target: Connection, parts: SimpleQueue[Part], once: ReadOnce | None) -> None:
    while True:
        try:
            part = parts.get_nowait()
        except Empty:
            return
        _search_part(target, part, once)


def _search_part(target: Connection, part: Part, once: ReadOnce | None) -> None:
    """Read one part of a table of the target by itself and search its rows."""
    looking, form = part.looking.part(), form_of(part.table)
    sums = once.sums_of(part.table) if once else None
    for block in read_rows(target, part.statement, form):
        looking.rows(block)
        if sums is not None:
            sums.add(block.buffer)
    looking.finish()
    if once and sums is not None:
        once.add(part.table, sums)


def _parts(
    target: Connection, search: Search, table: TargetTable, rows: int | None, once: ReadOnce | None
) -> Iterator[Part]:
    """The parts of a table, which several sessions read at once if it is large."""
    if not table.columns:
        return
    chosen = once.columns_of(table) if once else None
    names = chosen or tuple(column.name for column in table.columns)
    chunks = _chunks(target, table, rows)
    looking = search.of_table(table.name, names, text=not table.binary, parts=len(chunks))
    for chunk in chunks:
        statement = rows_statement(table, rows, names, chunk)
        yield Part(table=table, looking=looking, statement=statement)


def _chunks(target: Connection, table: TargetTable, rows: int | None) -> tuple[Chunk, ...]:
    is_large = rows is None and table.size_bytes >= SHARED_BYTES
    if not is_large or target.info.server_version < TID_RANGE_SCAN:
        return whole()
    name = sql.Identifier(table.schema, table.relation)
    return block_ranges(target, name, CONNECTIONS * PARTS_PER_SESSION)


def form_of(table: TargetTable) -> WireFormat:
    """The form in which a table's rows are read."""
    return "binary" if table.binary else "text"


def rows_statement(
    table: TargetTable, rows: int | None, columns: Sequence[str], chunk: Chunk
) -> sql.Composed:
    """COPY of every column that is searched, generated ones too; in a sample, of some pages."""
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    form = sql.SQL(form_of(table))
    computed = any(column.is_computed for column in table.columns)
    is_sampled = rows is not None and table.estimated_rows > rows and not table.materialized
    percent = max(SMALLEST_PERCENT, 100.0 * (rows or 0) / max(table.estimated_rows, 1.0))
    name = sql.Identifier(table.schema, table.relation)
    if not (is_sampled or computed or chunk.where):
        # Postgres then skips its executor.
        return sql.SQL("COPY {} ({}) TO STDOUT (FORMAT {})").format(name, names, form)
    sample = sql.SQL(f" TABLESAMPLE SYSTEM ({percent})" if is_sampled else "")
    where = sql.SQL(" WHERE {}").format(chunk.where) if chunk.where else sql.SQL("")
    chosen = sql.SQL("SELECT {} FROM ONLY {}{}{}").format(names, name, sample, where)
    return sql.SQL("COPY ({}) TO STDOUT (FORMAT {})").format(chosen, form)


def search_definitions(target: Connection, search: Search) -> None:
    """Search what is part of the schema, and what the planner remembers of the rows."""
    for place, text in target.execute(query("search_definitions")).fetchall():
        search.text(place, [text])
    search_statistics(target, search)


def search_statistics(target: Connection, search: Search) -> None:
    """Search what the planner remembers of columns, of expressions, and of columns together."""
    searched = {
        (table.schema, table.relation, column.name): column
        for table in search.tables
        for column in table.columns
    }
    own: dict[str, list[int]] = defaultdict(list)
    for (schema, relation, _), each in searched.items():
        if each.own >= 0:
            own[table_name(schema, relation)].append(each.own)
    repeats, known = search.repeats, {column_name(table_name(*key[:2]), key[2]) for key in searched}
    for schema, relation, name, text in target.execute(query("search_statistics")).fetchall():
        table, column = table_name(schema, relation), searched.get((schema, relation, name))
        # Of an index's expressions the planner knows what masks may have made.
        what = column.what if column else FOR_SURE_ONES
        columns = [one for one in repeats.of_column(table, name) if one in known]
        kept = [number for one in repeats.tables_of(table) for number in own.get(one, ())]
        place = f"{STATISTICS}{column_name(table, name)}"
        if column is not None:
            kept = [column.own] if column.own >= 0 else []
        search.text(place, [text], what, kept, columns or repeats.of_rows(table))
    if target.info.server_version >= EXPRESSIONS_TOGETHER:
        rows = target.execute(query("search_statistics_together")).fetchall()
        for schema, name, table_schema, relation, text in rows:
            table, place = table_name(table_schema, relation), f"{STATISTICS}{shown(schema, name)}"
            search.text(place, [text], FOR_SURE_ONES, own[table], repeats.of_rows(table))


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
