"""A snapshot's tables are held from before it is taken until it ends."""

from __future__ import annotations

import psycopg
import pytest
from substrate.databases import run

from privaci_core.errors import CopyError
from privaci_core.postgres.hold_tables import hold_tables, refuse_replaced_tables
from privaci_core.postgres.session import READING, source_session
from privaci_core.postgres.snapshot import export_snapshot, take_snapshot

pytestmark = pytest.mark.postgres

CHANGES = (
    "TRUNCATE t",
    "ALTER TABLE t ALTER COLUMN who TYPE varchar(40)",
    "ALTER TABLE t RENAME COLUMN who TO name",
    "DROP TABLE t",
)


@pytest.fixture
def source(source_db: str) -> str:
    """A database of one table with three rows, and a partitioned one."""
    run(
        source_db,
        "CREATE TABLE t (id int, who text)",
        "INSERT INTO t SELECT n, 'secret' || n FROM generate_series(1, 3) AS n",
        "CREATE TABLE p (id int) PARTITION BY RANGE (id)",
        "CREATE TABLE p_1 PARTITION OF p DEFAULT",
    )
    return source_db


@pytest.mark.parametrize("change", CHANGES)
def test_no_session_changes_a_table_of_a_snapshot(source: str, change: str) -> None:
    """TRUNCATE and rewrites would empty the table for the snapshot, without a word."""
    with source_session(source) as reader, psycopg.connect(source) as other:
        take_snapshot(reader)
        other.execute("SET lock_timeout = '50ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            other.execute(change)  # type: ignore[call-overload]
        assert reader.execute("SELECT count(*) FROM public.t").fetchone() == (3,)


def test_rows_are_written_while_tables_are_held(source: str) -> None:
    """Readers and writers do not wait for the snapshot."""
    with source_session(source) as reader, psycopg.connect(source) as other:
        take_snapshot(reader)
        other.execute("SET lock_timeout = '50ms'")
        other.execute("UPDATE t SET who = 'x'")
        other.execute("INSERT INTO p VALUES (1)")
        other.commit()
        assert reader.execute("SELECT count(*) FROM public.p").fetchone() == (0,)


@pytest.mark.parametrize("change", ["TRUNCATE t", "ALTER TABLE t ALTER who TYPE bytea USING 'x'"])
def test_a_table_that_was_emptied_before_it_was_held_is_named(source: str, change: str) -> None:
    """A snapshot that another process took earlier may show tables that are not there any more."""
    with source_session(source) as holder:
        snapshot = export_snapshot(holder)
        run(source, change)
        with source_session(source, snapshot) as reader:
            assert reader.execute("SELECT count(*) FROM public.t").fetchone() == (0,)
            with pytest.raises(CopyError, match=r'rewrote "public"\."t" since') as refused:
                refuse_replaced_tables(reader)
    assert "secret" not in str(refused.value)


def test_a_table_that_is_dropped_while_tables_are_listed(source: str) -> None:
    """The list is read again until every table of it can be held."""
    with source_session(source) as reader:
        execute, dropped = reader.execute, False

        def drops_in_between(*args: object, **named: object) -> object:
            nonlocal dropped
            if not dropped and "LOCK TABLE" in str(args[0]):
                dropped = True
                run(source, "DROP TABLE t")
            return execute(*args, **named)  # type: ignore[arg-type]

        reader.execute = drops_in_between  # type: ignore[method-assign,assignment]
        hold_tables(reader)
        assert dropped
        assert reader.execute("SELECT count(*) FROM public.p").fetchone() == (0,)


def test_a_table_that_the_user_may_not_read_is_not_held(source: str) -> None:
    """It is refused later by its name, unless it is excluded."""
    with psycopg.connect(source) as admin, source_session(source) as reader:
        admin.execute("CREATE ROLE held_by_nobody")
        admin.commit()
        try:
            reader.execute("SET ROLE held_by_nobody")
            reader.commit()
            hold_tables(reader)
        finally:
            reader.rollback()
            admin.execute("DROP ROLE held_by_nobody")
            admin.commit()


def test_a_lock_that_never_ends_is_given_up(source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A forgotten ALTER TABLE ends the run in one sentence."""
    monkeypatch.setitem(READING, "lock_timeout", "50ms")
    with psycopg.connect(source) as other:
        other.execute("ALTER TABLE t ADD COLUMN more int")
        with source_session(source) as reader, pytest.raises(CopyError) as refused:
            take_snapshot(reader)
    assert "LockNotAvailable (SQLSTATE 55P03)" in refused.value.cause
    assert "ALTER TABLE" in refused.value.remediation


def test_a_snapshot_that_has_ended_is_told(source: str) -> None:
    """A standby's conflict or a stopped server ends the session that held it."""
    with source_session(source) as holder:
        snapshot = take_snapshot(holder)
    with (
        pytest.raises(CopyError, match="the session that held it has ended"),
        source_session(source, snapshot),
    ):
        pytest.fail("a session reads a snapshot that has ended")
