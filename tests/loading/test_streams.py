"""How many streams load a table, and into how many chunks it is cut."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from builders.copies import KEYS, NO_NAMES, action, chunks, columns, copy_of, masked, table_plan
from psycopg import sql

from privaci_core.loading import streams
from privaci_core.loading.connections import Connections
from privaci_core.loading.copy import EVERYTHING, Options
from privaci_core.loading.streams import (
    WORTH_PROCESSES_BYTES,
    WORTH_WORKERS_BYTES,
    chunks_wanted,
    cut,
    load_chunks_of,
    load_tables,
    streams_of,
    threads_wanted,
    way_to_cut,
    workers_wanted,
)
from privaci_core.loading.worker import Ends, Ready, Task
from privaci_core.plan.chunks import CHUNK_BYTES, cut_blocks
from privaci_core.plan.plan import Plan
from privaci_core.policy import Plugin, parse_policy
from privaci_core.refresh.open import opened
from privaci_core.refresh.steps import create_target
from privaci_core.stream.copy_table import Loaded
from privaci_core.target.cuts import Cut

if TYPE_CHECKING:
    from collections.abc import Iterator

unit, postgres = pytest.mark.unit, pytest.mark.postgres

REMOTE = "host=db.example.test dbname=shop"
LOCAL = "host=/tmp dbname=shop"
(ID,) = columns("id int4")
PLAIN = table_plan(carried=("id",), size_bytes=WORTH_WORKERS_BYTES)
MASKED = replace(PLAIN, masked=(masked("email", action("hash")),))
# What a test's connections are not used for.
UNUSED: Any = None


def ends(source: str = REMOTE, target: str = REMOTE) -> Ends:
    """Both ends, far away unless a test says otherwise."""
    return Ends(source=source, target=target, snapshot="", keys=KEYS)


@pytest.fixture(autouse=True)
def eight_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever this machine has."""
    monkeypatch.setattr(streams, "CORES", 8)


@unit
@pytest.mark.parametrize(
    ("size_bytes", "count", "expected"),
    [
        (WORTH_WORKERS_BYTES - 1, 4, 1),
        (WORTH_WORKERS_BYTES, 4, 8),
        (WORTH_WORKERS_BYTES, 2, 4),
        (CHUNK_BYTES, 4, 8),
        (CHUNK_BYTES * 3, 2, 4),
        (CHUNK_BYTES * 10, 4, 10),
        (CHUNK_BYTES * 10, 1, 1),
        (CHUNK_BYTES * 10, 0, 1),
        (0, 4, 1),
    ],
)
def test_a_table_is_cut_for_the_streams_that_load_it(
    size_bytes: int, count: int, expected: int
) -> None:
    """At least two chunks for each stream, more of a larger table, one of a small table."""
    assert chunks_wanted(size_bytes, count) == expected


