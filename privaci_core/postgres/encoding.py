"""Lets bytes pass as they are stored where a database says nothing about their encoding."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from privaci_core.postgres.session import Connection

# Such a database takes any bytes for text; a session in UTF-8 would be refused those that are not.
WITHOUT_ENCODING = "SQL_ASCII"


def stores_any_bytes(connection: Connection) -> bool:
    """Whether the database takes any bytes for text."""
    return connection.info.parameter_status("server_encoding") == WITHOUT_ENCODING


@contextmanager
def bytes_as_stored(connection: Connection) -> Iterator[None]:
    """Send and receive text as bytes, unchecked, for as long as the context lasts.

    Statements must be composed before: the session has no encoding meanwhile.
    """
    if not stores_any_bytes(connection):
        yield
        return
    connection.execute(f"SET client_encoding TO {WITHOUT_ENCODING}".encode())
    yield
    connection.execute(b"SET client_encoding TO UTF8")
