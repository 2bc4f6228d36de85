"""Lets the server read what is asked for next, while what it read before is looked at."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

import psycopg

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from privaci_core.postgres.session import Connection

T = TypeVar("T")
BETWEEN_CANCELS = 0.1


def one_ahead(connection: Connection, parts: Iterator[T]) -> Generator[T, None, None]:
    """Each part that the connection reads; the one after it is read meanwhile."""
    end: Any = object()
    with ThreadPoolExecutor(1) as thread:
        coming = thread.submit(next, parts, end)
        try:
            while (part := coming.result()) is not end:
                coming = thread.submit(next, parts, end)
                yield part
        finally:
            # A statement that nobody wants may wait for a lock, or may not have begun yet.
            while wait([coming], BETWEEN_CANCELS).not_done:
                with suppress(psycopg.Error):
                    connection.cancel_safe(timeout=5)
