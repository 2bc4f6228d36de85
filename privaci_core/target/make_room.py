"""Checks that a copy may be written to the target, and empties the target for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import psycopg
from psycopg import sql

from privaci_core.errors import PreflightError
from privaci_core.postgres.driver_errors import driver_errors
from privaci_core.postgres.dsn import describe
from privaci_core.postgres.together import parts_of, ran_together, run_in_parts
from privaci_core.sql import query
from privaci_core.target.event_triggers import STATES
from privaci_core.target.fence import fence
from privaci_core.target.remembered import forget_rows
from privaci_core.target.test_runs import end_runs
from privaci_core.target.unfinished import mark_unfinished, read_unfinished

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from privaci_core.postgres.session import Connection
    from privaci_core.target.unfinished import Unfinished

OnExistingData = Literal["fail", "truncate", "drop_create", "swap"]


HAS_COLUMNS = """
SELECT place, attname FROM pg_catalog.unnest(%s::text[]) WITH ORDINALITY AS tables (name, place)
LEFT JOIN pg_catalog.pg_attribute ON attrelid = pg_catalog.to_regclass(name) AND attnum > 0
WHERE pg_catalog.to_regclass(name) IS NOT NULL
"""
# Triggers of people's that fire when a table is truncated (the bit 32 of tgtype).
TRUNCATE_TRIGGERS = """
SELECT nspname, relname, tgname, tgenabled::text FROM pg_catalog.pg_trigger
JOIN pg_catalog.pg_class AS class ON class.oid = tgrelid
JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = relnamespace
WHERE NOT tgisinternal AND tgtype & 32 <> 0 AND tgenabled <> 'D' AND nspname <> '_privaci'
"""
UNLINK_ALL = "SELECT pg_catalog.lo_unlink(oid) FROM pg_catalog.pg_largeobject_metadata"
IS_PRODUCTION = "SELECT pg_catalog.current_setting('privaci.production', true)"
CAN_WRITE = """
SELECT pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE'),
       NOT pg_catalog.pg_is_in_recovery()
