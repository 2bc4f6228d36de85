"""A server that reads wide rows keeps its memory from one row to the next."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest
from builders.catalogs import catalog
from builders.catalogs import table as relation
from builders.copies import KEYS
from psycopg import sql

from privaci_core.plan.plan_copy import plan_copy
from privaci_core.policy import parse_policy
from privaci_core.postgres.session import source_session
from privaci_core.stream.copy_table import bind_table, copy_rows
from privaci_core.stream.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Iterable

    from privaci_core.plan.plan import TablePlan
    from privaci_core.postgres.session import Connection
    from privaci_core.stream.binary_rows import Buffer

pytestmark = pytest.mark.postgres

COLUMNS, ROWS = 400, 1000
POLICY = parse_policy('version: "1.0"\nauto_detect: false\n')
# The tenth field of a process's statistics: how often it touched a page that was not its own yet.
FAULTS = 9


@pytest.fixture
def source(source_db: str) -> str:
    """A table of 400 columns."""
    with psycopg.connect(source_db, autocommit=True) as connection:
        numbers = sql.SQL(", ").join(sql.SQL("n AS {}").format(sql.Identifier(c)) for c in names())
        made = sql.SQL("CREATE TABLE wide AS SELECT {} FROM generate_series(1, {}) AS n")
        connection.execute(made.format(numbers, sql.Literal(ROWS)))
    return source_db


def names() -> list[str]:
    """The columns."""
    return [f"c{place}" for place in range(COLUMNS)]


def faults(connection: Connection) -> int:
    """How often the session's process got a page of memory from the system."""
    process = Path(f"/proc/{connection.info.backend_pid}/stat")
    if not process.exists():
        pytest.skip("the server's processes are elsewhere")
    return int(process.read_text().split()[FAULTS])


def test_a_wide_row_takes_no_memory_from_the_system(source: str) -> None:
    """Of 400 kB for each row that were given back, 100 pages would have come again."""

    def counted(_table: TablePlan, buffers: Iterable[Buffer]) -> tuple[int, int]:
        return ROWS, sum(map(len, buffers))

    found = catalog(relation("public.wide", *(f"{name} integer" for name in names())))
    (table,) = plan_copy(found, POLICY).tables
    with source_session(source) as connection:
        stream, before = bind_table(connection, table, KEYS), faults(connection)
        where = sql.SQL("ctid >= '(0,0)'")
        copy_rows(connection, counted, Tally(table, bytes(32)), stream, where)
        assert faults(connection) - before < 10 * ROWS
