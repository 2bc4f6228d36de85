"""Makes the planner forget rows that were removed: TRUNCATE leaves the values that it remembers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from privaci_core.errors import CopyError
from privaci_core.postgres.names import table_name
from privaci_core.sql import query

if TYPE_CHECKING:
    from privaci_core.postgres.session import Connection

# From this version on, an owner can do it too.
OWNERS_CAN_CLEAR = 180000
FORGET = """
DELETE FROM pg_catalog.pg_statistic WHERE starelid IN (
    SELECT class.oid FROM pg_catalog.pg_class AS class
    JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = class.relnamespace
    WHERE nspname NOT IN ('pg_catalog', 'information_schema'))
"""
# Written when a refresh is published: the rows before these were masked too.
WAS_PUBLISHED = "SELECT pg_catalog.to_regclass('_privaci.audit_log') IS NOT NULL"
FORGET_TOGETHER = "DELETE FROM pg_catalog.pg_statistic_ext_data"


def forget_rows(target: Connection) -> None:
    """Remove the planner's statistics of all tables, as far as the user may; ANALYZE follows."""
    if target.info.parameter_status("is_superuser") == "on":
        target.execute(FORGET)
        target.execute(FORGET_TOGETHER)
    elif target.info.server_version >= OWNERS_CAN_CLEAR:
        target.execute(query("clear_statistics"))


def refuse_remembered(target: Connection) -> None:
    """Refuse statistics of rows that are gone, unless a refresh made those rows.

    A table that gets empty from one night to the next has statistics of masked rows.
    """
    if target.execute(WAS_PUBLISHED).fetchone() == (True,):
        return
    found = [table_name(*name) for name in target.execute(query("remembered_rows")).fetchall()]
    if not found:
        return
    raise CopyError(
        "Telling the planner of the rows",
        f"{len(found)} tables or indexes without rows, {found[0]} among them, have statistics"
        " of rows that they held before, and only a superuser can remove those before Postgres 18",
        "Let one run DELETE FROM pg_statistic WHERE starelid >= 16384, then resume; or use"
        " on_existing_data: drop_create, which drops them.",
    )
