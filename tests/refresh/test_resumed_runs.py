"""A second run of a refresh on real servers: what it loads again, clears, and counts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from builders.copies import KEYS, POLICY, action, chunks, masked, table_plan
from psycopg import sql

from privaci_core.errors import CopyError
from privaci_core.postgres.session import source_session
from privaci_core.postgres.snapshot import export_snapshot
from privaci_core.refresh import resume
from privaci_core.refresh.open import Opened, opened
from privaci_core.refresh.resume import load_rest, take_over_target
from privaci_core.refresh.steps import create_target, finish_target, publish_target
from privaci_core.target.claim import Claim
from privaci_core.target.ledger_store import begin_ledger

if TYPE_CHECKING:
    from collections.abc import Callable

    from privaci_core.loading.worker import Ready
    from privaci_core.plan.chunks import Chunk
    from privaci_core.stream.copy_table import Loaded

pytestmark = pytest.mark.postgres


def every_chunk(_chunk: Chunk) -> bool:
    """The run loads all slices."""
    return True


def first_half(chunk: Chunk) -> bool:
    """The run loads the first of two slices."""
    return chunk.number * 2 // chunk.of == 0


def second_half(chunk: Chunk) -> bool:
    """The run loads the second of two slices."""
    return not first_half(chunk)


TABLE = """
CREATE TABLE person (id int PRIMARY KEY, email text);
INSERT INTO person SELECT n, 'nimue' || n || '@corp.example' FROM generate_series(1, 100) AS n;
"""


class Diary:
    """The chunks that all runs of one refresh loaded, in their order."""

    def __init__(self) -> None:
        """Empty before the first run."""
        self.written: list[int] = []

    def note(self, chunk: Chunk, _ready: Ready) -> None:
        """Write one down, just before its commit."""
        self.written.append(chunk.number)


@pytest.fixture
def source(source_db: str) -> str:
    """A table of a hundred rows."""
    with psycopg.connect(source_db, autocommit=True) as connection:
        connection.execute(TABLE)
    return source_db


@pytest.fixture
def four_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every table is cut by its key into four chunks of 25 rows."""
    bounds = ["id <= 25", "id > 25 AND id <= 50", "id > 50 AND id <= 75", "id > 75"]
    cut = tuple(replace(chunk, where=sql.SQL(bounds[chunk.number])) for chunk in chunks(4))
    monkeypatch.setattr(resume, "cut", lambda *_: cut)


def load(refresh: Opened, diary: Diary, wanted: Callable[[Chunk], bool]) -> Loaded:
    """Load the only table."""
    (table,) = refresh.copy.plan.tables
    return load_rest(refresh, table, diary.note, wanted)


def begin(source: str, target: str, diary: Diary, wanted: Callable[[Chunk], bool]) -> Loaded:
    """The first run of a refresh, which breaks off after its rows."""
    claim = Claim(refresh="monday", run="first")
    with opened(source, target, POLICY, KEYS, claim=claim) as refresh:
        create_target(refresh.copy, refresh.connections.source, refresh.earlier)
        return load(refresh, diary, wanted)


def resumes(source: str, target: str) -> Any:
    """The second run of it."""
    claim = Claim(refresh="monday", resumes=True, run="second")
    return opened(source, target, POLICY, KEYS, claim=claim)


def rows_of(target: str) -> tuple[int, int]:
    """How many rows the target has, and how many different ids."""
    with psycopg.connect(target) as connection:
        query = "SELECT count(*), count(DISTINCT id) FROM person"
        return connection.execute(query).fetchone() or (0, 0)


@pytest.mark.usefixtures("four_chunks")
def test_committed_chunks_are_counted_and_not_loaded_again(source: str, target_db: str) -> None:
    """The first run loads half; the second one the rest, and counts all."""
    diary = Diary()
    assert begin(source, target_db, diary, first_half).rows == 50
    with resumes(source, target_db) as refresh:
        loaded = load(refresh, diary, every_chunk)
    assert loaded.rows == 100
    assert diary.written == [0, 1, 2, 3]
    assert rows_of(target_db) == (100, 100)


@pytest.mark.usefixtures("four_chunks")
def test_a_chunk_that_was_rolled_back_is_loaded_again(source: str, target_db: str) -> None:
    """Its ledger went with its rows; the chunk before it stays."""
    diary, broken = Diary(), RuntimeError("the power goes out")

    def interrupt(chunk: Chunk, ready: Ready) -> None:
        diary.note(chunk, ready)
        if chunk.number == 1:
            raise broken

    claim = Claim(refresh="monday", run="first")
    with opened(source, target_db, POLICY, KEYS, claim=claim) as refresh:
        create_target(refresh.copy, refresh.connections.source, refresh.earlier)
        (table,) = refresh.copy.plan.tables
        with pytest.raises(RuntimeError):
            load_rest(refresh, table, interrupt, every_chunk)
    assert rows_of(target_db) == (25, 25)
    with resumes(source, target_db) as refresh:
        assert load(refresh, diary, every_chunk).rows == 100
    assert diary.written == [0, 1, 1, 2, 3]
    assert rows_of(target_db) == (100, 100)


