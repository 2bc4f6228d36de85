"""Spreads items over a few sessions; over fewer if the server has no connection left."""

from __future__ import annotations

import queue
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, TypeVar

from privaci_core.errors import PreflightError
from privaci_core.postgres.connection_failures import NO_CONNECTION_LEFT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future
    from contextlib import AbstractContextManager

    from privaci_core.postgres.session import Connection

T = TypeVar("T")
R = TypeVar("R")


def spread(
    items: Iterable[T],
    most: int,
    opened: Callable[[], AbstractContextManager[Connection]],
    work: Callable[[Connection, Iterator[T]], R],
) -> list[R]:
    """Let so many sessions at most take items, one after the other; what each of them made.

    One session takes all of them where no other can be opened.
    """
    waiting: queue.SimpleQueue[T] = queue.SimpleQueue()
    for item in items:
        waiting.put(item)
    sessions = min(most, waiting.qsize())
    if not sessions:
        return []

    def worked() -> R:
        with opened() as connection:
            return work(connection, _taken(waiting))

    with ThreadPoolExecutor(sessions) as pool:
        return _results([pool.submit(worked) for _ in range(sessions)])


def _results(running: Iterable[Future[R]]) -> list[R]:
    """What the sessions made that could be opened; refuses if none could."""
    made, refused = list[R](), None
    for each in running:
        try:
            made.append(each.result())
        except PreflightError as error:
            if error.cause != NO_CONNECTION_LEFT:
                raise
            refused = error
    if refused and not made:
        raise refused
    return made


@contextmanager
def if_possible(
    opened: Callable[[], AbstractContextManager[Connection]],
) -> Iterator[Connection | None]:
    """One more session; None if the server has no connection left for it."""
    with ExitStack() as stack:
        try:
            connection = stack.enter_context(opened())
        except PreflightError as error:
            if error.cause != NO_CONNECTION_LEFT:
                raise
            connection = None
        yield connection


def _taken(waiting: queue.SimpleQueue[T]) -> Iterator[T]:
    while True:
        try:
            item = waiting.get_nowait()
        except queue.Empty:
            return
        yield item
