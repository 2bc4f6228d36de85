"""Streams the rows of tables, or of chunks of them, through their masks to their destination."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from privaci_core.errors import CopyError, PrivaciError
from privaci_core.postgres.driver_errors import driver_errors
from privaci_core.postgres.row_memory import keep_row_memory
from privaci_core.postgres.silence import cut_off
from privaci_core.postgres.unexpected import explained
from privaci_core.stream.binary_rows import Buffer, Rows, framed
from privaci_core.stream.bind_columns import bind_leading, codecs_of
from privaci_core.stream.deal_out import deals_of
from privaci_core.stream.mask_rows import mask_rows
from privaci_core.stream.read import read_blocks, without_framing
from privaci_core.stream.read_ahead import read_ahead
from privaci_core.stream.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from privaci_core.masks import Keys
    from privaci_core.plan.plan import TablePlan
    from privaci_core.postgres.session import Connection
    from privaci_core.stream.load import Destination


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """How much one stream brought to its destination."""

    rows: int
    bytes: int
    # How long its streams took; those of one table may have run side by side, and small tables of
    # one transaction are read ahead.
    seconds: float = field(default=0.0, compare=False)

    def __add__(self, other: Loaded) -> Loaded:
        return Loaded(
            rows=self.rows + other.rows,
            bytes=self.bytes + other.bytes,
            seconds=self.seconds + other.seconds,
        )


# Smaller buffers are joined before another thread writes them.
WORTH_A_PIECE_BYTES = 64 << 10


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes of a table's rows, on their way to the thread that writes them."""

    buffer: Buffer
    is_last: bool


# Masks blocks of rows; the tally keeps the ledger of what leaves the stream.
Stream = Callable[[Iterator[Rows], Tally], Iterator[Buffer]]


def bind_table(
    source: Connection, table: TablePlan, keys: Keys, printer: Connection | None = None
) -> Stream:
    """The masks of a table, bound once; without masks, rows pass as they came.

    The source's session reads whole what is shuffled.
    """
    if not table.masked:
        masked: Stream = _unmasked
    else:
        with masking_errors(table):
            deals = deals_of(source, table, keys, codecs_of(table))
        masked = partial(mask_rows, bind_leading(table, keys, printer, deals))
    if table.format == "text":
        return masked
    return lambda blocks, tally: framed(masked(without_framing(blocks), tally))


def _unmasked(blocks: Iterator[Rows], tally: Tally) -> Iterator[Buffer]:
    for rows in blocks:
        tally.add_rows(rows.buffer)
        yield rows.buffer


def copy_rows(
    source: Connection,
    destination: Destination,
    tally: Tally,
    stream: Stream,
    where: sql.Composable | None = None,
) -> Loaded:
    """Copy the rows that `where` selects, and tally them; the caller commits them."""
    (loaded,) = copy_each(source, destination, [tally], [(stream, where)])
    return loaded


def copy_each(
    source: Connection,
    destination: Destination,
    tallies: Sequence[Tally],
    streams: Iterable[tuple[Stream, sql.Composable | None]],
) -> Iterator[Loaded]:
    """Copy tables one after the other; the next one is read and masked while one is written.

    The streams are bound as they are needed, in the thread that reads.
    """
    pieces = read_ahead(
        _pieces(source, tallies, streams),
        partial(source.cancel_safe, timeout=5),
        partial(cut_off, source),
    )
    with closing(pieces):
        for table in (tally.table for tally in tallies):
            started = time.monotonic()
            with driver_errors(f"Copying {table.name} into the target"), masking_errors(table):
                rows, size = destination(table, _up_to_the_last(pieces))
            yield Loaded(rows=rows, bytes=size, seconds=time.monotonic() - started)
        # To leave the reader before its end would cancel what the source's session does next.
        next(pieces, None)


def _pieces(
    source: Connection,
    tallies: Iterable[Tally],
    streams: Iterable[tuple[Stream, sql.Composable | None]],
) -> Iterator[Piece]:
    """The rows of all tables; a table ends with its last piece."""
    for tally, (stream, where) in zip(tallies, streams, strict=True):
        table = tally.table
        with driver_errors(f"Copying {table.name} into the target"), masking_errors(table):
            keep_row_memory(source, table.width)
            blocks = read_blocks(source, read_statement(table, where), table.block_rows)
            yield from _joined(stream(blocks, tally))


def _joined(buffers: Iterable[Buffer]) -> Iterator[Piece]:
    """Join small buffers: to hand one to another thread costs more than to copy it."""
    held, size = list[Buffer](), 0
    for buffer in buffers:
        held.append(buffer)
        size += len(buffer)
        if size >= WORTH_A_PIECE_BYTES:
            yield Piece(_one(held), is_last=False)
            held, size = [], 0
    yield Piece(_one(held), is_last=True)


def _one(buffers: list[Buffer]) -> Buffer:
    return buffers[0] if len(buffers) == 1 else b"".join(buffers)


def _up_to_the_last(pieces: Iterator[Piece]) -> Iterator[Buffer]:
    """The buffers of one table."""
    for piece in pieces:
        if len(piece.buffer):
            yield piece.buffer
        if piece.is_last:
            return


@contextmanager
def masking_errors(table: TablePlan) -> Iterator[None]:
    """Re-raises errors of masks without their text, which may quote a value."""
    try:
        yield
    except (PrivaciError, psycopg.Error):
        raise
    except Exception as error:  # noqa: BLE001 - any error's text may hold a value
        raise explained(f"Masking {table.name}", error, CopyError) from None


def read_statement(table: TablePlan, where: sql.Composable | None) -> sql.Composed:
    """COPY of the source's columns by name, masked ones first.

    Without a condition the table itself is copied: Postgres then skips its executor.
    """
    conditions = [part for part in (where, table.condition) if part]
    if not conditions and not table.conditions and not table.nulls:
        rows = sql.SQL("{}{}").format(table.identifier, table.listed)
    else:
        chosen = sql.SQL(" AND ").join(conditions or [sql.SQL("true")])
        rows = sql.SQL("(SELECT {} FROM ONLY {} WHERE {})").format(
            table.selected, table.identifier, chosen
        )
    return sql.SQL("COPY {} TO STDOUT (FORMAT {})").format(rows, sql.SQL(table.format))
