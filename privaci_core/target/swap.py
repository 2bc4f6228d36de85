"""Replaces the target by the database that was loaded beside it; the old one serves until then."""

from __future__ import annotations

import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Literal

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from privaci_core.errors import CopyError, PreflightError, PrivaciError
from privaci_core.postgres.driver_errors import driver_errors, what_failed
from privaci_core.postgres.dsn import database_of, describe
from privaci_core.postgres.session import maintenance
from privaci_core.target.access import access_to, close_to_others, give_access
from privaci_core.target.fence import end_others

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from privaci_core.postgres.session import Connection
    from privaci_core.target.access import Access

# What is loaded beside the target: its successor, some of its tables, or a backup to be tried.
Beside = Literal["next", "tables", "drill"]
NEEDS_CREATEDB: dict[Beside, str] = {
    "next": "Give the user CREATEDB, which on_existing_data: swap needs; or use drop_create.",
    "tables": "Give the user CREATEDB: some tables alone are loaded and proved in a database beside"
    " the target. Or refresh the whole: privaci run.",
    "drill": "Give the user CREATEDB there: a backup is tried in a database of its own."
    " Or name another server to try it on: --scratch.",
}
NAME_BYTES = 63
# The settings of a database: its replacement must compare and sort as it does.
SETTINGS = """
SELECT pg_catalog.pg_encoding_to_char(encoding), datcollate, datctype,
       pg_catalog.pg_get_userbyid(datdba),
       (SELECT rolsuper OR rolcreatedb FROM pg_catalog.pg_roles WHERE rolname = current_user)
FROM pg_catalog.pg_database WHERE datname = %s
"""
IS_OURS = """
SELECT FROM pg_catalog.pg_database
WHERE datname = %s AND pg_catalog.pg_has_role(current_user, datdba, 'USAGE')
"""
END_SESSIONS = """
SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity WHERE datname = %s
"""
POLLS, POLL_SECONDS = 100, 0.05


def next_to(dsn: str, word: Beside = "next") -> str:
    """The DSN of the database that is loaded beside the target."""
    return make_conninfo(dsn, dbname=_beside(database_of(dsn), word))


def create_beside(dsn: str, word: Beside) -> None:
    """Create the empty database beside the target, in place of one that an earlier copy left."""
    beside, context = _beside(database_of(dsn), word), _creating(dsn, word)
    with maintenance(dsn) as server:
        settings = settings_beside(server, dsn, word)
        with driver_errors(context):
            _drop(server, beside)
            server.execute(_creation(beside, settings))
            # It is empty until now; what it will hold is for nobody else before it is proved.
            close_to_others(server, beside)
            end_others(server, beside)


def settings_beside(server: Connection, dsn: str, word: Beside) -> Sequence[str]:
    """The settings of a database beside the target; refuses a user who may not create it."""
    settings: Sequence[str] | None = server.execute(SETTINGS, [database_of(dsn)]).fetchone()
    if settings is None or not settings[4]:
        missing = "there is no such database"
        raise PreflightError(
            _creating(dsn, word),
            missing if settings is None else "the user may not create databases",
            NEEDS_CREATEDB[word],
        )
    return settings


def _creating(dsn: str, word: Beside) -> str:
    return f"Creating {_beside(database_of(dsn), word)} beside {describe(dsn)}"


def drop_beside(dsn: str, word: Beside) -> None:
    """Drop the database beside the target, whatever it holds."""
    beside = _beside(database_of(dsn), word)
    with maintenance(dsn) as server, driver_errors(f"Dropping {beside}"):
        _drop(server, beside)


def drop_left_beside(target: Connection, dsn: str, word: Beside) -> None:
    """Drop what a killed run left beside the target; a user who may not see to it is not asked."""
    left = target.execute(IS_OURS, [_beside(database_of(dsn), word)]).rowcount
    if left:
        drop_beside(dsn, word)


def _creation(name: str, settings: Sequence[str]) -> sql.Composed:
    """The statement that creates a database with another one's settings."""
    encoding, collate, ctype, owner, *_ = settings
    options = sql.SQL("TEMPLATE template0 ENCODING {} LC_COLLATE {} LC_CTYPE {} OWNER {}").format(
        sql.Literal(encoding), sql.Literal(collate), sql.Literal(ctype), sql.Identifier(owner)
    )
    return sql.SQL("CREATE DATABASE {} {}").format(sql.Identifier(name), options)


def swap_in(dsn: str, access: Access | None = None) -> None:
    """Give the database beside the target its name and its rights, and drop the old one.

    A target that an earlier refused refresh left closed tells in `access` what its rights were.
    """
    name = database_of(dsn)
    beside, old = _beside(name, "next"), _beside(name, "old")
    with maintenance(dsn) as server:
        with driver_errors(f"Dropping {old}, which an earlier swap left"):
            _drop(server, old)
        try:
            # One transaction: a kill leaves both databases as they were, or both exchanged.
            with server.transaction():
                _exchange(server, dsn, (name, beside, old), access or access_to(server, name))
        except psycopg.Error as error:
            remedy = (
                "Give the target's user ownership of the database and pg_signal_backend;"
                " the old one is in place."
            )
            doing = f"Putting {beside} in the place of {name}"
            raise CopyError(doing, what_failed(error), remedy) from None
        with driver_errors(f"Dropping the old {name}"):
            _drop(server, old)


def _exchange(
    server: Connection, dsn: str, names: tuple[str, str, str], access: Access | None
) -> None:
    """Rename both databases; who may use the old one may use the new one from the commit on."""
    name, beside, old = names
    rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    with _sessions_ended(dsn, (name, beside)):
        for now, later in ((name, old), (beside, name)):
            server.execute(rename.format(sql.Identifier(now), sql.Identifier(later)))
    if access is not None:
        give_access(server, name, access)


@contextmanager
def _sessions_ended(dsn: str, databases: Sequence[str]) -> Iterator[None]:
    """End the sessions of databases that are being renamed, from another session.

    A rename locks its database, so that new sessions wait, and fails if old ones stay for 5 s.
    """
    renamed = threading.Event()

    def end() -> None:
        # Without the right to end them, the rename itself says that they are in its way.
        with suppress(psycopg.Error, PrivaciError), maintenance(dsn) as server:
            while not renamed.is_set():
                for database in databases:
                    server.execute(END_SESSIONS, [database])
                renamed.wait(POLL_SECONDS)

    thread = threading.Thread(target=end, daemon=True)
    thread.start()
    try:
        yield
    finally:
        renamed.set()
        thread.join()


def _drop(server: Connection, name: str) -> None:
    _end_sessions(server, name)
    server.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))


def _end_sessions(server: Connection, name: str) -> None:
    """End the sessions of a database, and wait until they are gone."""
    for _ in range(POLLS):
        if not server.execute(END_SESSIONS, [name]).fetchall():
            return
        server.execute("SELECT pg_catalog.pg_sleep(%s)", [POLL_SECONDS])


def _beside(name: str, word: str) -> str:
    """A name with a suffix, cut to the bytes that Postgres keeps."""
    kept = name.encode()[: NAME_BYTES - len(word) - 1]
    return f"{kept.decode(errors='ignore')}_{word}"
