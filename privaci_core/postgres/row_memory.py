"""Has a server's session keep the memory that one wide row takes, for the next row."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from privaci_core.postgres.session import Connection

# COPY takes 1 kB for each binary field and frees all of it after the row. Above glibc's limit of
# 128 kB that goes back to the system, row by row: three fourths of the time of 400 columns.
WIDE = 100
# Freeing one piece of this size raises the limit to twice as much, more than any row's fields take.
# Its parts are cheap to make.
KEEP = "SELECT pg_catalog.octet_length(pg_catalog.repeat(pg_catalog.repeat('x', 1024), 4096))"


def keep_row_memory(connection: Connection, columns: int) -> None:
    """Prepare a session that will read rows of so many columns in binary form."""
    if columns >= WIDE:
        connection.execute(KEEP)
