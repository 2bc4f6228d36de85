"""Runs in a process of its own: loads the chunks its parent sends, commits when told to."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection as Pipe
from typing import TYPE_CHECKING

from privaci_core.errors import PrivaciError
from privaci_core.postgres.session import source_session, target_session
from privaci_core.stream.as_stored import needs_printer
from privaci_core.stream.copy_table import Loaded, bind_table, copy_rows
from privaci_core.stream.load import into_relations
from privaci_core.stream.tally import Tally
from privaci_core.target.ledger_store import Origin, record_part

if TYPE_CHECKING:
    from collections.abc import Iterator

    from privaci_core.masks import Keys
    from privaci_core.plan.chunks import Chunk
    from privaci_core.plan.plan import TablePlan
    from privaci_core.postgres.session import Connection

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One chunk of one table, to be loaded in one transaction."""

    table: TablePlan
    chunk: Chunk
    # The source's write counters of the table, from before it was read.
    counter: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A chunk that is loaded but not committed."""

    loaded: Loaded


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """A task that failed: an error without values, which the parent raises."""

    error: PrivaciError


def main() -> None:
    """Serve the pipe whose descriptor is the argument until the parent closes it or dies."""
    # A terminal's Ctrl-C is the parent's to handle: it ends its workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_die_with_parent, args=(os.getppid(),), daemon=True).start()
    with Pipe(int(sys.argv[1])) as pipe:
        try:
            _serve(pipe, pipe.recv())
        except PrivaciError as error:
            pipe.send(Failed(error=error))
        except (EOFError, BrokenPipeError):
            return


def _serve(pipe: Pipe, ends: Ends) -> None:
    # Connect after the first task: a target that is loaded beside the old one is created by then.
    task: Task = pipe.recv()
    with (
        source_session(ends.source, ends.snapshot) as source,
        target_session(ends.target) as target,
    ):
        while True:
            _hand_over(pipe, target, load_chunk(ends, task, source, target))
            task = pipe.recv()


def load_chunk(ends: Ends, task: Task, source: Connection, target: Connection) -> Loaded:
    """Load one chunk and record its ledger with it; the caller commits both."""
    tally = Tally(task.table, ends.ledger_key)
    with printer_of(ends, task.table) as printer:
        stream = bind_table(source, task.table, ends.keys, printer)
        loaded = copy_rows(source, into_relations(target), tally, stream, task.chunk.where)
    chunk = task.chunk
    origin = Origin(
        of=chunk.of,
        seen=ends.seen,
        counter=task.counter,
        bytes=loaded.bytes,
        keys=ends.keys.fingerprint(),
    )
    record_part(target, task.table.name, chunk.number, tally.ledger().as_json(), origin)
    return loaded


@contextmanager
def printer_of(ends: Ends, table: TablePlan) -> Iterator[Connection | None]:
    """A session that prints fakes while another one loads them, where a table needs one."""
    if needs_printer(table):
        with target_session(ends.target, autocommit=True) as printer:
            yield printer
    else:
        yield None


def _hand_over(pipe: Pipe, target: Connection, loaded: Loaded) -> None:
    """Commit a chunk when the parent says so; without its word the session rolls it back."""
    pipe.send(Ready(loaded=loaded))
    pipe.recv()
    target.commit()
    pipe.send(loaded)


def _die_with_parent(parent: int) -> None:
    """Exit at once when the parent is gone: nothing may read production for a dead run."""
    while os.getppid() == parent:
        time.sleep(PARENT_LOOK_SECONDS)
    os._exit(1)
