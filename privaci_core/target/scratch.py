"""Removes a scratch target once nothing can be resumed in it."""

from __future__ import annotations

from contextlib import suppress

from psycopg import errors, sql

from privaci_core.postgres.driver_errors import driver_errors
from privaci_core.postgres.dsn import database_of
from privaci_core.postgres.session import maintenance, session
from privaci_core.target.unfinished import read_unfinished

IS_THERE = "SELECT FROM pg_catalog.pg_database WHERE datname = %s"


def drop_settled(dsn: str) -> None:
    """Drop a scratch target, unless it holds a refresh that can be resumed.

    One that another run has open stays: that run drops it.
    """
    name = database_of(dsn)
    with maintenance(dsn) as server:
        if not server.execute(IS_THERE, [name]).rowcount or _can_be_resumed(dsn):
            return
        with driver_errors("Dropping the scratch target"), suppress(errors.ObjectInUse):
            server.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))


def _can_be_resumed(dsn: str) -> bool:
    """Whether a refresh was begun in it and not published; a closed database says nothing else."""
    with session(dsn, autocommit=True) as target:
        mark = read_unfinished(target)
    return mark is not None and mark.has_objects
