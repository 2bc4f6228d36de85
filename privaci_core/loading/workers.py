"""Spreads chunks over worker processes, which know nothing of the orchestrator, and collects what each loaded."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import deque
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection as PipeEnd
from multiprocessing.connection import Pipe, wait
from typing import TYPE_CHECKING

from privaci_core.errors import CopyError
from privaci_core.loading.worker import Ends, Failed, Ready, Task

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from privaci_core.stream.copy_table import Loaded

STOP_SECONDS = 5
# Imported, not run as a script: messages are pickled under the name of the module that they came from.
WORKER = "from privaci_core.loading.worker import main; main()"


@contextmanager
def started(count: int, ends: Ends) -> Iterator[tuple[PipeEnd, ...]]:
    """Start workers on both ends; leaving ends them, whatever they are doing."""
    if count == 0:
        yield ()
        return
    pairs = [Pipe() for _ in range(count)]
    theirs = [pair[1].fileno() for pair in pairs]
    # A fresh interpreter instead of a fork: no thread, lock or socket of the orchestrator comes along. It forks the
    # other workers before it does anything, all in one process group.
    command = [sys.executable, "-c", WORKER, *map(str, theirs)]
    process = subprocess.Popen(command, pass_fds=theirs, process_group=0)
    try:
        for ours, their_end in pairs:
            their_end.close()
            ours.send(ends)
        yield tuple(ours for ours, _ in pairs)
    finally:
        for ours, _ in pairs:
            ours.close()
        _stop(process)


def load_chunks(
    workers: Iterable[PipeEnd],
    tasks: Iterable[Task],
    before_commit: Callable[[Task, Ready], None] = lambda *_: None,
) -> Iterator[tuple[Task, Loaded]]:
    """Yield each task as it is committed; `before_commit` sees it while it can still be undone."""
    idle, waiting, busy = list(workers), deque(tasks), dict[PipeEnd, Task]()
    while waiting or busy:
        while idle and waiting:
            worker, task = idle.pop(), waiting.popleft()
            _say(worker, task, task)
            busy[worker] = task
        for worker in [pipe for pipe in busy if pipe in wait(list(busy))]:
            message = _received(worker, busy[worker])
            if isinstance(message, Ready):
                before_commit(busy[worker], message)
                _say(worker, busy[worker], "commit")
            else:
                yield busy.pop(worker), message
                idle.append(worker)


def _say(worker: PipeEnd, task: Task, message: object) -> None:
    try:
        worker.send(message)
    except BrokenPipeError:
        raise _gone(task) from None


def _gone(task: Task) -> CopyError:
    return CopyError(
        f"Copying {task.table.name} in a worker process",
        "the process ended without a word: killed, or out of memory",
        "Look for the out-of-memory killer in the system log; run again, the chunk was rolled back.",
    )


def _received(worker: PipeEnd, task: Task) -> Ready | Loaded:
    try:
        message: Ready | Loaded | Failed = worker.recv()
    except (EOFError, ConnectionResetError):
        raise _gone(task) from None
    if isinstance(message, Failed):
        raise message.error
    return message


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the whole group, whatever it is doing: the first worker, and those that it forked."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
