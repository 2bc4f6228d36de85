"""Parts that a connection reads come in order, and nothing is waited for that nobody wants."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from privaci_core.postgres.ahead import one_ahead
from privaci_core.postgres.session import source_session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from privaci_core.postgres.session import Connection

pytestmark = pytest.mark.postgres


def read(source: Connection, *queries: str) -> Iterator[int]:
    """The number that each query gives."""
    for query in queries:
        yield source.execute(query.encode()).fetchall()[0][0]


def test_parts_come_in_order_and_errors_where_they_happen(source_db: str) -> None:
    """After the parts that were read before it."""
    with source_session(source_db) as source:
        queries = [f"SELECT {number}" for number in range(5)]
        assert list(one_ahead(source, read(source, *queries))) == [*range(5)]
        assert list(one_ahead(source, read(source))) == []
        failing = one_ahead(source, read(source, "SELECT 1", "SELECT 1 / 0"))
        assert next(failing) == 1
        with pytest.raises(psycopg.errors.DivisionByZero):
            next(failing)


def test_a_statement_that_nobody_waits_for_is_cancelled(source_db: str) -> None:
    """As after Ctrl-C, while the server waits for a lock."""
    with source_session(source_db) as source:
        parts = one_ahead(source, read(source, "SELECT 1", "SELECT 1 FROM pg_sleep(100000)"))
        assert next(parts) == 1
        parts.close()
        source.rollback()
        assert list(read(source, "SELECT 2")) == [2]