"""
# Rows of another server come in by them; to drop one removes its slot on that server.
WITH_SLOTS = """
SELECT subname FROM pg_catalog.pg_subscription WHERE subslotname IS NOT NULL AND subdbid = (
    SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
ORDER BY subname
"""
# The cluster and the database in it, through any host or proxy; a standby has its primary's.
IDENTITY = """
SELECT system_identifier, (SELECT oid FROM pg_catalog.pg_database
                           WHERE datname = pg_catalog.current_database())
FROM pg_catalog.pg_control_system()
"""


def refuse_unsafe_target(source: Connection, target: Connection) -> None:
    """Refuse a target that is the source, is marked as production, or cannot be written."""
    context = f"Checking {_name(target)} as the target"
    if _identity(source) == _identity(target):
        why = "it is the source database itself"
        raise PreflightError(context, why, "Name another database as the target.")
    refuse_unwritable(target, context)


def refuse_unwritable(target: Connection, context: str) -> None:
    """Refuse a database that is marked as production, or cannot be written."""
    marked = target.execute(IS_PRODUCTION).fetchone()
    if marked and marked[0] in {"on", "true", "yes", "1"}:
        raise PreflightError(
            context,
            "the database is marked as production (privaci.production)",
            "If it is not one: ALTER DATABASE ... RESET privaci.production.",
        )
    may_create, is_primary = target.execute(CAN_WRITE).fetchone() or (False, False)
    if not (may_create and is_primary):
        why = "the user may not create schemas in it"
        raise PreflightError(
            context,
            why if is_primary else "the server is a read-only standby",
            "GRANT CREATE ON DATABASE ... TO the user of the target URL.",
        )


def make_room(target: Connection, on_existing_data: OnExistingData, mark: Unfinished) -> None:
    """Drop the target's objects as the policy says, and mark it as unfinished."""
    full = tables_with_rows(target)
    if full and on_existing_data == "fail":
        or_resume = ", or resume its unfinished refresh: privaci resume"
        raise PreflightError(
            f"Emptying {_name(target)}",
            f"{len(full)} tables hold rows already, {'.'.join(full[0])} among them",
            "Set on_existing_data to drop_create, truncate or swap, or empty the target"
            f"{or_resume if read_unfinished(target) else ''}.",
        )
    _refuse_subscriptions(target)
    if on_existing_data != "swap":
        fence(target)
    with driver_errors(f"Emptying {_name(target)}"):
        mark_unfinished(target, mark)
        end_runs(target)
        remove_objects(target)


def _refuse_subscriptions(target: Connection) -> None:
    """Refuse a target that takes rows from another server, where a slot waits for it."""
    found = [name for (name,) in target.execute(WITH_SLOTS).fetchall()]
    if found:
        raise PreflightError(
            f"Emptying {_name(target)}",
            f"it subscribes to another server: {', '.join(found)}",
            f"End that first: DROP SUBSCRIPTION {found[0]}. It removes the slot on that server.",
        )


def remove_objects(target: Connection) -> None:
    """Drop every object of the target but our own."""
    with driver_errors(f"Emptying {_name(target)}"):
        commands = target.execute(query("drop_objects")).fetchall()
        run_in_parts(target, (command for (command,) in commands))


def remove_rows(target: Connection) -> None:
    """Remove the rows of all tables and materialized views, and the large objects."""
    with driver_errors(f"Emptying {_name(target)}"), target.transaction():
        for name in target.execute(query("matviews")).fetchall():
            emptied = sql.SQL("REFRESH MATERIALIZED VIEW {} WITH NO DATA")
            target.execute(emptied.format(sql.Identifier(*name)))
        triggers = target.execute(TRUNCATE_TRIGGERS).fetchall()
        for schema, table, name, _ in triggers:
            _set_trigger(target, (schema, table, name), "DISABLE")
        _truncate(target, ())
        for schema, table, name, state in triggers:
            _set_trigger(target, (schema, table, name), STATES[state])
        target.execute(UNLINK_ALL)


def _set_trigger(target: Connection, names: tuple[str, str, str], state: str) -> None:
    """Enable or disable a trigger: `schema, table, trigger`."""
    *table, trigger = names
    alter = sql.SQL("ALTER TABLE {} {} TRIGGER {}")
    target.execute(alter.format(sql.Identifier(*table), sql.SQL(state), sql.Identifier(trigger)))


def truncate_tables(
    target: Connection,
    tables: Mapping[tuple[str, str], Iterable[str]],
    drops: Iterable[str],
    mark: Unfinished,
    kept: Collection[tuple[str, str]] = (),
) -> None:
    """Remove rows, and what would act on new ones; other objects stay, as do `kept` tables."""
    context = f"Emptying {_name(target)}"
    _refuse_differing_tables(target, tables, context)
    fence(target)
    with driver_errors(
        context, "Use on_existing_data: drop_create, which creates every object again."
    ):
        mark_unfinished(target, mark)
        end_runs(target)
        drop_all(target, tuple(drops))
        _truncate(target, kept)


def _refuse_differing_tables(
    target: Connection, tables: Mapping[tuple[str, str], Iterable[str]], context: str
) -> None:
    """Refuse a target that lacks a table or column of the source."""
    names = [sql.Identifier(*name).as_string(target) for name in tables]
    found: dict[int, set[str]] = {}
    for place, column in target.execute(HAS_COLUMNS, [names]).fetchall():
        found.setdefault(place, set()).add(column)
    lacking = [
        f"{'.'.join(name)}{lack}"
        for place, (name, columns) in enumerate(tables.items(), start=1)
        if (lack := _lack(found.get(place), columns))
    ]
    if lacking:
        raise PreflightError(
            context,
            "\n    - ".join(["the target's tables differ from the source's", *lacking]),
            "Use on_existing_data: drop_create, or bring the target's schema up to date.",
        )


def _lack(found: set[str] | None, columns: Iterable[str]) -> str:
    """What a table of the target lacks, in words; empty if nothing."""
    if found is None:
        return " is not there"
    lacking = sorted(set(columns) - found)
    return f" has no column {', '.join(lacking)}" if lacking else ""


def _truncate(target: Connection, kept: Collection[tuple[str, str]]) -> None:
    """Truncate every table alone: leaves of a partitioned table are listed themselves."""
    names = target.execute(query("user_tables")).fetchall()
    emptied = [
        sql.SQL("ONLY {}").format(sql.Identifier(*name)) for name in names if name not in kept
    ]
    if emptied:
        target.execute(sql.SQL("TRUNCATE {}").format(sql.SQL(", ").join(emptied)))
    forget_rows(target)


def drop_all(target: Connection, commands: Sequence[str]) -> None:
    """Run drops in an order that works: an object may depend on one that is dropped later."""
    while commands:
        left = [
            command
            for part in parts_of([f"{command.rstrip(';')};" for command in commands])
            if not ran_together(target, part)
            for command in part
            if not _succeeds(target, command)
        ]
        if len(left) == len(commands):
            # No drop succeeded: the first one's error says why.
            target.execute(left[0].encode())
        commands = left


def _succeeds(target: Connection, command: str) -> bool:
    try:
        with target.transaction():
            target.execute(command.encode())
    except psycopg.Error:
        return False
    return True


def tables_with_rows(target: Connection) -> tuple[tuple[str, str], ...]:
    """The user tables of a database that hold at least one row."""
    names = target.execute(query("user_tables")).fetchall()
    return tuple(name for part in parts_of(names) for name in _with_rows(target, part))


def _with_rows(target: Connection, names: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Those of some tables that hold a row, by one statement."""
    has_row = sql.SQL("EXISTS (SELECT FROM ONLY {})")
    asked = sql.SQL(", ").join(has_row.format(sql.Identifier(*name)) for name in names)
    found = target.execute(sql.SQL("SELECT {}").format(asked)).fetchone() or ()
    return (name for name, has in zip(names, found, strict=True) if has)


def _identity(connection: Connection) -> tuple[object, ...]:
    """What tells one database from all others."""
    with driver_errors(
        f"Asking {_name(connection)} which cluster it is",
        "GRANT EXECUTE ON FUNCTION pg_control_system() TO the user.",
    ):
        return tuple(connection.execute(IDENTITY).fetchone() or ())


def _name(connection: Connection) -> str:
    return describe(connection.info.dsn)
