"""Makes the empty database in which a backup is tried, and drops it afterwards."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from psycopg import sql

from privaci_core.baselines.pg_programs import MAJOR
from privaci_core.postgres.driver_errors import driver_errors
from privaci_core.postgres.embedded import SCHEME, embedded_for, reachable
from privaci_core.postgres.session import maintenance, source_session
from privaci_core.target.swap import create_beside, drop_beside, next_to

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MAY_CREATE = """
SELECT rolsuper OR rolcreatedb FROM pg_catalog.pg_roles WHERE rolname = current_user
"""
ROLES = "SELECT rolname FROM pg_catalog.pg_roles WHERE rolname !~ '^pg_'"


@contextmanager
def scratch_database(
    dsn: str, server_version: int, scratch: str = "", environ: Mapping[str, str] = os.environ
) -> Iterator[str]:
    """An empty database for what a target's backup holds, on the server that is named.

    If none is named, it is beside the target, or on an embedded server if the user may not create
    it there: only the target's own server surely has its extensions and collations.
    """
    url = scratch or _default(dsn, server_version)
    with reachable(url, environ) as server:
        if url.startswith(SCHEME):
            _take_roles(dsn, server)
        create_beside(server, "drill")
        try:
            yield next_to(server, "drill")
        finally:
            drop_beside(server, "drill")


def _default(dsn: str, server_version: int) -> str:
    """The target's own server, if its user may create databases or no other is at hand."""
    with source_session(dsn) as target:
        may_create = target.execute(MAY_CREATE).fetchone() == (True,)
    query = embedded_for(server_version // MAJOR)
    return dsn if may_create or not query else f"{SCHEME}drill?{query}"


def _take_roles(dsn: str, server: str) -> None:
    """Give the server the roles that a dump's grants and policies name; none can log in."""
    with source_session(dsn) as target:
        wanted = {name for (name,) in target.execute(ROLES)}
    with maintenance(server) as scratch, driver_errors("Preparing the embedded server"):
        there = {name for (name,) in scratch.execute(ROLES)}
        for name in sorted(wanted - there):
            scratch.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(name)))
