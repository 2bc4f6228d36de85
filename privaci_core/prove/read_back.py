"""Reads the tables of a target once more, all of their rows, into ledgers."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

from psycopg import sql

from privaci_core.plan.chunks import TID_RANGE_SCAN, block_ranges, whole
from privaci_core.postgres.driver_errors import driver_errors
from privaci_core.postgres.row_memory import keep_row_memory
from privaci_core.postgres.session import source_session
from privaci_core.postgres.spread import spread
from privaci_core.stream.ledger import Layout, Ledger, Sums, by_table
from privaci_core.stream.read import read_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from privaci_core.catalog.catalog import Catalog, Column, Relation
    from privaci_core.plan.chunks import Chunk
    from privaci_core.plan.plan import WireFormat
    from privaci_core.postgres.session import Connection
    from privaci_core.stream.binary_rows import Rows

# How many sessions read at once, and from which size on they share a table.
SESSIONS = 2
SHARED_BYTES = 64 << 20
PARTS_PER_SESSION = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which ledger a table needs: of which columns, under which key, over which form of COPY."""

    key: bytes = field(repr=False)
    form: WireFormat
    columns: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One part of one relation, to be read by one COPY."""

    table: str
    relation: Relation
    layout: Layout
    key: bytes = field(repr=False)
    chunk: Chunk


def read_back(
    dsn: str, catalog: Catalog, wanted: Mapping[str, Wanted], snapshot: str | None = None
) -> dict[str, Ledger]:
    """The ledger of each wanted table that is there; that of a partitioned table is its leaves'."""
    with source_session(dsn, snapshot) as connection:
        readings = list(_readings(connection, catalog, wanted))
    opened = partial(source_session, dsn)
    return by_table(chain.from_iterable(spread(readings, SESSIONS, opened, _read_all)))


def read_in(
    connection: Connection, catalog: Catalog, wanted: Mapping[str, Wanted]
) -> dict[str, Ledger]:
    """The same as a session sees it whose transaction is not committed yet."""
    return by_table(_read_all(connection, _readings(connection, catalog, wanted)))


def leaves_of(catalog: Catalog) -> dict[str, list[Relation]]:
    """The relations that hold a table's rows, by the table's name."""
    leaves: dict[str, list[Relation]] = {}
    for relation in catalog.tables:
        leaves.setdefault(catalog.root(relation).qualified, []).append(relation)
    return leaves


def layout_of(columns: Sequence[Column], want: Wanted) -> Layout:
    """How a relation's rows are read: its own columns beside what was loaded are not."""
    loaded = [column for column in columns if column.name in want.columns]
    return Layout(
        columns=tuple(column.name for column in loaded),
        form=want.form,
        xml=frozenset(column.name for column in loaded if column.base_type == "xml"),
    )


def _readings(
    connection: Connection, catalog: Catalog, wanted: Mapping[str, Wanted]
) -> Iterator[Reading]:
    """The parts to read, the largest first so that both sessions end together."""
    relations = [
        (table, relation, wanted[table])
        for table, leaves in leaves_of(catalog).items()
        for relation in leaves
        if table in wanted
    ]
    for table, relation, want in sorted(relations, key=lambda each: -each[1].size_bytes):
        layout = layout_of(catalog.columns.get(relation.oid, ()), want)
        for chunk in _chunks(connection, relation):
            yield Reading(table=table, relation=relation, layout=layout, key=want.key, chunk=chunk)


def _chunks(connection: Connection, relation: Relation) -> tuple[Chunk, ...]:
    large = relation.size_bytes >= SHARED_BYTES
    if not large or connection.info.server_version < TID_RANGE_SCAN:
        return whole()
    return block_ranges(connection, relation.identifier, SESSIONS * PARTS_PER_SESSION)


def _read_all(connection: Connection, readings: Iterable[Reading]) -> list[tuple[str, Ledger]]:
    found = []
    for reading in readings:
        with driver_errors(f"Reading {reading.table} back from the target"):
            found.append((reading.table, _read(connection, reading)))
    return found


def _read(connection: Connection, reading: Reading) -> Ledger:
    sums = Sums(reading.layout, reading.key)
    for rows in rows_of(connection, reading):
        sums.add(rows.buffer)
    return sums.ledger()


def rows_of(connection: Connection, reading: Reading) -> Iterator[Rows]:
    """The rows of a part in blocks, without the framing of a binary stream."""
    keep_row_memory(connection, len(reading.layout.columns))
    return read_rows(connection, _statement(reading), reading.layout.form)


def _statement(reading: Reading) -> sql.Composed:
    columns = sql.SQL(", ").join(map(sql.Identifier, reading.layout.columns))
    name, where = reading.relation.identifier, reading.chunk.where
    if where is None:
        listed = sql.SQL(" ({})").format(columns) if reading.layout.columns else sql.SQL("")
        rows = sql.SQL("{}{}").format(name, listed)
    else:
        rows = sql.SQL("(SELECT {} FROM ONLY {} WHERE {})").format(columns, name, where)
    return sql.SQL("COPY {} TO STDOUT (FORMAT {})").format(rows, sql.SQL(reading.layout.form))
