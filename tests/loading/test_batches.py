"""Small tables together: one transaction, all of its tables or none."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from builders.copies import KEYS, chunks, table_plan

from privaci_core.errors import CopyError
from privaci_core.loading.batches import MOST_BYTES, MOST_TABLES, batches
from privaci_core.loading.worker import Task
from privaci_core.policy import parse_policy
from privaci_core.refresh.open import opened
from privaci_core.refresh.resume import load_many
from privaci_core.refresh.steps import create_target
from privaci_core.target.claim import Claim

if TYPE_CHECKING:
    from privaci_core.loading.worker import Ready
    from privaci_core.plan.chunks import Chunk

unit = pytest.mark.unit
postgres = pytest.mark.postgres

POLICY = parse_policy('version: "1.0"\nauto_detect: false\n')
TABLES = """
CREATE TABLE a AS SELECT * FROM generate_series(1, 10) AS id;
CREATE TABLE b AS SELECT * FROM generate_series(1, 20) AS id;
CREATE TABLE c AS SELECT * FROM generate_series(1, 30) AS id;
"""


def task(size_bytes: int, of: int = 1) -> Task:
    """A chunk of a table of a size."""
    return Task(table=replace(table_plan(), size_bytes=size_bytes), chunk=chunks(of)[0])


def sizes(tasks: list[Task]) -> list[int]:
    """How many chunks each batch has."""
    return [len(batch) for batch in batches(tasks)]


@unit
def test_a_batch_holds_so_many_tables_and_bytes() -> None:
    """A table that alone has more bytes is a batch of its own, and so is a large table's chunk."""
    assert sizes([]) == []
    assert sizes([task(1)] * (MOST_TABLES + 1)) == [MOST_TABLES, 1]
    assert sizes([task(MOST_BYTES // 2)] * 3) == [2, 1]
    assert sizes([task(1), task(MOST_BYTES + 1), task(1)]) == [1, 1, 1]
    assert sizes([task(1), task(1), task(1, of=2), task(1, of=2), task(1), task(1)]) == [1, 1, 4]


class Counted:
    """What other sessions see of the target's tables."""

    def __init__(self, target: str) -> None:
        """Nothing is seen before the first look."""
        self.target = target
        self.seen: list[tuple[str, list[int]]] = []

    def look(self, name: str) -> None:
        """Count the rows of each table."""
        with psycopg.connect(self.target) as watcher:
            rows = [watcher.execute(f"SELECT * FROM {table}").rowcount for table in "abc"]
        self.seen.append((name, rows))


@pytest.fixture
def source(source_db: str) -> str:
    """Three tables of 10, 20 and 30 rows."""
    with psycopg.connect(source_db, autocommit=True) as connection:
        connection.execute(TABLES)
    return source_db


@postgres
def test_small_tables_are_committed_together(source: str, target_db: str) -> None:
    """Each is noted before the one commit, and handed on after it, with its rows."""
    with opened(source, target_db, POLICY, KEYS) as refresh:
        create_target(refresh.copy, refresh.connections.source, refresh.earlier)
        counted = Counted(target_db)

        def noted(table: Any) -> Any:
            return lambda _chunk, ready: counted.look(f"{table.relation} {ready.loaded.rows}")

        for table, loaded in load_many(refresh, refresh.copy.plan.tables, noted):
            counted.look(f"{table.relation} {loaded.rows}")
    none, all_ = [0, 0, 0], [10, 20, 30]
    names = ["a 10", "b 20", "c 30"]
    assert counted.seen == [(name, none) for name in names] + [(name, all_) for name in names]


@postgres
def test_a_session_that_dies_inside_a_batch_leaves_no_table_of_it(
    source: str, target_db: str
) -> None:
    """No ledger of them is left either, so a run that resumes loads all of them."""
    diary: list[tuple[str, int]] = []

    def noted(table: Any) -> Any:
        def note(_chunk: Chunk, ready: Ready) -> None:
            diary.append((table.relation, ready.loaded.rows))
            if len(diary) == 2:
                _terminate_writers(target_db)

        return note

    claim = Claim(refresh="monday", run="first")
    with opened(source, target_db, POLICY, KEYS, claim=claim) as refresh:
        create_target(refresh.copy, refresh.connections.source, refresh.earlier)
        counted = Counted(target_db)
        with pytest.raises(CopyError, match=r"Committing the rows of public\.a and 2 more tables"):
            list(load_many(refresh, refresh.copy.plan.tables, noted))
        counted.look("after")
    assert counted.seen == [("after", [0, 0, 0])]
    claim = Claim(refresh="monday", resumes=True, run="second")
    with opened(source, target_db, POLICY, KEYS, claim=claim) as refresh:
        again = list(load_many(refresh, refresh.copy.plan.tables, noted))
        counted.look("after")
    assert [(table.relation, loaded.rows) for table, loaded in again] == diary[-3:]
    assert counted.seen[-1] == ("after", [10, 20, 30])


def _terminate_writers(target: str) -> None:
    """End the sessions that have written and not committed."""
    with psycopg.connect(target, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND backend_xid IS NOT NULL"
        )


@postgres
def test_tables_that_are_there_are_not_loaded_again(source: str, target_db: str) -> None:
    """A run that resumes reads which tables it has, and loads the others."""
    loaded: list[str] = []

    def noted(table: Any) -> Any:
        return lambda *_: loaded.append(table.relation)

    claim = Claim(refresh="monday", run="first")
    with opened(source, target_db, POLICY, KEYS, claim=claim) as refresh:
        create_target(refresh.copy, refresh.connections.source, refresh.earlier)
        list(load_many(refresh, refresh.copy.plan.tables[:2], noted))
    claim = Claim(refresh="monday", resumes=True, run="second")
    with opened(source, target_db, POLICY, KEYS, claim=claim) as refresh:
        found = list(load_many(refresh, refresh.copy.plan.tables, noted))
    assert loaded == ["a", "b", "c"]
    assert {table.relation: there.rows for table, there in found} == {"a": 10, "b": 20, "c": 30}
