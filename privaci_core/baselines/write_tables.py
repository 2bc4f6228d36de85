"""Writes the rows of every table into Parquet files of a store, on two sessions at once."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

from psycopg import sql

from privaci_core.baselines.manifest import KeptTable
from privaci_core.plan.chunks import TID_RANGE_SCAN, block_ranges, whole
from privaci_core.postgres.driver_errors import driver_errors
from privaci_core.postgres.row_memory import keep_row_memory
from privaci_core.postgres.session import source_session
from privaci_core.postgres.spread import spread
from privaci_core.stores.names import file_name
from privaci_core.stores.parquet import files_of
from privaci_core.stores.parquet_types import UnfitError, field_of, merged
from privaci_core.stream.read import read_blocks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from privaci_core.catalog.catalog import Catalog, Relation
    from privaci_core.plan.chunks import Chunk
    from privaci_core.postgres.session import Connection
    from privaci_core.stores.parquet_types import Field
    from privaci_core.stores.store import Store, Stored
    from privaci_core.stream.binary_rows import Rows

# How many sessions read at once, and from which size on they share a table.
SESSIONS = 2
SHARED_BYTES = 64 << 20
PARTS_PER_SESSION = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Some rows of a table, and the forms in which its columns are to be held."""

    table: Relation
    chunk: Chunk
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenPart:
    """A part as it was written; a value may have asked for other forms than those planned."""

    part: Part
    rows: int
    files: tuple[Stored, ...]


def write_tables(
    dsn: str, catalog: Catalog, snapshot: str, store: Store, folder: str
) -> tuple[KeptTable, ...]:
    """Every table that holds rows of its own, the largest first: both sessions end together."""
    with source_session(dsn, snapshot) as session:
        waiting = list(_parts(session, catalog))
    opened = partial(source_session, dsn, snapshot)
    work = partial(_write_all, store=store, folder=folder)
    done: dict[tuple[int, int], WrittenPart] = {}
    # A table's files have one schema: parts in other forms than the table's are written again.
    while waiting:
        for written in chain.from_iterable(spread(waiting, SESSIONS, opened, work)):
            done[written.part.table.oid, written.part.chunk.number] = written
        waiting = list(_in_other_forms(done.values()))
    return tuple(_kept(done.values()))


def _parts(session: Connection, catalog: Catalog) -> Iterator[Part]:
    for table in sorted(catalog.tables, key=lambda relation: -relation.size_bytes):
        columns = catalog.columns.get(table.oid, ())
        fields = tuple(field_of(column) for column in columns if not column.generated)
        for chunk in _chunks(session, table):
            yield Part(table=table, chunk=chunk, fields=fields)


def _chunks(session: Connection, table: Relation) -> tuple[Chunk, ...]:
    large = table.size_bytes >= SHARED_BYTES
    if not large or session.info.server_version < TID_RANGE_SCAN:
        return whole()
    return block_ranges(session, table.identifier, SESSIONS * PARTS_PER_SESSION)


def _by_table(parts: Iterable[WrittenPart]) -> Iterator[list[WrittenPart]]:
    found = defaultdict[int, list[WrittenPart]](list)
    for written in parts:
        found[written.part.table.oid].append(written)
    for of_table in found.values():
        yield sorted(of_table, key=lambda written: written.part.chunk.number)


def _in_other_forms(parts: Iterable[WrittenPart]) -> Iterator[Part]:
    """The parts whose forms are not those that hold all values of their table."""
    for of_table in _by_table(parts):
        fields = merged([written.part.fields for written in of_table])
        for written in of_table:
            if written.part.fields != fields:
                yield replace(written.part, fields=fields)


def _kept(parts: Iterable[WrittenPart]) -> Iterator[KeptTable]:
    for of_table in _by_table(parts):
        table = of_table[0].part.table
        yield KeptTable(
            schema=table.schema,
            relation=table.name,
            rows=sum(written.rows for written in of_table),
            fields=of_table[0].part.fields,
            files=tuple(file for written in of_table for file in written.files),
        )


def _write_all(
    session: Connection, parts: Iterable[Part], store: Store, folder: str
) -> list[WrittenPart]:
    return [_written(session, part, store, folder) for part in parts]


def _written(session: Connection, part: Part, store: Store, folder: str) -> WrittenPart:
    """Write a part; where a form does not hold a value, write it again in another."""
    while True:
        counted: list[int] = []
        blocks = _counted(session, part, counted)
        try:
            files = _files(blocks, part, store, folder)
        except UnfitError as unfit:
            # To cancel the COPY would end the transaction, and the snapshot with it.
            _read_to_its_end(blocks)
            part = replace(part, fields=unfit.fields)
            continue
        return WrittenPart(part=part, rows=sum(counted), files=files)


def _files(blocks: Iterator[Rows], part: Part, store: Store, folder: str) -> tuple[Stored, ...]:
    if not part.fields:
        # Rows without columns are a number.
        _read_to_its_end(blocks)
        return ()
    place = f"{folder}/tables/{file_name(part.table.qualified)}/{part.chunk.number:03}"
    return tuple(
        store.put(f"{place}-{number:05}.parquet", [memoryview(file)])
        for number, file in enumerate(files_of(blocks, part.fields, part.table.qualified))
    )


def _counted(session: Connection, part: Part, counted: list[int]) -> Iterator[Rows]:
    with driver_errors(f"Reading {part.table.qualified} for the baseline"):
        keep_row_memory(session, len(part.fields))
        for block in read_blocks(session, _statement(part)):
            counted.append(len(block.lengths))
            yield block


def _read_to_its_end(blocks: Iterator[Rows]) -> None:
    for _ in blocks:
        pass


def _statement(part: Part) -> sql.Composed:
    names = sql.SQL(", ").join(sql.Identifier(field.name) for field in part.fields)
    if part.chunk.where is None:
        listed = sql.SQL(" ({})").format(names) if part.fields else sql.SQL("")
        rows = sql.SQL("{}{}").format(part.table.identifier, listed)
    else:
        rows = sql.SQL("(SELECT {} FROM ONLY {} WHERE {})").format(
            names, part.table.identifier, part.chunk.where
        )
    return sql.SQL("COPY {} TO STDOUT").format(rows)
