"""Asks the server questions that may fail, without ending the request's transaction."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg

if TYPE_CHECKING:
    from collections.abc import Iterator

    from privaci_core.postgres.session import Connection


def set_savepoint(connection: Connection) -> None:
    """Let questions fail from here on; what was locked before stays locked when one does."""
    connection.execute("SAVEPOINT privaci_question")


@contextmanager
def question(connection: Connection) -> Iterator[None]:
    """A question that may end with an error: one statement more, but only then."""
    try:
        yield
    except psycopg.Error:
        connection.execute("ROLLBACK TO SAVEPOINT privaci_question")
        raise
