"""Copies a drawn schema and judges the copy; makes a failing one small."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg
from fuzz.on_tables import ROLES
from fuzz.oracle import differences, rebuilt
from substrate.databases import Databases, cloned

from privaci_core.errors import PrivaciError
from privaci_core.masks import Keys
from privaci_core.policy import parse_policy
from privaci_core.refresh.steps import copy_database

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

KEYS = Keys.of(b"a salt of the test suite, long enough", b"a pseudonym key of it, long enough too")
MODES = ("fail", "drop_create", "truncate", "swap")


@dataclass(frozen=True)
class Judged:
    """What became of a schema: the statements that Postgres took, what is wrong with the copy."""

    accepted: list[str]
    wrong: list[str]
    oracle: str = ""


def prepare(databases: Databases) -> None:
    """Create the roles that drawn grants name."""
    with psycopg.connect(databases.maintenance, autocommit=True) as connection:
        for role in ROLES:
            known = connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [role])
            if not known.rowcount:
                connection.execute(f"CREATE ROLE {role}".encode())


def judged(databases: Databases, statements: Sequence[str], mode: str) -> Judged:
    """Copy what the statements make, once and then again in a mode, and judge it."""
    with ExitStack() as held:
        source, target, expected = (held.enter_context(cloned(databases)) for _ in range(3))
        accepted = build(source, statements)
        oracle = rebuilt(source, expected)
        wrong: list[str] = []
        for again in ("fail", mode)[: 1 if mode == "fail" else 2]:
            policy = parse_policy(
                f'version: "1.0"\nauto_detect: false\non_existing_data: {again}\n'
            )
            try:
                copy_database(source, target, policy, KEYS)
            except PrivaciError as error:
                wrong.append(f"{again}: {error}")
                break
            except Exception as error:  # noqa: BLE001 - a copy never ends in a traceback
                wrong.append(f"{again}: {type(error).__name__}: {error}")
                break
            found = differences(source if oracle else expected, target)
            wrong += [f"{again}: {each}" for each in found]
            if wrong:
                break
        return Judged(accepted, wrong, oracle)


def build(dsn: str, statements: Sequence[str]) -> list[str]:
    """Run the statements that Postgres takes; returns them."""
    accepted = []
    with psycopg.connect(dsn, autocommit=True) as connection:
        for statement in statements:
            try:
                connection.execute(statement.encode())
            except psycopg.Error:
                continue
            accepted.append(statement)
    return accepted


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
