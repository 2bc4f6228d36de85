"""Reads the rows of one COPY TO STDOUT in blocks of bounded size."""

from __future__ import annotations

import selectors
from typing import TYPE_CHECKING

import numpy as np
import psycopg
from psycopg import pq

from privaci_core.postgres import silence
from privaci_core.postgres.encoding import bytes_as_stored
from privaci_core.stream import read_compiled
from privaci_core.stream.binary_rows import (
    BLOCK_BYTES,
    HEADER,
    HUGE_ROW_BYTES,
    MOST_ROWS,
    TRAILER,
    Rows,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from psycopg import sql

    from privaci_core.plan.plan import WireFormat
    from privaci_core.postgres.session import Connection


def read_blocks(
    connection: Connection, statement: sql.Composable, most_rows: int | None = None
) -> Iterator[Rows]:
    """Run a COPY TO STDOUT and yield its rows in blocks; a huge row is its own block."""
    most = min(most_rows or MOST_ROWS, MOST_ROWS)
    pgconn = connection.pgconn
    blocks = read_compiled.blocks_of if read_compiled.CAN_READ else _blocks_of
    text = statement.as_bytes(connection)
    with selectors.DefaultSelector() as selector, bytes_as_stored(connection):
        selector.register(pgconn.socket, selectors.EVENT_READ)

        def wait() -> None:
            if not selector.select(silence.silent_seconds()):
                raise silence.silent_server(connection)
            pgconn.consume_input()

        pgconn.send_query(text)
        _send_all(connection, selector)
        _expect(_next_result(pgconn, wait), pq.ExecStatus.COPY_OUT)
        yield from blocks(pgconn, wait, most)
        _expect(_next_result(pgconn, wait), pq.ExecStatus.COMMAND_OK)
        _next_result(pgconn, wait)


def _send_all(connection: Connection, selector: selectors.BaseSelector) -> None:
    """Send the rest of a statement that is longer than what the socket holds."""
    pgconn = connection.pgconn
    selector.modify(pgconn.socket, selectors.EVENT_READ | selectors.EVENT_WRITE)
    while pgconn.flush():
        if not selector.select(silence.silent_seconds()):
            raise silence.silent_server(connection)
        pgconn.consume_input()
    selector.modify(pgconn.socket, selectors.EVENT_READ)


def read_rows(
    connection: Connection, statement: sql.Composable, form: WireFormat
) -> Iterator[Rows]:
    """Run a COPY TO STDOUT of a form, and yield its rows without the framing of a binary stream."""
    blocks = read_blocks(connection, statement)
    return blocks if form == "text" else without_framing(blocks)


def _blocks_of(pgconn: pq.abc.PGconn, wait: Callable[[], None], most: int) -> Iterator[Rows]:
    """The rows of a running COPY, message by message."""
    buffer, lengths = bytearray(), list[int]()
    for message in _messages(pgconn, wait):
        is_long = len(message) > HUGE_ROW_BYTES
        if lengths and (is_long or len(buffer) >= BLOCK_BYTES or len(lengths) >= most):
            yield Rows(buffer, np.array(lengths))
            buffer, lengths = bytearray(), []
        if is_long:
            yield Rows(message, np.array([len(message)]))
        else:
            buffer += message
            lengths.append(len(message))
    if lengths:
        yield Rows(buffer, np.array(lengths))


def _messages(pgconn: pq.abc.PGconn, wait: Callable[[], None]) -> Iterator[memoryview]:
    """The CopyData messages of libpq; only the wait for the socket blocks."""
    while True:
        size, message = pgconn.get_copy_data(1)
        if size > 0:
            yield message
        elif size == 0:
            wait()
        else:
            return


def without_framing(blocks: Iterator[Rows]) -> Iterator[Rows]:
    """Drop the header and the trailer of a binary stream."""
    first = True
    for block in blocks:
        rows = _without_header(block) if first else block
        first = False
        rows = _without_trailer(rows)
        if len(rows.lengths):
            yield rows


def _without_header(block: Rows) -> Rows:
    # The server sends the header in the message of the first row, or of the trailer.
    lengths = block.lengths.copy()
    lengths[0] -= len(HEADER)
    return Rows(block.buffer[len(HEADER) :], lengths[1:] if lengths[0] == 0 else lengths)


def _without_trailer(block: Rows) -> Rows:
    size = len(TRAILER)
    ends_short = len(block.lengths) and block.lengths[-1] == size
    if not ends_short or bytes(block.buffer[-size:]) != TRAILER:
        return block
    return Rows(block.buffer[:-size], block.lengths[:-1])


def _next_result(pgconn: pq.abc.PGconn, wait: Callable[[], None]) -> pq.abc.PGresult | None:
    while pgconn.flush() or pgconn.is_busy():
        wait()
    return pgconn.get_result()


def _expect(result: pq.abc.PGresult | None, status: pq.ExecStatus) -> None:
    """Raise the error of the server by its SQLSTATE; its text may hold values."""
    if result is None or result.status == status:
        return
    state = (result.error_field(pq.DiagnosticField.SQLSTATE) or b"").decode()
    try:
        kind = psycopg.errors.lookup(state)
    except KeyError:
        kind = psycopg.OperationalError
    raise kind(f"COPY TO STDOUT failed with SQLSTATE {state}")