@unit
def test_a_small_table_is_worth_workers_by_its_chunks_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where chunks are smaller than what a worker is worth, more than one chunk is enough."""
    monkeypatch.setattr(streams, "chunk_count", lambda _size: 2)
    assert chunks_wanted(1000, 2) == 4


@unit
@pytest.mark.parametrize(("found", "expected"), [(5, 5), (1, 1), (None, 2)])
def test_a_machine_has_as_many_cores_as_it_says(
    monkeypatch: pytest.MonkeyPatch, found: int | None, expected: int
) -> None:
    """Two where it does not say."""
    monkeypatch.setattr("os.cpu_count", lambda: found)
    assert streams.cores() == expected


@unit
def test_a_table_worth_workers_takes_longer_than_their_start() -> None:
    """64 MiB, about a second."""
    assert WORTH_WORKERS_BYTES == 67_108_864


@unit
@pytest.mark.parametrize(
    ("table", "source", "target", "expected"),
    [
        (MASKED, REMOTE, REMOTE, 8),
        (PLAIN, REMOTE, REMOTE, 8),
        (MASKED, LOCAL, LOCAL, 8),
        (PLAIN, LOCAL, REMOTE, 4),
        (PLAIN, REMOTE, LOCAL, 4),
        (PLAIN, LOCAL, LOCAL, 4),
    ],
)
def test_a_server_on_this_machine_needs_half_of_its_cores(
    table: Any, source: str, target: str, expected: int
) -> None:
    """Unless masks keep them busier than the server does."""
    assert streams_of(ends(source, target), table, EVERYTHING) == expected


@unit
@pytest.mark.parametrize(
    ("connections", "expected"), [(None, 8), (20, 8), (9, 8), (8, 7), (3, 2), (2, 1), (1, 1)]
)
def test_a_cap_leaves_one_connection_for_the_snapshot(
    connections: int | None, expected: int
) -> None:
    """And one stream at least."""
    assert streams_of(ends(), MASKED, Options(connections=connections)) == expected


@unit
@pytest.mark.parametrize(
    "rule",
    [action("ner_mask"), action("json", paths={"$.note": {"action": "ner_mask"}})],
    ids=["text", "document"],
)
def test_workers_are_started_for_texts_that_a_model_reads(rule: Any) -> None:
    """A hundredth of the bytes is as much work, in one table or in all its partitions together."""
    slow = replace(MASKED, masked=(masked("note", rule),), size_bytes=WORTH_WORKERS_BYTES // 100)
    part = replace(slow, size_bytes=slow.size_bytes // 3)
    small = replace(MASKED, size_bytes=WORTH_WORKERS_BYTES // 2)
    here = ends(LOCAL, LOCAL)
    assert slow.work_bytes == 100 * slow.size_bytes
    assert workers_wanted(here, Plan(tables=(small, part, part)), EVERYTHING) == 0
    assert workers_wanted(here, Plan(tables=(small, *4 * (part,))), EVERYTHING) == 8


@unit
def test_workers_are_started_for_the_table_that_needs_most() -> None:
    """None for small tables, none for a single stream."""
    small = replace(MASKED, size_bytes=WORTH_WORKERS_BYTES - 1)
    here = ends(LOCAL, LOCAL)
    assert workers_wanted(here, Plan(tables=(PLAIN, MASKED, small)), EVERYTHING) == 8
    assert workers_wanted(here, Plan(tables=(PLAIN, small)), EVERYTHING) == 4
    assert workers_wanted(here, Plan(tables=(small,)), EVERYTHING) == 0
    assert workers_wanted(here, Plan(tables=()), EVERYTHING) == 0
    assert workers_wanted(here, Plan(tables=(MASKED,)), Options(connections=2)) == 0
    assert workers_wanted(here, Plan(tables=(MASKED,)), Options(connections=3)) == 2


@unit
def test_few_rows_are_loaded_by_threads_of_this_process() -> None:
    """Two at most, and none where there is much to do: processes then pay for their start."""
    much = replace(MASKED, size_bytes=WORTH_PROCESSES_BYTES - WORTH_WORKERS_BYTES)
    small = replace(MASKED, size_bytes=WORTH_WORKERS_BYTES - 1)
    assert threads_wanted(Plan(tables=(PLAIN,)), 8) == 2
    assert threads_wanted(Plan(tables=(PLAIN,)), 0) == 0
    assert threads_wanted(Plan(tables=(much, small)), 2) == 2
    assert threads_wanted(Plan(tables=(much, MASKED)), 2) == 0


@unit
@pytest.mark.parametrize(
    "rule",
    [
        action("json", paths={"$.note": {"action": "hash"}}),
        Plugin.model_construct(action="plugin", name="any"),
        action("ner_mask"),
    ],
    ids=["document", "plugin", "text"],
)
def test_values_that_python_reads_are_masked_in_processes(rule: Any) -> None:
    """Threads would wait for each other, and a plugin may not bear two of them; small ones may."""
    slow = replace(MASKED, masked=(masked("note", rule),))
    small = replace(slow, size_bytes=1)
    assert threads_wanted(Plan(tables=(slow,)), 2) == 0
    assert threads_wanted(Plan(tables=(PLAIN, small)), 2) == 2


@unit
@pytest.mark.parametrize(
    ("version", "key", "count", "way"),
    [
        (140_000, (ID,), 2, "blocks"),
        (140_000, (), 2, "blocks"),
        (139_999, (ID,), 2, "key"),
        (139_999, (), 2, "no"),
        (140_000, (ID,), 1, "no"),
        (139_999, (ID,), 1, "no"),
    ],
)
def test_blocks_are_cut_where_the_server_reads_a_range_of_them(
    version: int, key: Any, count: int, way: str
) -> None:
    """Since version 14; before it the key is cut, and a table without one is read whole."""
    assert way_to_cut(replace(MASKED, key=key), count, version) == way


@postgres
def test_a_table_is_cut_as_the_refresh_decided(source_db: str) -> None:
    """In as many chunks as were decided, of the blocks that the table had; else in one."""
    copy, decided = copy_of(ends=ends()), Cut(chunks=4, blocks=100)
    with psycopg.connect(source_db) as source:
        some = Connections(source=source, names=NO_NAMES, sessions=UNUSED)
        assert cut(copy, some, MASKED) == chunks(1)
        assert cut(replace(copy, cuts={MASKED.name: decided}), some, MASKED) == cut_blocks(100, 4)


@postgres
def test_an_older_server_s_table_is_cut_by_its_key(
    source_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every chunk has a part of the keys, and together they have all rows."""
    monkeypatch.setattr(streams, "TID_RANGE_SCAN", 10**9)
    table, worker = replace(MASKED, key=(ID,)), "a worker"
    with psycopg.connect(source_db) as source:
        source.execute("CREATE TABLE person (id int PRIMARY KEY)")
        source.execute("INSERT INTO person SELECT generate_series(1, 1000)")
        source.execute("ANALYZE person")
        workers: Any = (worker,)
        some = Connections(source=source, names=NO_NAMES, workers=workers, sessions=UNUSED)
        found = cut(copy_of(ends=ends()), some, table)
        query = sql.SQL("SELECT count(*) FROM person WHERE {}")
        parts = [source.execute(query.format(chunk.where)).fetchone() for chunk in found]
    counts = [part[0] for part in parts if part]
    assert len(counts) > 1
    assert all(0 < count < 1000 for count in counts)
    assert sum(counts) == 1000


