"""Reads the rows of a COPY TO STDOUT by a compiled loop that calls psycopg's own libpq."""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np
import psycopg
import pyarrow as pa
from psycopg import pq

from privaci_core.compiled import loops
from privaci_core.compiled.loops import Copy, Progress
from privaci_core.stream.binary_rows import BLOCK_BYTES, HUGE_ROW_BYTES, Rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ENDED = -1


class Libpq(NamedTuple):
    """The addresses of functions of libpq: one returns a message of a COPY, one frees it."""

    get_copy_data: int
    free_memory: int
    # Takes in what the socket has received.
    consume_input: int


def _libpq() -> tuple[Libpq, Callable[[int], None]] | None:
    """Functions of the libpq that psycopg is linked with, found through psycopg's own module."""
    with suppress(OSError, AttributeError):
        library = ctypes.CDLL(str(sys.modules[pq.PGconn.__module__].__file__))
        release = library.PQfreemem
        release.argtypes, release.restype = (ctypes.c_void_p,), None
        found = library.PQgetCopyData, release, library.PQconsumeInput
        return Libpq(*map(_address, found)), release
    return None


def _address(function: Any) -> int:
    return ctypes.cast(function, ctypes.c_void_p).value or 0


_found = _libpq()
CAN_READ = loops.LOADED and _found is not None


class _Message:
    """Frees a row in libpq's memory once nothing refers to it."""

    def __init__(self, address: int, release: Callable[[int], None]) -> None:
        self._address, self._release = address, release

    def __del__(self) -> None:
        self._release(self._address)


def blocks_of(pgconn: pq.abc.PGconn, wait: Callable[[], None], most: int) -> Iterator[Rows]:
    """The rows of a running COPY in blocks of at most `most` rows; a huge row is its own block."""
    libpq, release = cast("tuple[Libpq, Callable[[int], None]]", _found)
    # Every implementation has it, for calls like these; psycopg's protocol does not name it.
    connection: int = pgconn.pgconn_ptr  # type: ignore[attr-defined]
    copy = Copy(*libpq, connection, pgconn.socket)
    sizes = BLOCK_BYTES, HUGE_ROW_BYTES
    more = True
    while more:
        # Pages that no row reaches are never touched.
        data, lengths = np.empty(sum(sizes), np.uint8), np.empty(most, np.int64)
        progress = Progress()
        while not (state := loops.read_rows(copy, sizes, (data, lengths), progress)):
            wait()
        if state < ENDED:
            # libpq says why, if the connection is gone.
            pgconn.consume_input()
            raise psycopg.OperationalError("COPY TO STDOUT broke off")
        more = state > 0
        if progress.rows:
            yield Rows(data[: progress.bytes].data, lengths[: progress.rows])
        if progress.long_row:
            yield _huge_row(progress, release)


def _huge_row(progress: Progress, release: Callable[[int], None]) -> Rows:
    """A row in libpq's own memory, not copied."""
    message = _Message(progress.long_row, release)
    row = pa.foreign_buffer(progress.long_row, progress.long_size, message)
    return Rows(memoryview(row), np.array([progress.long_size], np.int64))
