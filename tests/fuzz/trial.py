"""Copies a drawn schema and judges the copy; makes a failing one small."""

from __future__ import annotations

from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import psycopg
from fuzz.archives import misread
from fuzz.encodings import UTF8, template_in
from fuzz.on_tables import ROLES
from fuzz.oracle import Things, archive_of, differences, rebuild, script_of, things_of
from psycopg import sql
from substrate.databases import Databases, cloned

from privaci_core.errors import PrivaciError
from privaci_core.masks import Keys
from privaci_core.policy import parse_policy
from privaci_core.postgres.session import pin
from privaci_core.refresh.steps import copy_database

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

KEYS = Keys.of(b"a salt of the test suite, long enough", b"a pseudonym key of it, long enough too")
SUBSCRIPTIONS = """
SELECT subname FROM pg_catalog.pg_subscription WHERE subdbid = (
    SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
"""
MODES = ("fail", "drop_create", "truncate", "swap")


@dataclass(frozen=True)
class Judged:
    """What became of a schema: the statements that Postgres took, what is wrong with the copy."""

    accepted: list[str]
    wrong: list[str]
    # What the copy said of an object that Postgres's own programs do not rebuild either.
    refused: str = ""


def prepare(databases: Databases) -> None:
    """Create the roles that drawn grants name."""
    with psycopg.connect(databases.maintenance, autocommit=True) as connection:
        for role in ROLES:
            # Another worker may create it in the same moment.
            with suppress(psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
                connection.execute(f"CREATE ROLE {role}".encode())


def judged(
    databases: Databases, statements: Sequence[str], mode: str, encoding: str = UTF8
) -> Judged:
    """Copy what the statements make, once and then again in a mode, and judge it."""
    template = template_in(databases, encoding)
    with ExitStack() as held:
        source, target = (held.enter_context(cloned(databases, template)) for _ in range(2))
        accepted = build(source, statements)
        # A database with a subscription cannot be dropped.
        held.callback(end_subscriptions, source)
        archive = archive_of(source)
        script = script_of(archive, source)
        if wrong := misread(archive, script):
            return Judged(accepted, wrong)
        judge = Judge(databases, template, source, things_of(source, script))
        for again in ("fail", mode)[: 1 if mode == "fail" else 2]:
            try:
                wrong = _copied(source, target, again) or judge.wrong(target)
            except PrivaciError as error:
                if judge.is_refused_too(str(error)):
                    return Judged(accepted, [], str(error))
                wrong = [str(error)]
            if wrong:
                return Judged(accepted, [f"{again}: {each}" for each in wrong])
        return Judged(accepted, [])


def _copied(source: str, target: str, on_existing: str) -> list[str]:
    """Copy a database; returns what ended the copy as a traceback, which none may."""
    policy = f'version: "1.0"\nauto_detect: false\non_existing_data: {on_existing}\n'
    try:
        copy_database(source, target, parse_policy(policy), KEYS)
    except PrivaciError:
        raise
    except Exception as error:  # noqa: BLE001 - a copy never ends in a traceback
        return [f"{type(error).__name__}: {error}"]
    return []


@dataclass
class Judge:
    """Judges copies of one source."""

    databases: Databases
    template: str | None
    source: str
    expected: Things

    def wrong(self, target: str) -> list[str]:
        """What is wrong with a copy."""
        found = things_of(target)
        different = differences(self.expected, found)
        if different and not self.rebuilt[1]:
            return differences(self.rebuilt[0], found)
        return different

    def is_refused_too(self, error: str) -> bool:
        """Whether Postgres's own programs end with the same error."""
        return any(f"SQLSTATE {state})" in error for state in self.rebuilt[1])

    @cached_property
    def rebuilt(self) -> tuple[Things, list[str]]:
        """What pg_dump and psql make of the source, and their errors: few copies need it."""
        with cloned(self.databases, self.template) as third:
            errors = rebuild(self.source, third)
            return things_of(third), errors


def build(dsn: str, statements: Sequence[str]) -> list[str]:
    """Run the statements that Postgres takes; returns them."""
    accepted = []
    with psycopg.connect(dsn, autocommit=True, client_encoding="UTF8") as connection:
        for statement in statements:
            try:
                connection.execute(statement.encode())
            except psycopg.Error:
                continue
            accepted.append(statement)
    return accepted


def end_subscriptions(dsn: str) -> None:
    """Drop a database's subscriptions, which have no slot on any server."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        pin(connection)
        for (name,) in connection.execute(SUBSCRIPTIONS).fetchall():
            connection.execute(sql.SQL("DROP SUBSCRIPTION {}").format(sql.Identifier(name)))


def smaller(statements: list[str], still_wrong: Callable[[list[str]], bool]) -> list[str]:
    """The statements that are needed for a failure, found by leaving out more and more."""
    size = max(len(statements) // 2, 1)
    while True:
        place, before = 0, len(statements)
        while place < len(statements):
            fewer = statements[:place] + statements[place + size :]
            if still_wrong(fewer):
                statements = fewer
            else:
                place += size
        if size == 1 and len(statements) == before:
            return statements
        size = max(size // 2, 1)
