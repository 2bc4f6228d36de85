"""Loads a stream of COPY buffers into a relation of the target: the destination of a stream."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from psycopg import sql

from privaci_core.postgres.encoding import bytes_as_stored
from privaci_core.postgres.silence import answered_in_time
from privaci_core.stream.binary_rows import Buffer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from psycopg import Cursor

    from privaci_core.plan.plan import TablePlan
    from privaci_core.postgres.session import Connection

# Takes all buffers of a table's rows, and returns how many rows and bytes it took. A file would be
# another destination than Postgres.
Destination = Callable[["TablePlan", Iterable[Buffer]], tuple[int, int]]


def into_relations(connection: Connection) -> Destination:
    """The destination that runs COPY FROM STDIN on a connection."""

    def load(table: TablePlan, buffers: Iterable[Buffer]) -> tuple[int, int]:
        sent = 0
        cursor = connection.cursor()
        statement = load_statement(table).as_bytes(connection)
        with bytes_as_stored(connection), copied_in(cursor, statement) as write:
            for buffer in buffers:
                write(buffer)
                sent += len(buffer)
        return cursor.rowcount, sent

    return load


@contextmanager
def copied_in(cursor: Cursor[Any], statement: bytes) -> Iterator[Callable[[Buffer], None]]:
    """Run a COPY FROM STDIN; each write, its begin and its end must be answered in time."""
    with ExitStack() as stack:
        with answered_in_time(cursor.connection):
            copy = stack.enter_context(cursor.copy(statement))

        def write(buffer: Buffer) -> None:
            with answered_in_time(cursor.connection):
                copy.write(buffer)

        yield write
        with answered_in_time(cursor.connection):
            stack.close()


def load_statement(table: TablePlan) -> sql.Composed:
    """COPY into the same columns of the target, in the same order, by name."""
    form = sql.SQL(table.format)
    return sql.SQL("COPY {}{} FROM STDIN (FORMAT {})").format(table.into, table.listed, form)
