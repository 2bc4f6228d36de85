"""Spreads chunks over worker processes, which know nothing of the orchestrator, and collects what each loaded."""

from __future__ import annotations

import subprocess
import sys
from collections import deque
from contextlib import contextmanager
from multiprocessing.connection import Connection as PipeEnd
from multiprocessing.connection import Pipe, wait
from typing import TYPE_CHECKING

from privaci_core.errors import CopyError
from privaci_core.worker import Ends, Failed, Ready, Task

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from privaci_core.copy_table import Loaded

STOP_SECONDS = 5
# Imported, not run as a script: messages are pickled under the name of the module that they came from.
WORKER = "from privaci_core.worker import main; main()"


@contextmanager
def started(count: int, ends: Ends) -> Iterator[tuple[PipeEnd, ...]]:
    """Start workers on both ends; leaving ends them, whatever they are doing."""
    pipes, processes = [], []
    try:
        for _ in range(count):
            ours, theirs = Pipe()
            # A fresh interpreter instead of a fork: no thread, lock or socket of the orchestrator comes along.
            command = [sys.executable, "-c", WORKER, str(theirs.fileno())]
            processes.append(subprocess.Popen(command, pass_fds=[theirs.fileno()]))
            theirs.close()
            ours.send(ends)
            pipes.append(ours)
        yield tuple(pipes)
    finally:
        for pipe in pipes:
            pipe.close()
        for process in processes:
            _stop(process)


def load_chunks(
    workers: Iterable[PipeEnd], tasks: Iterable[Task], before_commit: Callable[[Task, Ready], None] = lambda *_: None
) -> Iterator[tuple[Task, Loaded]]:
    """Yield each task as it is committed; `before_commit` sees it while it can still be undone."""
    idle, waiting, busy = list(workers), deque(tasks), dict[PipeEnd, Task]()
    while waiting or busy:
        while idle and waiting:
            worker, task = idle.pop(), waiting.popleft()
            worker.send(task)
            busy[worker] = task
        for worker in [pipe for pipe in busy if pipe in wait(list(busy))]:
            message = _received(worker, busy[worker])
            if isinstance(message, Ready):
                before_commit(busy[worker], message)
                worker.send("commit")
            else:
                yield busy.pop(worker), message
                idle.append(worker)


def _received(worker: PipeEnd, task: Task) -> Ready | Loaded:
    try:
        message: Ready | Loaded | Failed = worker.recv()
    except EOFError:
        raise CopyError(
            f"Copying {task.table.name} in a worker process",
            "the process ended without a word: killed, or out of memory",
            "Look for the out-of-memory killer in the system log; run again, the chunk was rolled back.",
        ) from None
    if isinstance(message, Failed):
        raise message.error
    return message


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
