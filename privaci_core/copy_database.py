"""Copies a whole database, masked on the way: the one file that knows both ends and the order of the steps."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from privaci_core.catalog import read_catalog
from privaci_core.chunks import TID_RANGE_SCAN, Chunk, block_ranges, chunk_count, key_ranges, whole
from privaci_core.clone import copy_database_settings, create_objects
from privaci_core.copy_table import Loaded, bind_table, copy_rows
from privaci_core.dump import dump_schema
from privaci_core.finish import copy_sequences, finish_objects, populated_matviews
from privaci_core.plan import plan_copy
from privaci_core.postgres import export_snapshot, session, source_session
from privaci_core.prepare import make_room, mark_finished, refuse_unsafe_target
from privaci_core.worker import Ends, Task
from privaci_core.workers import load_chunks, started

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from privaci_core.masks import Keys
    from privaci_core.plan import Plan, TablePlan
    from privaci_core.policy import Policy
    from privaci_core.postgres import Connection

WORKERS = max(2, os.cpu_count() or 2)
# Below this a worker's start (about half a second) costs more than it brings.
WORTH_WORKERS_BYTES = 64 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a copy did, in counts and names alone."""

    tables: dict[str, Loaded]
    notes: tuple[str, ...]
    seconds: float


def copy_database(source_dsn: str, target_dsn: str, policy: Policy, keys: Keys) -> Report:
    """Copy everything that one moment of the source shows; the target stays marked unfinished until it is whole."""
    begun = time.monotonic()
    with source_session(source_dsn) as source, session(target_dsn, autocommit=True) as target:
        snapshot = export_snapshot(source)
        catalog = read_catalog(source)
        plan = plan_copy(catalog, policy)
        refuse_unsafe_target(source, target)
        make_room(target, policy.on_existing_data)
        dump = dump_schema(source_dsn, catalog.server_version, snapshot)
        notes = create_objects(target, dump.pre_data)
        ends = Ends(source=source_dsn, target=target_dsn, snapshot=snapshot, keys=keys)
        loaded = copy_tables(source, ends, plan)
        copy_sequences(source, target, ((sequence.schema, sequence.name) for sequence in catalog.sequences))
        notes += finish_objects(target_dsn, dump.post_data, populated_matviews(source))
        notes += copy_database_settings(source, target)
        mark_finished(target)
    return Report(tables=loaded, notes=notes, seconds=time.monotonic() - begun)


def copy_tables(source: Connection, ends: Ends, plan: Plan, workers: int = WORKERS) -> dict[str, Loaded]:
    """Load every table, large ones in chunks; a database that is small as a whole is not worth a process."""
    tasks = [Task(table=table, chunk=chunk) for table in plan.tables for chunk in cut(source, table, workers)]
    loaded: dict[str, Loaded] = {}
    if sum(table.size_bytes for table in plan.tables) < WORTH_WORKERS_BYTES:
        results = load_here(source, ends, tasks)
    else:
        results = load_by_workers(ends, tasks, workers)
    for task, piece in results:
        loaded[task.table.name] = loaded[task.table.name] + piece if task.table.name in loaded else piece
    return loaded


def cut(source: Connection, table: TablePlan, workers: int) -> tuple[Chunk, ...]:
    """The chunks of a table: by blocks where Postgres can read a range of them alone, else by its key."""
    count = chunk_count(table.size_bytes)
    if count == 1 and table.size_bytes >= WORTH_WORKERS_BYTES:
        count = workers
    if count == 1:
        return whole()
    if source.info.server_version >= TID_RANGE_SCAN:
        return block_ranges(source, table.identifier, count)
    return key_ranges(source, table.identifier, table.key, count) if table.key else whole()


def load_here(source: Connection, ends: Ends, tasks: Iterable[Task]) -> Iterator[tuple[Task, Loaded]]:
    """Load in this process, one transaction a table."""
    with session(ends.target) as target:
        for task in tasks:
            stream = bind_table(task.table, ends.keys)
            loaded = copy_rows(source, target, task.table, stream, task.chunk.where)
            target.commit()
            yield task, loaded


def load_by_workers(ends: Ends, tasks: Iterable[Task], count: int) -> Iterator[tuple[Task, Loaded]]:
    """Load in processes of their own, as many chunks at once as there are."""
    with started(count, ends) as workers:
        yield from load_chunks(workers, tasks)
