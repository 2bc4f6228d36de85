"""Runs in a process or a thread of its own: loads the chunks that it is sent, commits when told."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection as Pipe
from typing import TYPE_CHECKING

from privaci_core.loading.files_beside import files_beside
from privaci_core.plan.mask_digests import mask_digests
from privaci_core.postgres.driver_errors import driver_errors
from privaci_core.postgres.session import source_session, target_session
from privaci_core.postgres.unexpected import explained, keep_reports_in
from privaci_core.stream.as_stored import needs_printer
from privaci_core.stream.copy_table import Loaded, bind_table, copy_each
from privaci_core.stream.load import into_relations
from privaci_core.stream.tally import Tally
from privaci_core.target.ledger_store import Origin, Part, record_parts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from privaci_core.errors import PrivaciError
    from privaci_core.masks import Keys
    from privaci_core.plan.chunks import Chunk
    from privaci_core.plan.plan import TablePlan
    from privaci_core.postgres.session import Connection
    from privaci_core.stores.sink import FileSink

PARENT_LOOK_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """Where rows come from and go to, and the snapshot of the source that every reader sees."""

    source: str = field(repr=False)
    target: str = field(repr=False)
    snapshot: str
    # What the snapshot shows: a later run that sees the same need not load it again.
    seen: str = ""
    # Whether another process holds the snapshot, so that several can read it.
    is_shared: bool = False
    keys: Keys = field(repr=False)
    # Of the rows' ledgers: each refresh has its own, and only its target keeps it.
    ledger_key: bytes = field(default=b"", repr=False)
    # Where rows are written too; None where the policy asks for no files.
    files: FileSink | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One chunk of one table; either all of its rows come or none."""

    table: TablePlan
    chunk: Chunk
    # The source's write counters of the table, from before it was read.
    counter: str = ""


def task_of(table: TablePlan, chunk: Chunk, counter: str = "") -> Task:
    """A chunk of a table; of a subset it names the chunk's own rows."""
    if table.rows is not None and chunk.blocks is not None:
        table = table.of_rows(table.rows.between(*chunk.blocks))
    return Task(table=table, chunk=chunk, counter=counter)


# Chunks that one transaction loads.
Batch = tuple[Task, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A chunk that is loaded but not committed."""

    loaded: Loaded


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncommitted:
    """A worker's word that a batch is loaded, and how much each of its chunks brought."""

    loaded: tuple[Loaded, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """A batch that failed: an error without values, which the parent raises."""

    error: PrivaciError


def main() -> None:
    """Serve the pipe whose descriptor is the first argument until the parent closes it or dies."""
    # A terminal's Ctrl-C is the parent's to handle: it ends its workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_die_with_parent, args=(os.getppid(),), daemon=True).start()
    keep_reports_in(sys.argv[2])
    serve(Pipe(int(sys.argv[1])), [])


def serve(pipe: Pipe, sessions: list[Connection]) -> None:
    """Load what comes through a pipe until it is closed; tells which sessions are open."""
    with pipe:
        try:
            _serve(pipe, sessions)
        except (EOFError, BrokenPipeError):
            return
        except Exception as error:  # noqa: BLE001 - the parent raises what may be told of it
            with suppress(OSError):
                pipe.send(Failed(error=explained("Loading rows in a worker", error)))


def _serve(pipe: Pipe, sessions: list[Connection]) -> None:
    ends: Ends = pipe.recv()
    # Connect after the first task: a target that is loaded beside the old one is created by then.
    batch: Batch | None = pipe.recv()
    with (
        source_session(ends.source, ends.snapshot) as source,
        target_session(ends.target) as target,
    ):
        sessions += (source, target)
        while batch is not None:
            _hand_over(pipe, target, batch, load_batch(ends, batch, source, target))
            batch = _next(pipe)


def _next(pipe: Pipe) -> Batch | None:
    """The next batch; none once the pipe is closed."""
    try:
        batch: Batch = pipe.recv()
    except EOFError:
        return None
    return batch


def load_batch(
    ends: Ends, batch: Batch, source: Connection, target: Connection
) -> tuple[Loaded, ...]:
    """Load chunks and record their ledgers with them; the caller commits all at once."""
    tallies = [Tally(task.table, ends.ledger_key) for task in batch]
    with printer_of(ends, [task.table for task in batch]) as printer:
        streams = (
            (bind_table(source, task.table, ends.keys, printer), task.chunk.where) for task in batch
        )
        files = files_beside(ends.files, {task.table.name: task.chunk.number for task in batch})
        destination = files.into_both(into_relations(target))
        brought = tuple(copy_each(source, destination, tallies, streams))
    parts = [_part(ends, *each) for each in zip(batch, tallies, brought, strict=True)]
    record_parts(target, parts)
    files.record(target)
    return brought


def _part(ends: Ends, task: Task, tally: Tally, loaded: Loaded) -> Part:
    """What the target keeps of a chunk."""
    origin = Origin(
        of=task.chunk.of,
        seen=ends.seen,
        counter=task.counter,
        bytes=loaded.bytes,
        keys=ends.keys.fingerprint(),
        masks=mask_digests(task.table),
    )
    number, ledger = str(task.chunk.number), tally.ledger().as_json()
    return Part(relation=task.table.name, name=number, ledger=ledger, origin=origin)


@contextmanager
def printer_of(ends: Ends, tables: Iterable[TablePlan]) -> Iterator[Connection | None]:
    """A session that prints fakes while another one loads them, where a table needs one."""
    if any(map(needs_printer, tables)):
        with target_session(ends.target, autocommit=True) as printer:
            yield printer
    else:
        yield None


def named(batch: Batch) -> str:
    """The tables of a batch, in a few words."""
    others = f" and {len(batch) - 1} more tables" if len(batch) > 1 else ""
    return f"{batch[0].table.name}{others}"


def commit(target: Connection, batch: Batch) -> None:
    """Commit the rows of a batch and their ledgers."""
    with driver_errors(f"Committing the rows of {named(batch)}"):
        target.commit()


def _hand_over(pipe: Pipe, target: Connection, batch: Batch, brought: tuple[Loaded, ...]) -> None:
    """Commit a batch when the parent says so; without its word the session rolls it back."""
    pipe.send(Uncommitted(loaded=brought))
    pipe.recv()
    commit(target, batch)
    pipe.send(brought)


def _die_with_parent(parent: int) -> None:
    """Exit at once when the parent is gone: nothing may read production for a dead run."""
    while os.getppid() == parent:
        time.sleep(PARENT_LOOK_SECONDS)
    os._exit(1)
