"""The audit trail: added to, never changed, carried into the database that replaces its own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import polars as pl
import psycopg
import pytest

from privaci_core.target.audit_trail import (
    COLUMNS,
    Entry,
    add_to_trail,
    carry_trail,
    write_parquet,
)

if TYPE_CHECKING:
    from pathlib import Path

AT = datetime(2026, 11, 26, 3, 0, tzinfo=UTC)
BEGUN = Entry(refresh="r1", run="n1", who="ops", at=AT, event="begun")
MASKED = Entry(
    refresh="r1",
    run="n1",
    who="ops",
    at=AT + timedelta(seconds=5),
    event="column masked",
    relation="public.person",
    column="email",
    rule="fake email",
    reason="listed",
    rows=300,
    said="a\ttab and a \\ backslash",
)
AS_ROWS = [
    ("r1", "n1", "ops", AT, "begun", "", "", "", "", None, ""),
    (
        "r1",
        "n1",
        "ops",
        AT + timedelta(seconds=5),
        "column masked",
        "public.person",
        "email",
        "fake email",
        "listed",
        300,
        "a\ttab and a \\ backslash",
    ),
]


def lines_in(dsn: str) -> list[tuple[object, ...]]:
    """The trail's lines by their time."""
    with psycopg.connect(dsn) as connection:
        return connection.execute(
            f"SELECT {COLUMNS} FROM _privaci.audit_log ORDER BY at, refresh"  # type: ignore[arg-type]
        ).fetchall()


@pytest.mark.postgres
def test_lines_are_added_in_full(target_db: str) -> None:
    """Each field is in its column; a second refresh adds to the first."""
    with psycopg.connect(target_db, autocommit=True) as target:
        add_to_trail(target, iter([BEGUN, MASKED]))
    assert lines_in(target_db) == AS_ROWS
    later = Entry(refresh="r2", run="n2", who="ops", at=AT + timedelta(days=1), event="begun")
    with psycopg.connect(target_db, autocommit=True) as target:
        add_to_trail(target, [later])
    assert [line[0] for line in lines_in(target_db)] == ["r1", "r1", "r2"]


@pytest.mark.postgres
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE _privaci.audit_log SET who = 'me'",
        "DELETE FROM _privaci.audit_log",
        "TRUNCATE _privaci.audit_log",
    ],
)
def test_lines_cannot_be_changed(target_db: str, change: str) -> None:
    """The database refuses by a trigger, also where no line would be touched."""
    with psycopg.connect(target_db, autocommit=True) as target:
        add_to_trail(target, [BEGUN])
        with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
            target.execute(change)  # type: ignore[call-overload]
    assert len(lines_in(target_db)) == 1


@pytest.mark.postgres
def test_a_database_without_plpgsql_has_a_trail_as_well(target_db: str) -> None:
    """Only the trigger, which needs the language, is missing."""
    with psycopg.connect(target_db, autocommit=True) as target:
        target.execute("DROP EXTENSION plpgsql")
        add_to_trail(target, [BEGUN])
        triggers = "SELECT count(*) FROM pg_trigger WHERE tgrelid = '_privaci.audit_log'::regclass"
        assert target.execute(triggers).fetchone() == (0,)
    assert lines_in(target_db) == AS_ROWS[:1]


@pytest.mark.postgres
def test_a_trail_is_carried_into_the_next_database(source_db: str, target_db: str) -> None:
    """All lines, before those that the next database gets; it is append-only there too."""
    with psycopg.connect(source_db, autocommit=True) as old:
        add_to_trail(old, [BEGUN, MASKED])
        with psycopg.connect(target_db, autocommit=True) as new:
            carry_trail(old, new)
            assert lines_in(target_db) == AS_ROWS
            with pytest.raises(psycopg.errors.RaiseException):
                new.execute("DELETE FROM _privaci.audit_log")
    assert lines_in(source_db) == AS_ROWS


@pytest.mark.postgres
def test_a_database_without_a_trail_carries_none(source_db: str, target_db: str) -> None:
    """The next database gets no schema of ours."""
    with psycopg.connect(source_db) as old, psycopg.connect(target_db, autocommit=True) as new:
        carry_trail(old, new)
        assert new.execute("SELECT to_regnamespace('_privaci')").fetchone() == (None,)


@pytest.mark.unit
def test_a_file_has_the_same_lines(tmp_path: Path) -> None:
    """Names and types that analysts can rely on, also for a trail without lines."""
    path = tmp_path / "audit.parquet"
    write_parquet([BEGUN, MASKED], path)
    found = pl.read_parquet(path)
    assert found.rows() == AS_ROWS
    assert ", ".join(found.columns) == COLUMNS.replace("column_name", "column")
    assert found.schema["rows"] == pl.Int64()
    assert found.schema["at"] == pl.Datetime(time_zone="UTC")
    write_parquet([], path)
    assert pl.read_parquet(path).schema == found.schema
