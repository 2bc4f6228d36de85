"""Turns what the driver reports into errors without values."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg

from privaci_core.errors import CopyError

if TYPE_CHECKING:
    from collections.abc import Iterator

# What to do about errors that have nothing to do with the data.
REMEDIES = {
    "53100": "Make room on the server's disk, then resume or run again.",
    "53200": (
        "Give the server more memory, or lower its work_mem and maintenance_work_mem;"
        " then resume or run again."
    ),
    "53300": "Raise the server's max_connections, or use fewer connections (PRIVACI_CONNECTIONS).",
    "57014": "A user or a limit of the server cancelled the statement; resume or run again.",
    "57P01": (
        "The server was stopped, or the session was ended; resume or run again when it is back."
    ),
}
LOOK = "Look into the server's own log for the detail left out here."


@contextmanager
def driver_errors(doing: str, remediation: str = LOOK) -> Iterator[None]:
    """The one place that catches driver errors: drops their text, which may quote a value."""
    try:
        yield
    except psycopg.Error as error:
        remedy = REMEDIES.get(error.sqlstate or "", remediation)
        raise CopyError(doing, what_failed(error), remedy) from None


def what_failed(error: psycopg.Error) -> str:
    """A driver error without values: its kind, its SQLSTATE, and the objects that it names."""
    diag = error.diag
    named = (
        (word, getattr(diag, f"{word}_name"))
        for word in ("schema", "table", "column", "constraint", "datatype")
    )
    objects = ", ".join(f"{word} {name}" for word, name in named if name)
    kind = type(error).__name__
    state = f" (SQLSTATE {diag.sqlstate})" if diag.sqlstate else ""
    return f"{kind}{state}" + (f" at {objects}" if objects else "")