@pytest.mark.usefixtures("four_chunks")
def test_processes_that_share_a_snapshot_load_a_slice_each(source: str, target_db: str) -> None:
    """Also while the source is written to: what they see is the same."""
    diary = Diary()
    with source_session(source) as holder:
        held = export_snapshot(holder)
        claim = Claim(refresh="monday", run="first", snapshot=held)
        with opened(source, target_db, POLICY, KEYS, claim=claim) as refresh:
            create_target(refresh.copy, refresh.connections.source, refresh.earlier)
        for wanted in (second_half, first_half):
            with psycopg.connect(source, autocommit=True) as connection:
                connection.execute("UPDATE person SET email = 'new' WHERE id IN (1, 99)")
                connection.execute("SELECT pg_stat_force_next_flush()")
            claim = Claim(refresh="monday", resumes=True, run="next", snapshot=held)
            with opened(source, target_db, POLICY, KEYS, claim=claim) as refresh:
                assert load(refresh, diary, wanted).rows == 50
    assert diary.written == [2, 3, 0, 1]
    assert rows_of(target_db) == (100, 100)


@pytest.mark.usefixtures("four_chunks")
def test_a_table_that_changed_is_cleared_and_loaded_whole(source: str, target_db: str) -> None:
    """Also by a run that wanted half of it."""
    diary = Diary()
    begin(source, target_db, diary, first_half)
    with psycopg.connect(source, autocommit=True) as connection:
        connection.execute("DELETE FROM person WHERE id = 1")
    diary.written.clear()
    with resumes(source, target_db) as refresh:
        assert load(refresh, diary, first_half).rows == 99
    assert diary.written == [0, 1, 2, 3]
    assert rows_of(target_db) == (99, 99)


@pytest.mark.usefixtures("four_chunks")
def test_indexes_of_an_earlier_run_are_dropped_before_rows_come(
    source: str, target_db: str
) -> None:
    """And left where no row is missing."""
    diary = Diary()
    begin(source, target_db, diary, first_half)
    with resumes(source, target_db) as refresh:
        finish_target(refresh.copy, refresh.connections.source, refresh.earlier)
    assert keys_of(target_db) == 1
    with resumes(source, target_db) as refresh:
        assert load(refresh, diary, first_half).rows == 50
        assert keys_of(target_db) == 1
        assert load(refresh, diary, every_chunk).rows == 100
        assert keys_of(target_db) == 0
        finish_target(refresh.copy, refresh.connections.source, refresh.earlier)
        publish_target(refresh.copy, refresh.connections)
    assert keys_of(target_db) == 1
    assert rows_of(target_db) == (100, 100)


def keys_of(target: str) -> int:
    """How many keys the target's table has."""
    with psycopg.connect(target) as connection:
        query = "SELECT count(*) FROM pg_constraint WHERE conrelid = 'person'::regclass"
        return int((connection.execute(query).fetchone() or (0,))[0])


UNLOGGED = "ALTER TABLE person SET UNLOGGED"


@pytest.mark.usefixtures("four_chunks")
def test_an_unlogged_table_that_a_crash_emptied_is_loaded_again(
    source: str, target_db: str
) -> None:
    """A crash of the target empties it, whatever was committed; without one its rows stay."""
    with psycopg.connect(source, autocommit=True) as connection:
        connection.execute(UNLOGGED)
    diary = Diary()
    begin(source, target_db, diary, first_half)
    with resumes(source, target_db) as refresh:
        assert load(refresh, diary, first_half).rows == 50
    assert diary.written == [0, 1]
    with psycopg.connect(target_db, autocommit=True) as target:
        target.execute("DELETE FROM person")
    with resumes(source, target_db) as refresh:
        assert load(refresh, diary, first_half).rows == 100
    assert diary.written == [0, 1, 0, 1, 2, 3]


def test_the_target_names_the_run_that_resumes_it(source: str, target_db: str) -> None:
    """The next one looks for that run's notes."""
    begin(source, target_db, Diary(), every_chunk)
    with resumes(source, target_db) as refresh:
        take_over_target(refresh.copy, refresh.earlier)
    with psycopg.connect(target_db) as connection:
        row = connection.execute("SELECT run FROM _privaci.unfinished").fetchone()
    assert row == ("second",)


ROUTED = """
CREATE TABLE people (id int, born date) PARTITION BY RANGE (born);
CREATE TABLE person PARTITION OF people FOR VALUES FROM ('1900-01-01') TO ('2000-01-01');
INSERT INTO person SELECT n, '1999-12-31' FROM generate_series(1, 100) AS n;
"""


def test_a_routed_table_with_committed_rows_is_not_loaded_twice(target_db: str) -> None:
    """Its rows are among those of other partitions: only a new refresh can clear them."""
    born = masked("born", action("date_shift", days=9))
    table = table_plan(born, into=sql.Identifier("public", "people"))
    with psycopg.connect(target_db, autocommit=True) as target:
        target.execute(ROUTED)
        begin_ledger(target, "a refresh", b"a key")
        with pytest.raises(CopyError, match=r"Resuming public\.person"):
            resume._clear(target, table)
        assert rows_of(target_db) == (100, 100)
        resume._clear(target, replace(table, into=table.identifier))
    assert rows_of(target_db) == (0, 0)
