"""Turns what the driver reports into errors without values."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg

from privaci_core.errors import CopyError

if TYPE_CHECKING:
    from collections.abc import Iterator

CHANGED = "The schema changed after it was read: let the change end, then run again."
# What to do when the server has no room for another lock, which it reports as no memory.
LOCKS = (
    "Raise the server's max_locks_per_transaction (64 by default; 1024 serves some ten thousand"
    " tables with their indexes) and restart it, or exclude tables; then resume or run again."
)
# What pg_dump reports, which shows no SQLSTATE, and whose remedy it is.
BY_WORDS = (
    ("too many", "53300"),
    ("connection slots are reserved", "53300"),
    ("lock timeout", "55P03"),
    ("conflict with recovery", "40001"),
    ("terminating connection", "57P01"),
)
# The server's own files that report it.
LOCK_TABLES = frozenset({"lock.c", "predicate.c", "dynahash.c", "shmem.c"})


class SilentServerError(psycopg.OperationalError):
    """A server has not answered in time; its text is ours."""


SILENT = (
    "Look whether that process of the server is stopped, or its machine or network is; then"
    " continue with `privaci resume`, or run again."
)
# What to do about errors that have nothing to do with the data.
REMEDIES = {
    "22001": (
        "A value is longer than its column in the target. If the target's encoding is SQL_ASCII,"
        " it counts bytes: create it with ENCODING 'UTF8', or with that of the source."
    ),
    "22021": (
        "The source's encoding is SQL_ASCII, and the target refuses bytes that are no text in its"
        " own: create the target with ENCODING 'SQL_ASCII', or convert these values in the source."
    ),
    "22P05": (
        "The target's encoding has no such letter: create the target with ENCODING 'UTF8', or with"
        " that of the source."
    ),
    "40001": (
        "The standby ended the session so that it could replay changes: set hot_standby_feedback ="
        " on or raise its max_standby_streaming_delay, or read from the primary; then run again."
    ),
    "42703": CHANGED,
    "42P01": CHANGED,
    "53100": "Make room on the server's disk, then resume or run again.",
    "53200": (
        "Give the server more memory, or lower its work_mem and maintenance_work_mem;"
        " then resume or run again."
    ),
    "53300": (
        "End sessions of others, raise max_connections or the role's CONNECTION LIMIT, or use fewer"
        " connections (PRIVACI_CONNECTIONS); then resume or run again."
    ),
    "54000": (
        "Postgres sends no row of more than 1 GB, and bytea or xml may double on the way: exclude"
        " the table, or split the row in the source."
    ),
    "55P03": (
        "Another session holds a lock on the table, as ALTER TABLE and VACUUM FULL do: end it or"
        " wait for it; then run again."
    ),
    "57014": "A user or a limit of the server cancelled the statement; resume or run again.",
    "57P01": (
        "The server was stopped, or the session was ended: continue with `privaci resume`, or run"
        " again, when it is back."
    ),
    "57P02": "The server crashed: continue with `privaci resume`, or run again, when it is back.",
    "57P03": "The server is starting or stopping; resume or run again when it answers.",
}
# What to do about errors for which a step may know better.
GENERAL_REMEDIES = {
    "25006": (
        "The session is read-only: name the primary server, not a standby, and look for"
        " default_transaction_read_only in the settings of the role and the database."
    ),
    "40P01": "Another session locks the same tables; end it, then resume or run again.",
    "42501": (
        "Grant the role what this step needs: docs/how-to/roles.md says what each side needs."
    ),
}
LOST_CAUSE = "the connection to the server was lost"
LOST = (
    "The connection broke: the server, the network or a limit of a pooler ended it;"
    " continue with `privaci resume`, or run again, when the server answers."
)
# The server's own files that report a relation, a column, a constraint or a type by its catalog's
# name. A function in any language reports from another file, and may write what it likes.
NAMED_FROM_CATALOG = frozenset(
    f"{name}.c"
    for name in (
        "copyfrom",
        "domains",
        "execExprInterp",
        "execIndexing",
        "execMain",
        "execPartition",
        "execReplication",
        "nbtinsert",
        "nbtsort",
        "nodeModifyTable",
        "ri_triggers",
        "tablecmds",
        "tuplesort",
        "tuplesortvariants",
        "typecmds",
    )
)
LOOK = "Look into the server's own log for the detail left out here."


@contextmanager
def driver_errors(doing: str, remediation: str = "") -> Iterator[None]:
    """The one place that catches driver errors: drops their text, which may quote a value."""
    try:
        yield
    except psycopg.Error as error:
        raise CopyError(doing, what_failed(error), remedy_for(error, remediation)) from None


def remedy_for(error: psycopg.Error, otherwise: str = "") -> str:
    """What to do about an error of the driver."""
    return remedy_of(error, otherwise) or LOOK


def remedy_by_words(message: str, otherwise: str) -> str:
    """What to do about what a client program wrote."""
    if "out of shared memory" in message:
        return LOCKS
    return next((REMEDIES[state] for words, state in BY_WORDS if words in message), otherwise)


def remedy_of(error: psycopg.Error, otherwise: str = "") -> str:
    """What to do about a known kind of error; a step's own advice precedes what is general."""
    if isinstance(error, SilentServerError):
        return SILENT
    if isinstance(error, psycopg.OperationalError) and not error.sqlstate:
        return LOST
    if error.sqlstate == "53200" and _source_file(error.diag) in LOCK_TABLES:
        return LOCKS
    state = error.sqlstate or ""
    return REMEDIES.get(state) or otherwise or GENERAL_REMEDIES.get(state, "")


def what_failed(error: psycopg.Error) -> str:
    """A driver error without values: its kind, its SQLSTATE, and the objects that it names."""
    if isinstance(error, SilentServerError):
        return str(error)
    if isinstance(error, psycopg.OperationalError) and not error.sqlstate:
        return LOST_CAUSE
    named = _objects(error.diag)
    objects = ", ".join(f"{word} {name}" for word, name in named.items())
    state = documented(error.diag.sqlstate or "")
    return type(error).__name__ + state + (f" at {objects}" if objects else "")


def documented(sqlstate: str) -> str:
    """A code that Postgres documents; RAISE can set any five characters."""
    try:
        psycopg.errors.lookup(sqlstate)
    except KeyError:
        return ""
    return f" (SQLSTATE {sqlstate})"


def _objects(diag: psycopg.errors.Diagnostic) -> dict[str, str]:
    """The names that the server read from its catalog; RAISE can set each of them to a value."""
    if _source_file(diag) not in NAMED_FROM_CATALOG:
        return {}
    words = ("schema", "table", "column", "constraint", "datatype")
    names = ((word, getattr(diag, f"{word}_name")) for word in words)
    return {word: name for word, name in names if name}


def _source_file(diag: psycopg.errors.Diagnostic) -> str:
    """The server's own file that reports an error."""
    return (diag.source_file or "").rpartition("/")[2]
