"""Tables one after the other: the next one is read while one is written, and errors name theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from builders.catalogs import catalog
from builders.catalogs import table as relation
from builders.copies import KEYS
from psycopg import sql

from privaci_core.errors import CopyError
from privaci_core.plan.plan_copy import plan_copy
from privaci_core.policy import parse_policy
from privaci_core.postgres.session import source_session
from privaci_core.stream.copy_table import bind_table, copy_each
from privaci_core.stream.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Iterable

    from privaci_core.plan.plan import TablePlan
    from privaci_core.postgres.session import Connection
    from privaci_core.stream.binary_rows import Buffer

pytestmark = pytest.mark.postgres

NAMES = ("a", "b", "c")
POLICY = parse_policy('version: "1.0"\nauto_detect: false\n')


@pytest.fixture
def source(source_db: str) -> str:
    """Tables of 10, no and 30,000 rows: one block, none, and several."""
    with psycopg.connect(source_db, autocommit=True) as connection:
        for name, rows in zip(NAMES, (10, 0, 30_000), strict=True):
            made = "CREATE TABLE {} AS SELECT n AS id FROM generate_series(1, {}) AS n"
            connection.execute(sql.SQL(made).format(sql.Identifier(name), sql.Literal(rows)))
    return source_db


def tables() -> tuple[TablePlan, ...]:
    """The plans of the tables, which mask nothing."""
    found = catalog(*(relation(f"public.{name}", "id integer") for name in NAMES))
    return plan_copy(found, POLICY).tables


def copied(connection: Connection, destination: Any) -> list[tuple[int, int]]:
    """Copy all tables; the rows that the destination took, and those of the ledger."""
    tallies = [Tally(table, bytes(32)) for table in tables()]
    streams = ((bind_table(connection, tally.table, KEYS), None) for tally in tallies)
    loaded = list(copy_each(connection, destination, tallies, streams))
    return [(each.rows, tally.ledger().rows) for each, tally in zip(loaded, tallies, strict=True)]


def counted(_table: TablePlan, buffers: Iterable[Buffer]) -> tuple[int, int]:
    """A destination that counts bytes as rows."""
    size = sum(map(len, buffers))
    return size, size


def test_each_table_gets_its_own_rows(source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the reader ends by itself: to stop it would cancel what its session does next."""
    stopped: list[str] = []
    with source_session(source) as connection:
        monkeypatch.setattr(connection, "cancel_safe", lambda **_: stopped.append("cancelled"))
        found = copied(connection, counted)
        assert connection.execute("SELECT 1").fetchone() == (1,)
    # A binary stream has 21 bytes around its rows, and each row of one integer has 10.
    assert found == [(21 + 100, 10), (21, 0), (21 + 300_000, 30_000)]
    assert stopped == []


def test_a_destination_that_fails_stops_the_reader(source: str) -> None:
    """The error names the table that was written, not the one that was read ahead."""

    def failing(table: TablePlan, buffers: Iterable[Buffer]) -> tuple[int, int]:
        if table.relation == "b":
            raise ValueError("a value that is not to be shown")
        return counted(table, buffers)

    with (
        source_session(source) as connection,
        pytest.raises(CopyError, match=r"Masking public\.b") as caught,
    ):
        copied(connection, failing)
    assert "not to be shown" not in str(caught.value)


def test_a_table_that_cannot_be_read_is_named(source: str) -> None:
    """Those before it are written."""
    with psycopg.connect(source, autocommit=True) as connection:
        connection.execute("DROP TABLE b")
    written: list[str] = []

    def noting(table: TablePlan, buffers: Iterable[Buffer]) -> tuple[int, int]:
        found = counted(table, buffers)
        written.append(table.relation)
        return found

    with (
        source_session(source) as connection,
        pytest.raises(CopyError, match=r"Copying public\.b into the target"),
    ):
        copied(connection, noting)
    assert written == ["a"]
