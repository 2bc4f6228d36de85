"""Has the server fetch rows by their addresses, instead of reading whole tables for them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from psycopg import sql

from privaci_core.postgres.driver_errors import driver_errors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from privaci_core.postgres.session import Connection

# The planner takes each address for a seek of the disk, though the addresses come in order. With
# its default of 4 it reads all of a table for one row of each block, and tests each row of it.
PAGE_COST = 1.1
DOING = "Preparing to choose the rows of a subset"


@contextmanager
def cheap_seeks(connection: Connection) -> Iterator[None]:
    """Plan with cheap seeks for a while; a server's own setting that is lower stays."""
    with driver_errors(DOING):
        ((before,),) = connection.execute("SHOW random_page_cost").fetchall()
        _set(connection, min(float(before), PAGE_COST))
    yield
    with driver_errors(DOING):
        _set(connection, float(before))


def _set(connection: Connection, cost: float) -> None:
    """Until the transaction ends, which holds the snapshot."""
    connection.execute(sql.SQL("SET LOCAL random_page_cost = {}").format(sql.Literal(cost)))
