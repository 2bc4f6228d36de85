"""Runs in a process of its own: loads the chunks that its parent sends, and commits each when the parent says so."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from dataclasses import dataclass, field
from multiprocessing.connection import Connection as Pipe
from typing import TYPE_CHECKING

from privaci_core.errors import PrivaciError
from privaci_core.postgres.session import source_session, target_session
from privaci_core.postgres.snapshot import transaction_id
from privaci_core.stream.copy_table import Loaded, bind_table, copy_rows

if TYPE_CHECKING:
    from privaci_core.masks import Keys
    from privaci_core.plan.chunks import Chunk
    from privaci_core.plan.plan import TablePlan
    from privaci_core.postgres.session import Connection

PARENT_LOOK_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """Where rows come from and go to, and the one moment of the source that everybody reads."""

    source: str = field(repr=False)
    target: str = field(repr=False)
    snapshot: str
    keys: Keys = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One chunk of one table, to be loaded in one transaction."""

    table: TablePlan
    chunk: Chunk


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A chunk is loaded but not committed; its transaction id lets anybody ask later whether it was."""

    xid: int
    loaded: Loaded


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """How a task ended that failed: an error without values, which the parent raises again."""

    error: PrivaciError


def main() -> None:
    """Serve the pipes whose descriptors are the arguments, one a process, until the parent closes them or dies."""
    # Ctrl-C reaches the whole process group; the parent decides what happens then.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    descriptor = _shared_out([int(argument) for argument in sys.argv[1:]])
    threading.Thread(target=_die_with_parent, args=(os.getppid(),), daemon=True).start()
    with Pipe(descriptor) as pipe:
        try:
            _serve(pipe, pipe.recv())
        except PrivaciError as error:
            pipe.send(Failed(error=error))
        except (EOFError, BrokenPipeError):
            return


def _shared_out(descriptors: list[int]) -> int:
    """Fork a worker for every pipe but one: the imports, most of a worker's start, are paid for once.

    Nothing but imports has happened yet: there is no thread, no connection and no lock that a fork could break.
    """
    mine, *others = descriptors
    for place, descriptor in enumerate(others):
        if os.fork() == 0:
            for other in (mine, *others[place + 1 :]):
                os.close(other)
            return descriptor
        os.close(descriptor)
    return mine


def _serve(pipe: Pipe, ends: Ends) -> None:
    # The target is not there before the first task, where it is made beside the old one.
    task: Task = pipe.recv()
    with (
        source_session(ends.source, ends.snapshot) as source,
        target_session(ends.target) as target,
    ):
        while True:
            stream = bind_table(task.table, ends.keys)
            _hand_over(
                pipe, target, copy_rows(source, target, task.table, stream, task.chunk.where)
            )
            task = pipe.recv()


def _hand_over(pipe: Pipe, target: Connection, loaded: Loaded) -> None:
    """Commit a chunk on the parent's word; without it, leaving the session rolls it back."""
    pipe.send(Ready(xid=transaction_id(target), loaded=loaded))
    pipe.recv()
    target.commit()
    pipe.send(loaded)


def _die_with_parent(parent: int) -> None:
    """End at once when the parent has gone: production must not go on being read for nobody."""
    while os.getppid() == parent:
        time.sleep(PARENT_LOOK_SECONDS)
    os._exit(1)
