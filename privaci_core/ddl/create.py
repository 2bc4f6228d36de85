"""Creates the source's objects on the target: dump entries in batches, or one at a time."""

from __future__ import annotations

import re
from contextlib import nullcontext
from itertools import groupby
from typing import TYPE_CHECKING

import psycopg
from psycopg import errors, sql

from privaci_core.ddl.dump import OWNER
from privaci_core.ddl.refused import refused
from privaci_core.ddl.statements import DEFAULT_METHOD
from privaci_core.postgres.limits import LIMITS
from privaci_core.postgres.session import pin
from privaci_core.postgres.together import parts_of, ran_together
from privaci_core.sql import query

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from privaci_core.ddl.dump import Entry
    from privaci_core.postgres.session import Connection

    # The role that it is bound to, if to one; its name; its value.
    Setting = tuple[str | None, str, str]

# Entries that only name owners and privileges: a role that the target lacks is a note, no error.
ABOUT_ROLES = frozenset({"ACL", "DEFAULT ACL"})
STATEMENT_END = re.compile(r";\n")
EXISTS_ALREADY = (errors.DuplicateTable, errors.DuplicateObject, errors.InvalidTableDefinition)
DEADLOCK_RETRIES = 5
# Settings that would end our own session, or its statements, if it had them itself.
HINDERING = frozenset({*LIMITS, "default_transaction_read_only"})
# The settings of pg_dump's own scripts: a body may name objects that do not exist yet.
DDL_SETTINGS = {
    "check_function_bodies": "false",
    "xmloption": "content",
    "client_min_messages": "warning",
    "default_table_access_method": DEFAULT_METHOD,
}


def create_objects(connection: Connection, entries: Iterable[Entry]) -> tuple[str, ...]:
    """Run pre-data entries in dump order; returns a note for each object that was left out."""
    prepare_for_ddl(connection)
    return tuple(run_entries(connection, entries, roles_of(connection)))


def prepare_for_ddl(connection: Connection) -> None:
    """Give a session the settings that a dump's script expects."""
    connection.autocommit = True
    set_for_ddl(connection)


def set_for_ddl(connection: Connection) -> None:
    """The same in a transaction of the caller's."""
    pin(connection, DDL_SETTINGS)


def roles_of(connection: Connection) -> frozenset[str]:
    """Every role that the session's user can make an owner."""
    # A superuser is a member of every role.
    rows = connection.execute(
        "SELECT rolname FROM pg_catalog.pg_roles"
        " WHERE pg_catalog.pg_has_role(current_user, oid, 'MEMBER')"
    )
    return frozenset(row[0] for row in rows)


def run_entries(
    connection: Connection, entries: Iterable[Entry], roles: frozenset[str], *, again: bool = False
) -> Iterator[str]:
    """Run entries in their order, many in one round trip and one transaction; yields notes.

    A batch that fails leaves nothing, and its entries run one by one: the error names its object.
    """
    for _, alike in groupby(entries, key=lambda entry: entry.kind in ABOUT_ROLES):
        for part in parts_of(list(alike)):
            known, notes = _of_known_owners(part, roles)
            yield from notes
            if len(known) > 1 and ran_together(connection, [entry.sql for entry in known]):
                continue
            for entry in known:
                yield from run_entry(connection, entry, again=again)


def _of_known_owners(
    entries: Iterable[Entry], roles: frozenset[str]
) -> tuple[list[Entry], list[str]]:
    """The entries without those that name owners whom the target lacks, and a note for each."""
    known: list[Entry] = []
    notes: list[str] = []
    for entry in entries:
        if entry.kind.endswith(OWNER) and entry.owner not in roles:
            notes.append(f"{entry}: {entry.owner} is not a role that the target's user has")
        else:
            known.append(entry)
    return known, notes


def run_entry(connection: Connection, entry: Entry, *, again: bool = False) -> Iterator[str]:
    """Run one entry in one transaction; yields a note for each statement that was left out.

    Where an entry runs `again`, an object that exists already is complete.
    """
    if entry.kind in ABOUT_ROLES:
        yield from _run_about_roles(connection, entry)
        return
    try:
        _execute(connection, entry.sql)
    except EXISTS_ALREADY as error:
        if not again:
            raise refused(entry, error) from None
    except errors.InsufficientPrivilege as error:
        if not entry.name.startswith("EXTENSION "):
            raise refused(entry, error) from None
        yield f"{entry}: only the extension's owner may comment on it"
    except psycopg.Error as error:
        raise refused(entry, error) from None


def _execute(connection: Connection, ddl: str) -> None:
    """Run DDL again after a deadlock: sessions add keys between the same tables."""
    for _ in range(DEADLOCK_RETRIES):
        try:
            with _taken_back(connection):
                connection.execute(ddl.encode())
        except errors.DeadlockDetected:
            continue
        return
    with _taken_back(connection):
        connection.execute(ddl.encode())


def _taken_back(connection: Connection) -> AbstractContextManager[object]:
    """Leave a caller's transaction usable where DDL fails; by itself, DDL is one of its own."""
    return nullcontext() if connection.autocommit else connection.transaction()


def _run_about_roles(connection: Connection, entry: Entry) -> Iterator[str]:
    for statement in statements(entry.sql):
        try:
            with _taken_back(connection):
                connection.execute(statement.encode())
        except (errors.UndefinedObject, errors.InsufficientPrivilege) as error:
            yield f"{entry}: {type(error).__name__} in one {statement.split(maxsplit=1)[0]}"
        except psycopg.Error as error:
            raise refused(entry, error) from None


def statements(script: str) -> Sequence[str]:
    """The statements of an ACL entry: pg_dump ends each with a semicolon at the line's end."""
    return [
        statement for part in STATEMENT_END.split(script) if (statement := part.strip().rstrip(";"))
    ]


def copy_database_settings(source: Connection, target: Connection) -> tuple[str, ...]:
    """Copy settings of the database itself, which no dump section has; returns notes."""
    return set_database_settings(target, database_settings(source))


def database_settings(connection: Connection) -> list[Setting]:
    """The settings of the session's database: of which role, or of none, their names and values."""
    return connection.execute(query("database_settings")).fetchall()


def set_database_settings(target: Connection, settings: Iterable[Setting]) -> tuple[str, ...]:
    """Set them for the target's database; returns a note for each that it refuses."""
    notes, database, roles = [], sql.Identifier(target.info.dbname), roles_of(target)
    for role, name, value in settings:
        if role is not None and role not in roles:
            notes.append(f"SETTING {name}: {role} is not a role of the target")
            continue
        bound_to = sql.SQL("" if role is None else "ROLE {} IN ").format(
            sql.Identifier(role or "-")
        )
        alter = sql.SQL("ALTER {}DATABASE {} SET {}").format(
            bound_to, database, sql.Identifier(*name.split("."))
        )
        try:
            # One that is refused must not end a transaction of the caller's.
            with nullcontext() if target.autocommit else target.transaction():
                _set(target, alter, name, value)
        except psycopg.Error as error:
            notes.append(f"SETTING {name}: {type(error).__name__}")
    return tuple(notes)


def _set(target: Connection, alter: sql.Composed, name: str, value: str) -> None:
    if name in HINDERING:
        target.execute(alter + sql.SQL(" = {}").format(sql.Literal(value)))
        return
    # FROM CURRENT keeps the quoting of lists.
    target.execute("SELECT pg_catalog.set_config(%s, %s, false)", [name, value])
    target.execute(alter + sql.SQL(" FROM CURRENT"))
