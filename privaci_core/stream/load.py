"""Loads a stream of COPY buffers into one relation of the target."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from psycopg import sql

    from privaci_core.postgres.session import Connection
    from privaci_core.stream.binary_rows import Buffer


def load_blocks(
    connection: Connection, statement: sql.Composed, buffers: Iterable[Buffer]
) -> tuple[int, int]:
    """Run a COPY FROM STDIN over the buffers; returns the rows the server counted and the bytes it was sent."""
    sent = 0
    cursor = connection.cursor()
    with cursor.copy(statement) as copy:
        for buffer in buffers:
            copy.write(buffer)
            sent += len(buffer)
    return cursor.rowcount, sent
