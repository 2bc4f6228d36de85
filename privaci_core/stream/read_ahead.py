"""Runs a stage of the stream in its own thread, a few blocks ahead of the next stage."""

from __future__ import annotations

import queue
import threading
from contextlib import suppress
from contextvars import copy_context
from typing import TYPE_CHECKING, TypeVar

import psycopg

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable

T = TypeVar("T")

# A stream holds at most this many blocks, however large the table; more made it no faster.
BLOCKS_AHEAD = 3
# A server answers a cancel request sooner.
STUCK_SECONDS = 10.0


class _End:
    """Closes the queue, with the error that ended the stage, if there was one."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


def read_ahead(
    stage: Iterable[T],
    on_stop: Callable[[], None] = lambda: None,
    on_stuck: Callable[[], None] = lambda: None,
) -> Generator[T]:
    """Yield what `stage` yields.

    If the consumer stops early, `on_stop` must end whatever the stage waits for. If it does not,
    `on_stuck` must: a server that is stopped answers no cancel request.
    """
    blocks: queue.Queue[T | _End] = queue.Queue(BLOCKS_AHEAD)
    stopped = threading.Event()
    # The context knows where reports of unexpected errors are kept.
    work, arguments = copy_context().run, (_run, stage, blocks, stopped)
    thread = threading.Thread(target=work, args=arguments, name="privaci-ahead", daemon=True)
    thread.start()
    try:
        while not isinstance(block := blocks.get(), _End):
            yield block
    except BaseException:
        stopped.set()
        with suppress(psycopg.Error):
            on_stop()
        stuck = threading.Timer(STUCK_SECONDS, on_stuck)
        stuck.start()
        _drain(blocks)
        stuck.cancel()
        raise
    finally:
        thread.join()
    if block.error is not None:
        raise block.error


def _run(stage: Iterable[T], blocks: queue.Queue[T | _End], stopped: threading.Event) -> None:
    end = _End()
    try:
        for block in stage:
            blocks.put(block)
            if stopped.is_set():
                break
    except BaseException as error:  # noqa: BLE001 - the consumer raises it again
        end = _End(error)
    blocks.put(end)


def _drain(blocks: queue.Queue[T | _End]) -> None:
    """Empty the queue until the stage has ended, so that its `put` does not block for ever."""
    while not isinstance(blocks.get(), _End):
        pass