@unit
def test_chunks_go_to_workers_only_where_a_table_has_several(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A table in one chunk is loaded by this process, and everything where there is no worker."""
    monkeypatch.setattr(streams, "load_chunks", lambda *_: iter(["by workers"]))
    monkeypatch.setattr(streams, "_load_here", lambda *_: iter(["here"]))
    several = [Task(table=PLAIN, chunk=chunk) for chunk in (*chunks(1), *chunks(2))]
    one = several[:1]
    found = []
    for workers, tasks in [(("w",), several), (("w",), one), ((), several), (("w",), [])]:
        some: Any = workers
        connections = Connections(source=UNUSED, names=NO_NAMES, workers=some, sessions=UNUSED)
        found.append(list(load_chunks_of(ends(), connections, tasks)))
    assert found == [["by workers"], ["here"], ["here"], ["here"]]


@unit
def test_a_table_is_loaded_with_its_last_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks of several tables are committed in any order; each table is counted once."""
    first, second = replace(PLAIN, relation="first"), replace(PLAIN, relation="second")
    monkeypatch.setattr(streams, "cut", lambda _c, _o, table: chunks(3 if table is first else 1))

    def loaded(_keys: object, _connections: object, tasks: Any) -> Iterator[Any]:
        order = [tasks[2], tasks[3], tasks[0], tasks[1]]
        return ((task, Loaded(rows=task.chunk.number + 1, bytes=10)) for task in order)

    monkeypatch.setattr(streams, "load_chunks_of", loaded)
    found = list(load_tables(copy_of(), UNUSED, iter((first, second))))
    assert found == [(second, Loaded(rows=1, bytes=10)), (first, Loaded(rows=6, bytes=30))]


@postgres
def test_a_chunk_is_noted_before_it_is_committed(source_db: str, target_db: str) -> None:
    """It is handed on after that: only a commit without a note does harm."""
    rows = "CREATE TABLE person AS SELECT * FROM generate_series(1, 3) AS id"
    policy = parse_policy('version: "1.0"\nauto_detect: false\n')
    with psycopg.connect(source_db, autocommit=True) as connection:
        connection.execute(rows)
    with (
        opened(source_db, target_db, policy, KEYS) as refresh,
        psycopg.connect(target_db, autocommit=True) as watcher,
    ):
        create_target(refresh.copy, refresh.connections.source, refresh.earlier)
        (table,) = refresh.copy.plan.tables
        seen: list[tuple[int, ...]] = []

        def look(loaded: Loaded) -> None:
            found = watcher.execute("SELECT count(*) FROM person").fetchone() or (0,)
            seen.append((int(found[0]), loaded.rows))

        def note(_task: Task, ready: Ready) -> None:
            look(ready.loaded)

        tasks = [Task(table=table, chunk=chunk) for chunk in chunks(2)]
        for _, loaded in load_chunks_of(refresh.copy.ends, refresh.connections, tasks, note):
            look(loaded)
    assert seen == [(0, 3), (3, 3), (3, 3), (6, 3)]
