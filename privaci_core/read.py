"""Reads the rows of one COPY TO STDOUT off the wire in blocks of bounded size."""

from __future__ import annotations

import selectors
from typing import TYPE_CHECKING

import psycopg
from psycopg import pq

from privaci_core.wire import HEADER, TRAILER, Rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from psycopg import sql

    from privaci_core.postgres import Connection

# Large enough that a vector call's fixed cost (about 0.1 ms) vanishes, small enough to stay in the CPU's cache.
BLOCK_BYTES = 1 << 22
# A row beyond this is handed on by itself, in libpq's own memory, so that it is not copied.
HUGE_ROW_BYTES = 1 << 24


def read_blocks(connection: Connection, statement: sql.Composable, block_bytes: int = BLOCK_BYTES) -> Iterator[Rows]:
    """Run a COPY TO STDOUT and yield its rows, one libpq message a row, in blocks of about `block_bytes`."""
    buffer, lengths = bytearray(), list[int]()
    for message in _messages(connection.pgconn, statement.as_bytes(connection)):
        size = len(message)
        if size > HUGE_ROW_BYTES:
            if lengths:
                yield Rows(buffer, lengths)
                buffer, lengths = bytearray(), []
            yield Rows(message, [size])
            continue
        buffer += message
        lengths.append(size)
        if len(buffer) >= block_bytes:
            yield Rows(buffer, lengths)
            buffer, lengths = bytearray(), []
    if lengths:
        yield Rows(buffer, lengths)


def without_framing(blocks: Iterator[Rows]) -> Iterator[Rows]:
    """Drop the header that opens a binary stream and the trailer that ends it: what is left is rows alone."""
    first = True
    for block in blocks:
        buffer, lengths = block.buffer, list(block.lengths)
        if first:
            # The server sends the header in one message with the first row (or the trailer): cut it off there.
            buffer, first = buffer[len(HEADER) :], False
            lengths[0] -= len(HEADER)
        if lengths[0] == 0:
            lengths = lengths[1:]
        if lengths and lengths[-1] == len(TRAILER) and bytes(buffer[-len(TRAILER) :]) == TRAILER:
            buffer, lengths = buffer[: -len(TRAILER)], lengths[:-1]
        if lengths:
            yield Rows(buffer, lengths)


def _messages(pgconn: pq.abc.PGconn, statement: bytes) -> Iterator[memoryview]:
    """The CopyData messages of a statement, as libpq hands them over; nothing blocks but the wait for the socket."""
    with selectors.DefaultSelector() as selector:
        selector.register(pgconn.socket, selectors.EVENT_READ)
        pgconn.send_query(statement)
        _expect(_next_result(pgconn, selector), pq.ExecStatus.COPY_OUT)
        while True:
            size, message = pgconn.get_copy_data(1)
            if size > 0:
                yield message
            elif size == 0:
                selector.select()
                pgconn.consume_input()
            else:
                break
        _expect(_next_result(pgconn, selector), pq.ExecStatus.COMMAND_OK)
        _next_result(pgconn, selector)


def _next_result(pgconn: pq.abc.PGconn, selector: selectors.BaseSelector) -> pq.abc.PGresult | None:
    while pgconn.flush() or pgconn.is_busy():
        selector.select()
        pgconn.consume_input()
    return pgconn.get_result()


def _expect(result: pq.abc.PGresult | None, status: pq.ExecStatus) -> None:
    """Raise what the server reported, its sqlstate alone: its words may hold values."""
    if result is None or result.status == status:
        return
    state = (result.error_field(pq.DiagnosticField.SQLSTATE) or b"").decode()
    try:
        kind = psycopg.errors.lookup(state)
    except KeyError:
        kind = psycopg.OperationalError
    raise kind(f"COPY TO STDOUT failed with SQLSTATE {state}")
