"""The audit trail under PrivaCI's names: the SQL of its documentation finds what was done."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from privaci_core.target.audit_trail import ADD_ORDER, TABLE, Entry, add_to_trail, carry_trail
from privaci_core.target.unfinished import Unfinished, mark_finished, mark_unfinished

pytestmark = pytest.mark.postgres

AT = datetime(2026, 11, 26, 3, 0, tzinfo=UTC)
FACTS = {
    "engine_version": "0.1.0",
    "config_hash": "c" * 64,
    "salt_fingerprint": "5" * 16,
    "source_db_hash": "d" * 64,
    "schema_fingerprint": "f" * 64,
}
# The query of PrivaCI's documentation, but for its aliases.
LAST_MASKED = """
SELECT table_name, column_name, payload->>'action', payload->>'rows_affected'
FROM _privaci.audit_log
WHERE run_id = (SELECT run_id FROM _privaci.runs ORDER BY started_at DESC LIMIT 1)
  AND event_type = 'column.masked'
ORDER BY table_name, column_name
"""


def line(event: Any, at: int = 0, refresh: str = "r1", **more: Any) -> Entry:
    """A line of a refresh, so many minutes after its begin."""
    when = AT + timedelta(minutes=at)
    return Entry(refresh=refresh, run="n", who="ops", at=when, event=event, **more)


LINES = [
    line("begun", said=json.dumps(FACTS)),
    line("table loaded", 1, relation="public.person", rows=300),
    line("table loaded", 1, relation='"my.shop"."a""b"', rows=2),
    line("column masked", relation="public.person", column="email", rule="fake", rows=300),
    line("warning", said="COLUMN public.person.nick: looks personal and is copied unmasked: name"),
    line("warning", said="REFERENCE public.a.b: refers to public.c.d"),
    line("warning", said="an owner is not there"),
    line("check", 2, rule="same_rows", said="passed"),
    line("check", 2, rule="no_originals", said="failed: WARN"),
    line("published", 3),
]


def rows_of(target: psycopg.Connection[Any], query: str) -> list[tuple[Any, ...]]:
    """What a query finds."""
    return target.execute(query.encode()).fetchall()


@pytest.fixture
def target(target_db: str) -> Any:
    """A target whose trail tells of one published refresh."""
    with psycopg.connect(target_db, autocommit=True) as connection:
        add_to_trail(connection, LINES)
        yield connection


def test_the_documented_query_finds_what_the_last_run_masked(target: Any) -> None:
    """Of two runs the later one, as PrivaCI's page says."""
    later = line("column masked", 60, "r2", relation="public.b", column="c", rule="hash", rows=7)
    assert rows_of(target, LAST_MASKED) == [("person", "email", "fake", "300")]
    add_to_trail(target, [line("begun", 60, "r2"), later, line("published", 61, "r2")])
    assert rows_of(target, LAST_MASKED) == [("b", "c", "hash", "7")]


def test_a_run_has_the_columns_of_privaci(target: Any) -> None:
    """Its status, its times, its fingerprints and its sums; each refused run failed."""
    found = rows_of(target, "SELECT * FROM _privaci.runs")
    assert found == [
        (
            "r1",
            "succeeded",
            AT,
            AT + timedelta(minutes=3),
            "0.1.0",
            "c" * 64,
            "5" * 16,
            "d" * 64,
            {"fingerprint": "f" * 64},
            {"tables_processed": 2, "rows_processed": 302, "errors": 0},
        )
    ]
    add_to_trail(target, [line("refused", 9, "r2", said="same_rows")])
    failed = "SELECT run_id, summary->>'errors' FROM _privaci.runs WHERE status = 'failed'"
    assert rows_of(target, failed) == [("r2", "1")]


def test_a_run_in_progress_is_told_and_its_mark_can_go(target: Any) -> None:
    """The mark of an unfinished refresh is read while it is there."""
    status = "SELECT run_id FROM _privaci.runs WHERE status = 'in_progress'"
    assert rows_of(target, status) == []
    mark_unfinished(target, Unfinished(refresh="r9", fingerprint="f"))
    assert rows_of(target, status) == [("r9",)]
    mark_finished(target)
    assert rows_of(target, status) == []


def test_lines_have_the_columns_of_an_audit_log(target: Any) -> None:
    """Levels and types by what a line is about; ids grow in the order of the lines."""
    found = rows_of(target, "SELECT level, event_type FROM _privaci.audit_log ORDER BY audit_id")
    assert found == [
        ("info", "run.start"),
        ("info", "table.end"),
        ("info", "table.end"),
        ("info", "column.masked"),
        ("warning", "column.pii_detected"),
        ("warning", "implied_fk_warning"),
        ("warning", "warning"),
        ("info", "check"),
        ("warning", "check"),
        ("info", "run.end"),
    ]


def test_a_table_is_told_by_its_own_names(target: Any) -> None:
    """Also one whose names have dots and quotes."""
    found = rows_of(
        target,
        "SELECT schema_name, table_name, status, rows_processed FROM _privaci.table_checkpoints"
        " WHERE run_id = 'r1' ORDER BY rows_processed DESC",
    )
    assert found == [("public", "person", "done", 300), ("my.shop", 'a"b', "done", 2)]
    assert rows_of(target, "SELECT schema_version FROM _privaci.schema_metadata") == [(1,)]


def test_a_trail_of_an_earlier_version_gets_the_columns(source_db: str, target_db: str) -> None:
    """With its old lines; so does the database that it is carried into."""
    with psycopg.connect(source_db, autocommit=True) as old:
        old.execute(TABLE.replace(",\n    place bigint GENERATED ALWAYS AS IDENTITY", "").encode())
        old.execute(
            "INSERT INTO _privaci.audit_log VALUES"
            " ('r0', 'n', 'ops', now(), 'begun', '', '', '', '', NULL, '')"
        )
        add_to_trail(old, [line("begun", refresh="r1")])
        with psycopg.connect(target_db, autocommit=True) as new:
            carry_trail(old, new)
            ids = "SELECT run_id, audit_id FROM _privaci.audit_log ORDER BY audit_id"
            assert [run for run, _ in rows_of(new, ids)] == ["r0", "r1"]
            assert rows_of(new, ids) == rows_of(old, ids)
    assert "place" in ADD_ORDER


def test_what_privaci_kept_in_the_target_stays_beside(target_db: str) -> None:
    """Its tables have our names and another layout: they are renamed, with their rows."""
    with psycopg.connect(target_db, autocommit=True) as target:
        target.execute(
            "CREATE SCHEMA _privaci; CREATE TABLE _privaci.runs (run_id uuid PRIMARY KEY);"
            "CREATE TABLE _privaci.audit_log (audit_id uuid PRIMARY KEY, payload jsonb);"
            "INSERT INTO _privaci.audit_log VALUES ('00000000-0000-7000-8000-000000000001', '{}')"
        )
        add_to_trail(target, [replace(LINES[0], said="")])
        add_to_trail(target, [line("published", 1)])
        assert rows_of(target, "SELECT count(*) FROM _privaci.audit_log_of_privaci") == [(1,)]
        assert rows_of(target, "SELECT run_id, status FROM _privaci.runs") == [("r1", "succeeded")]
