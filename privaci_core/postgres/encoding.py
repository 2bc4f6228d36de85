"""Lets bytes pass as they are stored where a database says nothing about their encoding."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from privaci_core.errors import PreflightError
from privaci_core.postgres.dsn import describe
from privaci_core.sql import query

if TYPE_CHECKING:
    from collections.abc import Iterator

    from privaci_core.postgres.session import Connection

# Such a database takes any bytes for text; a session in UTF-8 would be refused those that are not.
WITHOUT_ENCODING = "SQL_ASCII"
# How many objects an error names.
NAMED = 5


def stores_any_bytes(connection: Connection) -> bool:
    """Whether the database takes any bytes for text."""
    return is_without_encoding(connection.info.parameter_status("server_encoding") or "")


def is_without_encoding(encoding: str) -> bool:
    """Whether an encoding's name says that there is none."""
    return encoding == WITHOUT_ENCODING


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


def refuse_other_bytes(connection: Connection) -> None:
    """Refuse a database whose names, comments and definitions are no UTF-8; its rows may be.

    Only a database without an encoding can have such. What reads them afterwards takes text.
    """
    if not stores_any_bytes(connection):
        return
    with bytes_as_stored(connection):
        found = connection.execute(query("definitions_as_stored")).fetchall()
    named = list(dict.fromkeys(_shown(of) for of, written in found if not _is_utf8(written)))
    if named:
        more = f", and {len(named) - NAMED} more" if named[NAMED:] else ""
        raise PreflightError(
            f"Reading the catalog of {describe(connection.info.dsn)}",
            "its encoding is SQL_ASCII, and a name, comment or definition holds bytes that are no"
            f" UTF-8: {', '.join(named[:NAMED])}{more}",
            "Write these in UTF-8 or ASCII: ALTER ... RENAME, COMMENT ON, CREATE OR REPLACE."
            " Rows may hold any bytes.",
            "docs/how-to/refresh.md",
        )


def _is_utf8(written: bytes | str) -> bool:
    try:
        _octets(written).decode()
    except UnicodeDecodeError:
        return False
    return True


def _shown(of: bytes | str) -> str:
    return _octets(of).decode(errors="backslashreplace")


def _octets(text: bytes | str) -> bytes:
    return text if isinstance(text, bytes) else text.encode()
