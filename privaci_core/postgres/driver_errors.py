"""Turns what the driver reports into errors without values."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg

from privaci_core.errors import CopyError

if TYPE_CHECKING:
    from collections.abc import Iterator

# What to do about errors that say nothing of the data.
REMEDIES = {
    "53100": "Make room on the server's disk, then resume or run again: what was committed is kept where it can be.",
    "53200": "Give the server more memory, or lower its work_mem and maintenance_work_mem; then resume or run again.",
    "53300": "Raise the server's max_connections, or let fewer connections be used (PRIVACI_CONNECTIONS).",
    "57014": "Somebody cancelled the statement, or a limit of the server did; resume or run again.",
    "57P01": "The server was stopped, or somebody ended the session; resume or run again when it is there.",
}


@contextmanager
def driver_errors(
    doing: str, remediation: str = "Look into the server's own log for the detail left out here."
) -> Iterator[None]:
    """The one place that catches driver errors: keeps sqlstate and object names, drops DETAIL, CONTEXT and values."""
    try:
        yield
    except psycopg.Error as error:
        raise CopyError(
            doing, what_failed(error), REMEDIES.get(error.sqlstate or "", remediation)
        ) from None


def what_failed(error: psycopg.Error) -> str:
    """The value-free part of a driver error: its kind, sqlstate, and the objects the server named."""
    diag = error.diag
    named = (
        (word, getattr(diag, f"{word}_name"))
        for word in ("schema", "table", "column", "constraint", "datatype")
    )
    objects = ", ".join(f"{word} {name}" for word, name in named if name)
    kind = type(error).__name__
    state = f" (SQLSTATE {diag.sqlstate})" if diag.sqlstate else ""
    return f"{kind}{state}" + (f" at {objects}" if objects else "")
