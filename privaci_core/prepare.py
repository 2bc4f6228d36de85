"""Looks whether a copy may be written to the target at all, and makes room for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from psycopg import sql

from privaci_core.errors import PreflightError
from privaci_core.postgres import describe, driver_errors
from privaci_core.sql import query

if TYPE_CHECKING:
    from privaci_core.postgres import Connection

OnExistingData = Literal["fail", "truncate", "drop_create", "swap"]

ROOM_MADE_BY = ("fail", "drop_create")
# What stands in a target while a copy is under way: whoever finds it knows that the data is not whole.
MARK = """
CREATE SCHEMA IF NOT EXISTS _privaci;
CREATE TABLE IF NOT EXISTS _privaci.unfinished (since timestamptz NOT NULL DEFAULT pg_catalog.now());
TRUNCATE _privaci.unfinished;
INSERT INTO _privaci.unfinished DEFAULT VALUES;
COMMENT ON TABLE _privaci.unfinished IS 'A PrivaCI copy into this database was begun and has not been finished.';
"""


def refuse_unsafe_target(source: Connection, target: Connection) -> None:
    """Refuse a target that is the source itself, is marked as production, or will not let us write."""
    context = f"Checking {_name(target)} as the target"
    if _identity(source) == _identity(target):
        raise PreflightError(context, "it is the source database itself", "Name another database as the target.")
    marked = target.execute("SELECT pg_catalog.current_setting('privaci.production', true)").fetchone()
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
        cause = "the user may not create schemas in it" if allowed[1] else "the server is a read-only standby"
        raise PreflightError(context, cause, "GRANT CREATE ON DATABASE ... TO the user of the target URL.")


def make_room(target: Connection, on_existing_data: OnExistingData) -> None:
    """Empty the target as the policy says, and mark it unfinished from here on."""
    if on_existing_data not in ROOM_MADE_BY:
        raise PreflightError(
            f"Making room in {_name(target)}",
            f"on_existing_data: {on_existing_data} is not there yet",
            f"Use one of: {', '.join(ROOM_MADE_BY)}.",
        )
    held = tables_with_rows(target)
    if held and on_existing_data == "fail":
        raise PreflightError(
            f"Making room in {_name(target)}",
            f"{len(held)} tables hold rows already, {'.'.join(held[0])} among them",
            "Set on_existing_data to drop_create, truncate or swap, or empty the target.",
        )
    with driver_errors(f"Emptying {_name(target)}"):
        target.execute(MARK)
        for (command,) in target.execute(query("drop_objects")).fetchall():
            target.execute(command)


def mark_finished(target: Connection) -> None:
    """Take the mark away: the copy is whole."""
    target.execute("DROP SCHEMA _privaci CASCADE")


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
    """The cluster and the database in it, whatever host or proxy we came through."""
    identity = (
        "SELECT system_identifier, (SELECT oid FROM pg_catalog.pg_database"
        " WHERE datname = pg_catalog.current_database()) FROM pg_catalog.pg_control_system()"
    )
    return tuple(connection.execute(identity).fetchone() or ())


def _name(connection: Connection) -> str:
    return describe(connection.info.dsn)
