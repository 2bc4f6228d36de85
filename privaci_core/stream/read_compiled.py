"""Brings the rows of one COPY TO STDOUT together by a compiled loop, through the libpq that psycopg itself calls."""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import psycopg
import pyarrow as pa
from psycopg import pq

from privaci_core.compiled import loops
from privaci_core.compiled.loops import Libpq, Progress
from privaci_core.stream.binary_rows import BLOCK_BYTES, HUGE_ROW_BYTES, Rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ENDED = -1


def _libpq() -> tuple[Libpq, Callable[[int], None]] | None:
    """The functions of the very library that psycopg is linked with, which is found through psycopg's own module."""
    with suppress(OSError, AttributeError):
        library = ctypes.CDLL(str(sys.modules[pq.PGconn.__module__].__file__))
        release = library.PQfreemem
        release.argtypes, release.restype = (ctypes.c_void_p,), None
        return Libpq(_place(library.PQgetCopyData), _place(release)), release
    return None


def _place(function: Any) -> int:
    return ctypes.cast(function, ctypes.c_void_p).value or 0


_found = _libpq()
CAN_READ = loops.LOADED and _found is not None


class _Message:
    """A row where libpq put it, for as long as somebody looks at it."""

    def __init__(self, place: int, release: Callable[[int], None]) -> None:
        self._place, self._release = place, release

    def __del__(self) -> None:
        self._release(self._place)


def blocks_of(pgconn: pq.abc.PGconn, wait: Callable[[], None], most: int) -> Iterator[Rows]:
    """The rows of a COPY that has begun, in blocks of at most so many; a huge one alone."""
    libpq, release = cast("tuple[Libpq, Callable[[int], None]]", _found)
    # Every implementation has it, for calls like these; the protocol that they share does not name it.
    connection: int = pgconn.pgconn_ptr  # type: ignore[attr-defined]
    more = True
    while more:
        # Pages that no row reaches are never touched.
        block, so_far = (
            (np.empty(BLOCK_BYTES + HUGE_ROW_BYTES, np.uint8), np.empty(most, np.int64)),
            Progress(),
        )
        while not (
            state := loops.read_rows(
                libpq, connection, (BLOCK_BYTES, HUGE_ROW_BYTES), block, so_far
            )
        ):
            wait()
        if state < ENDED:
            raise psycopg.OperationalError("COPY TO STDOUT broke off")
        more = state > 0
        if so_far.rows:
            yield Rows(block[0][: so_far.bytes].data, block[1][: so_far.rows])
        if so_far.long_row:
            message = _Message(so_far.long_row, release)
            row = pa.foreign_buffer(so_far.long_row, so_far.long_size, message)
            yield Rows(memoryview(row), np.array([so_far.long_size], np.int64))
