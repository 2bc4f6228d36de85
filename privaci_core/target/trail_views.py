"""Offers the audit trail in the tables and columns that SQL written for PrivaCI reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql

from privaci_core.sql import query

if TYPE_CHECKING:
    from privaci_core.postgres.session import Connection

# What PrivaCI itself kept in this target: it stays, under names that nothing of ours has.
THEIRS = ("runs", "table_checkpoints", "audit_log", "schema_metadata")
IS_THEIRS = """
SELECT EXISTS (SELECT FROM pg_catalog.pg_attribute
               WHERE attrelid = log.oid AND attname = 'audit_id' AND attgenerated = '')
FROM pg_catalog.pg_class AS log WHERE log.oid = pg_catalog.to_regclass('_privaci.audit_log')
"""
HAS_COLUMNS = """
SELECT FROM pg_catalog.pg_attribute
WHERE attrelid = pg_catalog.to_regclass('_privaci.audit_log') AND attname = 'payload'
"""
SET_ASIDE = sql.SQL("ALTER TABLE IF EXISTS {} RENAME TO {}")


def set_aside_theirs(target: Connection) -> None:
    """Rename the tables of a target that PrivaCI wrote before, whose trail has another layout."""
    row = target.execute(IS_THEIRS).fetchone()
    if row is None or not row[0]:
        return
    for name in THEIRS:
        old, new = sql.Identifier("_privaci", name), sql.Identifier(f"{name}_of_privaci")
        target.execute(SET_ASIDE.format(old, new))


def add_views(target: Connection) -> None:
    """Add the columns and the views to a trail that lacks them."""
    if target.execute(HAS_COLUMNS).rowcount:
        return
    with target.transaction():
        target.execute(query("trail_columns"))
        target.execute(query("trail_views"))
