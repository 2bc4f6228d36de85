"""Looks whether a copy may be written to the target at all, and makes room for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import psycopg
from psycopg import sql

from privaci_core.errors import PreflightError
from privaci_core.postgres.driver_errors import driver_errors
from privaci_core.postgres.dsn import describe
from privaci_core.sql import query
from privaci_core.target.unfinished import read_mark, set_mark

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from privaci_core.postgres.session import Connection
    from privaci_core.target.unfinished import Mark

OnExistingData = Literal["fail", "truncate", "drop_create", "swap"]


def refuse_unsafe_target(source: Connection, target: Connection) -> None:
    """Refuse a target that is the source itself, is marked as production, or will not let us write."""
    context = f"Checking {_name(target)} as the target"
    if _identity(source) == _identity(target):
        raise PreflightError(
            context, "it is the source database itself", "Name another database as the target."
        )
    marked = target.execute(
        "SELECT pg_catalog.current_setting('privaci.production', true)"
    ).fetchone()
    if marked and marked[0] in {"on", "true", "yes", "1"}:
        raise PreflightError(
            context,
            "the database is marked as production (privaci.production)",
            "If it is not one: ALTER DATABASE ... RESET privaci.production.",
        )
    allowed = target.execute(
        "SELECT pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE'),"
        " NOT pg_catalog.pg_is_in_recovery()"
    ).fetchone() or (False, False)
    if not all(allowed):
        cause = (
            "the user may not create schemas in it"
            if allowed[1]
            else "the server is a read-only standby"
        )
        raise PreflightError(
            context, cause, "GRANT CREATE ON DATABASE ... TO the user of the target URL."
        )


def make_room(target: Connection, on_existing_data: OnExistingData, mark: Mark) -> None:
    """Empty the target as the policy says, and mark it unfinished from here on."""
    held = tables_with_rows(target)
    if held and on_existing_data == "fail":
        raise PreflightError(
            f"Making room in {_name(target)}",
            f"{len(held)} tables hold rows already, {'.'.join(held[0])} among them",
            "Set on_existing_data to drop_create, truncate or swap, or empty the target"
            + (
                ", or go on with the refresh that broke off in it: privaci resume."
                if read_mark(target)
                else "."
            ),
        )
    with driver_errors(f"Emptying {_name(target)}"):
        set_mark(target, mark)
        for (command,) in target.execute(query("drop_objects")).fetchall():
            target.execute(command)


def truncate_tables(
    target: Connection,
    tables: Mapping[tuple[str, str], Iterable[str]],
    drops: Iterable[str],
    mark: Mark,
    kept: Collection[tuple[str, str]] = (),
) -> None:
    """Keep the target's own objects: take its rows, and what would act on new ones, away; and mark it unfinished.

    Tables that are `kept` stay as they are, rows and all.
    """
    context = f"Making room in {_name(target)}"
    missing = [
        f"{'.'.join(name)}{lacks}"
        for name, columns in tables.items()
        if (lacks := _lacks(target, name, columns))
    ]
    if missing:
        cause = "\n    - ".join(["the target's tables are not the source's", *missing])
        raise PreflightError(
            context,
            cause,
            "Use on_existing_data: drop_create, or bring the target's schema up to date.",
        )
    with driver_errors(
        context, "Use on_existing_data: drop_create, which makes every object anew."
    ):
        set_mark(target, mark)
        drop_all(target, tuple(drops))
        held = [
            sql.Identifier(*name)
            for name in target.execute(query("user_tables")).fetchall()
            if name not in kept
        ]
        if held:
            # Of each table alone: a partitioned one has no rows, and its leaves are named by themselves.
            emptied = sql.SQL(", ").join(sql.SQL("ONLY {}").format(name) for name in held)
            target.execute(sql.SQL("TRUNCATE {}").format(emptied))


def drop_all(target: Connection, commands: Sequence[str]) -> None:
    """Run drops in whatever order they go: of what was half built, one may hang on another that is not dropped yet."""
    while commands:
        left = [command for command in commands if not _goes(target, command)]
        if len(left) == len(commands):
            # None went: the first of them says why.
            target.execute(left[0].encode())
        commands = left


def _goes(target: Connection, command: str) -> bool:
    try:
        with target.transaction():
            target.execute(command.encode())
    except psycopg.Error:
        return False
    return True


def _lacks(target: Connection, name: tuple[str, str], columns: Iterable[str]) -> str:
    """What a table of the target lacks, in words."""
    known = "SELECT attname FROM pg_catalog.pg_attribute WHERE attrelid = pg_catalog.to_regclass(%s) AND attnum > 0"
    rows = target.execute(known, [sql.Identifier(*name).as_string(target)]).fetchall()
    if not rows:
        return " is not there"
    lacking = sorted(set(columns) - {row[0] for row in rows})
    return f" has no column {', '.join(lacking)}" if lacking else ""


def tables_with_rows(target: Connection) -> tuple[tuple[str, str], ...]:
    """The user tables of a database that hold at least one row."""
    names = target.execute(query("user_tables")).fetchall()
    has_row = sql.SQL("SELECT EXISTS (SELECT FROM ONLY {})")
    return tuple(
        (schema, name)
        for schema, name in names
        if (target.execute(has_row.format(sql.Identifier(schema, name))).fetchone() or (False,))[0]
    )


def _identity(connection: Connection) -> tuple[object, ...]:
    """The cluster and the database in it, whatever host or proxy we came through; a standby is its primary."""
    identity = (
        "SELECT system_identifier, (SELECT oid FROM pg_catalog.pg_database"
        " WHERE datname = pg_catalog.current_database()) FROM pg_catalog.pg_control_system()"
    )
    with driver_errors(
        f"Asking {_name(connection)} which cluster it is",
        "GRANT EXECUTE ON FUNCTION pg_control_system() TO the user.",
    ):
        return tuple(connection.execute(identity).fetchone() or ())


def _name(connection: Connection) -> str:
    return describe(connection.info.dsn)
