"""Keeps all other roles out of a target from its first write until its publication."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg

from privaci_core.errors import PreflightError
from privaci_core.postgres.driver_errors import driver_errors
from privaci_core.postgres.dsn import describe
from privaci_core.target.access import access_to, close_to_others, give_access, ownership_of
from privaci_core.target.event_triggers import without_event_triggers

if TYPE_CHECKING:
    from privaci_core.postgres.session import Connection
    from privaci_core.target.access import Access

# What the database's rights were; aclitem keeps roles by number, whatever they are renamed to.
TABLE = """
CREATE SCHEMA IF NOT EXISTS _privaci;
CREATE TABLE IF NOT EXISTS _privaci.fence (
    since timestamptz NOT NULL DEFAULT pg_catalog.now(),
    datacl aclitem[],
    datconnlimit integer NOT NULL);
COMMENT ON TABLE _privaci.fence IS
    'Who could connect to this database before PrivaCI began to write to it.';
INSERT INTO _privaci.fence (datacl, datconnlimit)
SELECT datacl, datconnlimit FROM pg_catalog.pg_database
WHERE datname = pg_catalog.current_database() AND NOT EXISTS (SELECT FROM _privaci.fence);
"""
IS_FENCED = "SELECT pg_catalog.to_regclass('_privaci.fence') IS NOT NULL"
RECORDED_ACL = "SELECT datacl FROM _privaci.fence"
RECORDED_LIMIT = "SELECT datconnlimit FROM _privaci.fence"
REMOVE = "DROP TABLE _privaci.fence"
HOLDS_NOTHING = """
SELECT NOT EXISTS (SELECT FROM pg_catalog.pg_class
                   WHERE relnamespace = pg_catalog.to_regnamespace('_privaci'))
"""
# Superusers come back whatever is done; another role cannot even end their sessions.
OTHERS = """
SELECT activity.pid FROM pg_catalog.pg_stat_activity AS activity
JOIN pg_catalog.pg_roles AS theirs ON theirs.oid = activity.usesysid
JOIN pg_catalog.pg_roles AS ours ON ours.rolname = session_user
WHERE activity.datname = %s AND theirs.oid <> ours.oid AND (ours.rolsuper OR NOT theirs.rolsuper)
"""
END = "SELECT pg_catalog.pg_terminate_backend(pid) FROM ({}) AS others"
POLLS, POLL_SECONDS = 200, 0.05
BECOME_OWNER = (
    "Make the user the database's owner (ALTER DATABASE ... OWNER TO),"
    " or use on_existing_data: swap as a user with CREATEDB."
)


def fence(target: Connection) -> None:
    """Close the target to all other roles, end their sessions, and record what it was.

    Record and change are one transaction: a kill leaves both or neither. What an earlier run
    recorded stays, because it is what the database was before the first write.
    """
    database = target.info.dbname
    context = f"Keeping others out of {describe(target.info.dsn)} until it is proved"
    _refuse_strangers(target, database, context)
    with driver_errors(context, BECOME_OWNER), without_event_triggers(target):
        target.execute(TABLE)
        close_to_others(target, database)
    try:
        end_others(target, database)
    except psycopg.errors.InsufficientPrivilege:
        _take_back(target)
        raise PreflightError(
            context,
            "sessions of other roles are open in it, and the user may not end them",
            "GRANT pg_signal_backend TO the user, or end these sessions first.",
            "docs/how-to/roles.md",
        ) from None


def _take_back(target: Connection) -> None:
    """Undo a fence behind which nothing was written yet."""
    with without_event_triggers(target):
        unfence(target)
        if target.execute(HOLDS_NOTHING).fetchone() == (True,):
            target.execute("DROP SCHEMA _privaci")


def unfence(target: Connection) -> None:
    """Give the target back the rights that were recorded, in the caller's transaction."""
    recorded = recorded_access(target)
    if recorded is None:
        return
    with driver_errors(f"Opening {describe(target.info.dsn)} to others again", BECOME_OWNER):
        give_access(target, target.info.dbname, recorded)
        target.execute(REMOVE)


def recorded_access(target: Connection) -> Access | None:
    """Who could connect before the first write; None if the target is not fenced."""
    if target.execute(IS_FENCED).fetchone() != (True,):
        return None
    return access_to(target, target.info.dbname, RECORDED_ACL, RECORDED_LIMIT)


def end_others(server: Connection, database: str) -> None:
    """End the sessions that other roles have in a database, and wait until they are gone."""
    for _ in range(POLLS):
        if not server.execute(END.format(OTHERS).encode(), [database]).fetchall():
            return
        server.execute("SELECT pg_catalog.pg_sleep(%s)", [POLL_SECONDS])
    raise PreflightError(
        f"Ending the sessions of other roles in {database}",
        "the server has not ended them in time",
        "End these sessions, then run or resume again.",
    )


def _refuse_strangers(target: Connection, database: str, context: str) -> None:
    """Refuse a target that the user does not own: its rows could be read before they are proved."""
    ownership = ownership_of(target, database)
    if ownership and not (ownership.is_superuser or ownership.acts_as_owner):
        why = "the user is not the database's owner, so others could read rows that are not proved"
        raise PreflightError(context, why, BECOME_OWNER, "docs/how-to/roles.md")
