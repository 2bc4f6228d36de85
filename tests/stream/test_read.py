"""Reading the rows of a COPY: the compiled loop and the one in Python give the same blocks."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import pq, sql

from privaci_core.compiled import library
from privaci_core.masks import Keys
from privaci_core.policy import parse_policy
from privaci_core.postgres import silence
from privaci_core.postgres.session import source_session
from privaci_core.refresh.steps import copy_database
from privaci_core.stream import read_compiled
from privaci_core.stream.binary_rows import BLOCK_BYTES, HUGE_ROW_BYTES, MOST_ROWS
from privaci_core.stream.read import read_blocks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from privaci_core.stream.binary_rows import Rows

pytestmark = pytest.mark.postgres


@pytest.fixture(params=[True, False], ids=["compiled", "messages"], autouse=True)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Each test runs both ways."""
    assert read_compiled.CAN_READ
    monkeypatch.setattr(read_compiled, "CAN_READ", request.param)
    return bool(request.param)


@pytest.fixture
def source(source_db: str) -> Iterator[psycopg.Connection[object]]:
    """A session of an empty source."""
    with source_session(source_db) as connection:
        yield connection


def blocks(source: psycopg.Connection[object], query: str, most: int | None = None) -> list[Rows]:
    """What a query gives as COPY text."""
    statement = sql.SQL(f"COPY ({query}) TO STDOUT")  # type: ignore[arg-type]
    return list(read_blocks(source, statement, most))


def rows_of(found: list[Rows]) -> list[bytes]:
    """The rows of blocks, cut by their lengths."""
    rows = []
    for block in found:
        start = 0
        for length in block.lengths.tolist():
            rows.append(bytes(block.buffer[start : start + length]))
            start += length
        assert start == len(block.buffer)
    return rows


def test_no_row_is_no_block(source: psycopg.Connection[object]) -> None:
    """Nothing at all."""
    assert blocks(source, "SELECT 1 WHERE false") == []


def test_all_rows_in_their_order(source: psycopg.Connection[object]) -> None:
    """More than one block's bytes, each block about as large as it should be."""
    found = blocks(source, "SELECT n, repeat('x', 100) FROM generate_series(1, 100000) AS n")
    assert rows_of(found) == [b"%d\t%s\n" % (n, b"x" * 100) for n in range(1, 100_001)]
    assert len(found) > 1
    assert all(BLOCK_BYTES <= len(block.buffer) < BLOCK_BYTES + 1000 for block in found[:-1])


