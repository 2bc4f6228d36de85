"""Runs many statements in one round trip and one transaction."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from psycopg.rows import RowFactory

    from privaci_core.postgres.session import Connection

T = TypeVar("T")

# Each statement may lock a table, its TOAST table and its indexes, and a server has room for some
# thousand locks.
MOST_TOGETHER = 100


def parts_of(items: Sequence[T], most: int = MOST_TOGETHER) -> Iterator[Sequence[T]]:
    """The items in their order, so many at a time."""
    return (items[at : at + most] for at in range(0, len(items), most))


def read_together(
    connection: Connection, asked: Sequence[tuple[bytes, RowFactory[Any]]]
) -> Iterator[list[Any]]:
    """The rows of some queries, each made by its factory, in one round trip."""
    with connection.pipeline() if psycopg.capabilities.has_pipeline() else nullcontext():
        cursors = [
            connection.cursor(row_factory=factory).execute(query) for query, factory in asked
        ]
    for cursor in cursors:
        yield cursor.fetchall()
        cursor.close()


def ran_together(connection: Connection, statements: Sequence[str]) -> bool:
    """Run statements that end with a semicolon, all or none; False if one of them failed."""
    try:
        with connection.transaction():
            connection.execute("\n".join(statements).encode())
    except psycopg.Error:
        return False
    return True


def run_in_parts(connection: Connection, statements: Iterable[str]) -> None:
    """Run statements in their order, many together; those of a part that fails run one by one.

    So an error is about one statement, and what precedes it is done.
    """
    for part in parts_of([f"{statement};" for statement in statements]):
        if not ran_together(connection, part):
            for statement in part:
                connection.execute(statement.encode())
