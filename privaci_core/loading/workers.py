"""Spreads chunks over workers and collects what each one loaded."""

from __future__ import annotations

import subprocess
import sys
from collections import deque
from contextlib import contextmanager
from multiprocessing.connection import Connection as PipeEnd
from multiprocessing.connection import Pipe, wait
from typing import TYPE_CHECKING

from privaci_core.errors import CopyError
from privaci_core.loading.batches import batches
from privaci_core.loading.worker import Batch, Ends, Failed, Ready, Task, Uncommitted, named
from privaci_core.loading.worker_thread import WorkerThread
from privaci_core.postgres.unexpected import reports_home

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from privaci_core.stream.copy_table import Loaded

STOP_SECONDS = 5
# Imported, not run as a script: pickle names the module that a message's class comes from.
WORKER = "from privaci_core.loading.worker import main; main()"


@contextmanager
def started(count: int, ends: Ends, in_threads: int = 0) -> Iterator[tuple[PipeEnd, ...]]:
    """Start workers that read and write both databases; end them on leaving, busy or not.

    Some of them are threads of this process, the others processes of their own.
    """
    pipes: list[PipeEnd] = []
    threads: list[WorkerThread] = []
    processes: list[subprocess.Popen[bytes]] = []
    try:
        for number in range(count):
            ours, theirs = Pipe()
            pipes.append(ours)
            if number < in_threads:
                threads.append(WorkerThread(theirs))
            else:
                processes.append(_started(theirs))
        for pipe in pipes:
            pipe.send(ends)
        yield tuple(pipes)
    finally:
        for pipe in pipes:
            pipe.close()
        _stop(processes)
        for thread in threads:
            thread.end()


def _started(pipe: PipeEnd) -> subprocess.Popen[bytes]:
    """Start one worker on its end of a pipe.

    Each worker is a fresh interpreter. polars and numpy start threads when they are imported, so
    a process that has imported them must not be forked: a lock could be copied while it is held.
    The workers import side by side, half a second each, while the schema is created.
    """
    with pipe:
        command = [sys.executable, "-c", WORKER, str(pipe.fileno()), reports_home()]
        # A group of its own: Ctrl-C on the terminal reaches the parent alone.
        return subprocess.Popen(command, pass_fds=[pipe.fileno()], process_group=0)


def load_chunks(
    workers: Iterable[PipeEnd],
    tasks: Iterable[Task],
    before_commit: Callable[[Task, Ready], None] = lambda *_: None,
) -> Iterator[tuple[Task, Loaded]]:
    """Yield each task once it is committed; `before_commit` runs while it can be rolled back."""
    idle, waiting, busy = list(workers), deque(batches(tasks)), dict[PipeEnd, Batch]()
    while waiting or busy:
        while idle and waiting:
            worker, batch = idle.pop(), waiting.popleft()
            _send(worker, batch, batch)
            busy[worker] = batch
        ready = wait(list(busy))
        for worker in [pipe for pipe in busy if pipe in ready]:
            message = _received(worker, busy[worker])
            if isinstance(message, tuple):
                yield from zip(busy.pop(worker), message, strict=True)
                idle.append(worker)
            else:
                for task, loaded in zip(busy[worker], message.loaded, strict=True):
                    before_commit(task, Ready(loaded=loaded))
                _send(worker, busy[worker], "commit")


def _send(worker: PipeEnd, batch: Batch, message: object) -> None:
    try:
        worker.send(message)
    except BrokenPipeError:
        raise _died(batch) from None


def _received(worker: PipeEnd, batch: Batch) -> Uncommitted | tuple[Loaded, ...]:
    try:
        message: Uncommitted | tuple[Loaded, ...] | Failed = worker.recv()
    except (EOFError, ConnectionResetError):
        raise _died(batch) from None
    if isinstance(message, Failed):
        raise message.error
    return message


def _died(batch: Batch) -> CopyError:
    return CopyError(
        f"Copying {named(batch)} in a worker process",
        "the process died without a message: it was killed, or ran out of memory",
        "Look for the out-of-memory killer in the system log, then run again: the chunk was"
        " rolled back.",
    )


def _stop(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    """Terminate every worker, and kill those that do not end in time."""
    for process in processes:
        process.terminate()
    for process in processes:
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