def test_the_loop_waits_for_the_server_by_itself(
    source: psycopg.Connection[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server sends 8 kB at a time: the interpreter is not asked for each of a thousand waits."""
    waits, of_loop = list[None](), read_compiled.blocks_of

    def counted(pgconn: pq.abc.PGconn, wait: Callable[[], None], most: int) -> Iterator[Rows]:
        return of_loop(pgconn, lambda: waits.append(wait()), most)

    monkeypatch.setattr(read_compiled, "blocks_of", counted)
    blocks(source, "SELECT repeat('x', 100) FROM generate_series(1, 100000)")
    assert len(waits) < 100


def test_narrow_rows_fill_a_block_by_their_number(source: psycopg.Connection[object]) -> None:
    """Rows of two bytes."""
    found = blocks(source, f"SELECT 1 FROM generate_series(1, {MOST_ROWS + 1})")
    assert [len(block.lengths) for block in found] == [MOST_ROWS, 1]


def test_a_block_holds_as_many_rows_as_asked(source: psycopg.Connection[object]) -> None:
    """Ten rows by three."""
    found = blocks(source, "SELECT n FROM generate_series(1, 10) AS n", 3)
    assert [len(block.lengths) for block in found] == [3, 3, 3, 1]
    assert rows_of(found) == [b"%d\n" % n for n in range(1, 11)]


def test_a_huge_row_stands_alone(source: psycopg.Connection[object]) -> None:
    """Between small ones, first and last; it is there for as long as somebody looks at it."""
    wide = f"CASE WHEN n IN (1, 3, 5) THEN repeat('x', {HUGE_ROW_BYTES}) ELSE 'x' END"
    found = blocks(source, f"SELECT {wide} FROM generate_series(1, 5) AS n")
    assert [len(block.lengths) for block in found] == [1] * 5
    assert [len(row) for row in rows_of(found)] == [
        HUGE_ROW_BYTES + 1,
        2,
        HUGE_ROW_BYTES + 1,
        2,
        HUGE_ROW_BYTES + 1,
    ]


def test_an_error_in_the_stream_tells_no_value(source: psycopg.Connection[object]) -> None:
    """The server's words hold the value that it could not read."""
    with pytest.raises(psycopg.errors.InvalidTextRepresentation) as caught:
        blocks(
            source,
            "SELECT (CASE WHEN n = 90000 THEN 'secret' ELSE '1' END)::int"
            " FROM generate_series(1, 90000) AS n",
        )
    assert "secret" not in str(caught.value)


def test_a_statement_may_be_longer_than_a_socket_holds(
    source: psycopg.Connection[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The addresses of a million rows are: what does not fit is sent as the server reads it."""
    monkeypatch.setattr(silence, "SILENT_SECONDS", 10.0)
    addresses = ",".join(f'"({block},1)"' for block in range(1_000_000))
    query = f"SELECT cardinality('{{{addresses}}}'::tid[])"
    assert rows_of(blocks(source, query)) == [b"1000000\n"]


def test_a_session_that_ends_is_noticed(source: psycopg.Connection[object], source_db: str) -> None:
    """Killed between two blocks."""
    found = read_blocks(
        source,
        sql.SQL("COPY (SELECT repeat('x', 1000) FROM generate_series(1, 1000000)) TO STDOUT"),
    )
    next(found)
    with psycopg.connect(source_db, autocommit=True) as other:
        others = (
            "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        other.execute(f"SELECT pg_terminate_backend(pid) {others}")
    with pytest.raises(psycopg.OperationalError):
        list(found)


def test_a_table_says_how_many_rows_a_block_holds(
    source_db: str, target_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`batch_size` of the policy, or of the table, reaches the reader."""
    asked = []
    monkeypatch.setattr(
        "privaci_core.stream.copy_table.read_blocks",
        lambda *args: asked.append(args[-1]) or read_blocks(*args),
    )
    with psycopg.connect(source_db, autocommit=True) as connection:
        for name in ("a", "b"):
            connection.execute(
                f"CREATE TABLE {name} AS SELECT n, 'secret' || n AS who"
                " FROM generate_series(1, 50) AS n"
            )
    rules = "version: '1.0'\nauto_detect: false\nbatch_size: 20\ntables:\n"
    rules += "".join(
        f"  public.{name}: {{{more} columns: {{who: {{action: hash}}}}}}\n"
        for name, more in (("a", ""), ("b", "batch_size: 7,"))
    )
    copy_database(
        source_db, target_db, parse_policy(rules), Keys.of(b"a salt of the test suite, long enough")
    )
    assert sorted(asked) == [7, 20]
    with psycopg.connect(target_db) as target:
        masked = (
            "SELECT count(*) FROM (TABLE a UNION ALL TABLE b) AS t WHERE who NOT LIKE 'secret%'"
        )
        assert target.execute(masked).fetchone() == (100,)


def test_another_implementation_of_psycopg_is_read_by_messages(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where psycopg's module is no library, or hides libpq, its own functions are asked."""
    for file in (__file__, None, str(library.LIBRARY)):
        monkeypatch.setitem(
            read_compiled.sys.modules, pq.PGconn.__module__, SimpleNamespace(__file__=file)
        )  # type: ignore[attr-defined]
        assert read_compiled._libpq() is None
