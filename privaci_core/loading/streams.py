"""Cuts tables into chunks, and loads them side by side in workers or in this process."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from privaci_core.loading.batches import batches
from privaci_core.loading.worker import Ends, Ready, Task, commit, load_batch, task_of
from privaci_core.loading.workers import load_chunks
from privaci_core.plan.chunks import (
    TID_RANGE_SCAN,
    Chunk,
    chunk_count,
    cut_blocks,
    key_ranges,
    whole,
)
from privaci_core.postgres.dsn import is_local

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from privaci_core.loading.connections import Connections
    from privaci_core.loading.copy import Copy, Options
    from privaci_core.loading.sessions import Sessions
    from privaci_core.plan.plan import Plan, TablePlan
    from privaci_core.stream.copy_table import Loaded

# A worker takes about half a second to start; a smaller table is loaded before it has.
WORTH_WORKERS_BYTES = 64 << 20
# Threads of this process begin before a worker process has started, but wait for each other in
# Python: so many of them load as much as this about as soon as processes would.
MOST_THREADS, WORTH_PROCESSES_BYTES = 2, 256 << 20
# With two chunks for each stream none waits long for the last one.
CHUNKS_PER_STREAM = 2


def cores() -> int:
    """The cores of this machine; two where it does not say."""
    return os.cpu_count() or 2


CORES = cores()


def load_tables(
    copy: Copy, connections: Connections, tables: Iterable[TablePlan]
) -> Iterator[tuple[TablePlan, Loaded]]:
    """Load whole tables; yields each when its last chunk is committed."""
    tables = tuple(tables)
    tasks = [task_of(table, chunk) for table in tables for chunk in cut(copy, connections, table)]
    named = {table.name: table for table in tables}
    pieces: dict[str, list[Loaded]] = {name: [] for name in named}
    for task, loaded in load_chunks_of(copy.ends, connections, tasks):
        done = pieces[task.table.name]
        done.append(loaded)
        if len(done) == task.chunk.of:
            yield named[task.table.name], sum(done[1:], done[0])


def load_chunks_of(
    ends: Ends,
    connections: Connections,
    tasks: Sequence[Task],
    before_commit: Callable[[Task, Ready], None] = lambda *_: None,
) -> Iterator[tuple[Task, Loaded]]:
    """Load small tables in batches, and each other chunk alone, in a transaction each.

    `before_commit` can still roll the transaction back.
    """
    tasks = [replace(task, table=connections.names.given_to(task.table)) for task in tasks]
    work = sum(task.table.work_bytes for task in tasks)
    is_slow = work > WORTH_WORKERS_BYTES + sum(task.table.size_bytes for task in tasks)
    if connections.workers and (is_slow or any(task.chunk.of > 1 for task in tasks)):
        return load_chunks(connections.workers, tasks, before_commit)
    return _load_here(ends, connections.sessions, tasks, before_commit)


def cut(copy: Copy, connections: Connections, table: TablePlan) -> tuple[Chunk, ...]:
    """The chunks of a table: as the refresh decided when it began, else one without workers."""
    decided = copy.cuts.get(table.name)
    if decided is not None:
        return cut_blocks(decided.blocks, decided.chunks)
    if not connections.workers or table.in_one_piece:
        return whole()
    source = connections.source
    if table.rows is not None:
        return whole()
    count = chunks_wanted(table.work_bytes, streams_of(copy.ends, table, copy.options))
    if way_to_cut(table, count, source.info.server_version) == "key":
        return key_ranges(source, table.identifier, table.key, count)
    return whole()


def way_to_cut(table: TablePlan, count: int, server_version: int) -> Literal["blocks", "key", "no"]:
    """By blocks where Postgres reads a range of them alone, else by the key, if there is one."""
    if count == 1:
        return "no"
    if server_version >= TID_RANGE_SCAN or table.rows is not None:
        return "blocks"
    return "key" if table.key else "no"


def chunks_wanted(work_bytes: int, streams: int) -> int:
    """How many chunks a table of so much work is worth, where so many streams can load it."""
    if streams <= 1:
        return 1
    count = chunk_count(work_bytes)
    if count > 1 or work_bytes >= WORTH_WORKERS_BYTES:
        return max(count, CHUNKS_PER_STREAM * streams)
    return 1


def workers_wanted(ends: Ends, plan: Plan, options: Options) -> int:
    """How many workers to start: as many as the table with the most streams needs, or none."""
    streams = (streams_of(ends, table, options) for table in _worth_workers(plan))
    return max((count for count in streams if count > 1), default=0)


def threads_wanted(plan: Plan, workers: int) -> int:
    """How many of the workers are threads of this process: none for much, or for slow masks."""
    tables = _worth_workers(plan)
    work = sum(table.work_bytes for table in tables)
    if work >= WORTH_PROCESSES_BYTES or any(table.holds_python for table in tables):
        return 0
    return min(workers, MOST_THREADS)


def _worth_workers(plan: Plan) -> list[TablePlan]:
    """The large tables, and those that are much work together."""
    slow = [table for table in plan.tables if table.work_bytes > table.size_bytes]
    large = [table for table in plan.tables if table.work_bytes >= WORTH_WORKERS_BYTES]
    if sum(table.work_bytes for table in slow) >= WORTH_WORKERS_BYTES:
        large += [table for table in slow if table not in large]
    return large


def streams_of(ends: Ends, table: TablePlan, options: Options) -> int:
    """How many streams load a table: one for each core, fewer where a server needs the cores.

    Measured with both servers on two cores: a second stream of an unmasked table slows them down.
    """
    shares_cores = is_local(ends.source) or is_local(ends.target)
    streams = CORES // 2 if shares_cores and not table.masked else CORES
    if options.connections is None:
        return streams
    # One connection holds the snapshot.
    return max(1, min(streams, options.connections - 1))


def _load_here(
    ends: Ends,
    sessions: Sessions,
    tasks: Iterable[Task],
    before_commit: Callable[[Task, Ready], None],
) -> Iterator[tuple[Task, Loaded]]:
    """Load batches one after the other in this process."""
    for batch in batches(tasks):
        with sessions.pair() as (source, target):
            brought = load_batch(ends, batch, source, target)
            for task, loaded in zip(batch, brought, strict=True):
                before_commit(task, Ready(loaded=loaded))
            commit(target, batch)
        yield from zip(batch, brought, strict=True)
