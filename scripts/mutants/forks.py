"""Runs each trial in a forked process of its own, a few at a time, within limits."""

from __future__ import annotations

import os
import resource
import signal
import sys
import time
import traceback
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Job = TypeVar("Job")

# The child ended by an error of the tool, not of a test.
BROKEN = 70
# What a mutant may take beside what is there already: some make lists without an end.
MORE_MEMORY = 4 * 2**30
# A busy machine makes a child wait; this stops one that waits for ever.
WALL_FACTOR = 10
POLL_SECONDS = 0.003


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a child ended: its exit code, whether it ran out of time, and what it wrote."""

    code: int
    timed_out: bool
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Child(Generic[Job]):
    job: Job
    pipe: int
    deadline: float


def forked(
    jobs: Iterable[Job],
    work: Callable[[Job, int], int],
    seconds: Callable[[Job], float],
    workers: int,
) -> Iterator[tuple[Job, Ending]]:
    """Run `work(job, pipe)` in a child each; gives the jobs back as they end."""
    children: dict[int, _Child[Job]] = {}
    waiting = iter(jobs)
    exhausted = False
    while children or not exhausted:
        while len(children) < workers and not exhausted:
            job = next(waiting, None)
            if job is None:
                exhausted = True
            else:
                children.update([_start(job, work, seconds(job))])
        yield from _ended(children)
        time.sleep(POLL_SECONDS)


def _ended(children: dict[int, _Child[Job]]) -> Iterator[tuple[Job, Ending]]:
    for pid, child in list(children.items()):
        late = time.monotonic() > child.deadline
        if late:
            _stop(pid)
        done, status, _ = os.wait4(pid, 0 if late else os.WNOHANG)
        if done:
            del children[pid]
            # What the tests left running goes with them.
            _stop(pid)
            yield child.job, _ending(child, status, late=late)


def _ending(child: _Child[Job], status: int, *, late: bool) -> Ending:
    with os.fdopen(child.pipe, "rb") as pipe:
        os.set_blocking(pipe.fileno(), False)
        said = (pipe.read() or b"").decode(errors="replace")
    code = os.waitstatus_to_exitcode(status)
    return Ending(code=code, timed_out=late or code == -signal.SIGXCPU, said=said)


def _start(job: Job, work: Callable[[Job, int], int], seconds: float) -> tuple[int, _Child[Job]]:
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        # Python 3.12 warns of threads; the libraries that make them are held to one.
        warnings.simplefilter("ignore")
        pid = os.fork()
    if pid == 0:
        os.close(reading)
        _run(job, work, seconds, writing)
    os.close(writing)
    deadline = time.monotonic() + seconds * WALL_FACTOR
    return pid, _Child(job=job, pipe=reading, deadline=deadline)


def _run(job: Job, work: Callable[[Job, int], int], seconds: float, pipe: int) -> None:
    code = BROKEN
    try:
        os.setpgid(0, 0)
        _limit(seconds)
        _silence()
        code = work(job, pipe)
    except BaseException:  # noqa: BLE001 - the parent shows it
        os.write(pipe, traceback.format_exc()[-3000:].encode())
    finally:
        os._exit(code)


def _limit(seconds: float) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    whole = int(seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (whole, whole + 5))
    pages = os.sysconf("SC_PAGE_SIZE")
    with open("/proc/self/statm") as numbers:  # noqa: PTH123 - a file of the kernel
        size = int(numbers.read().split()[0]) * pages
    resource.setrlimit(resource.RLIMIT_AS, (size + MORE_MEMORY, size + MORE_MEMORY))


def _silence() -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    sys.stdout.flush()


def _stop(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return
