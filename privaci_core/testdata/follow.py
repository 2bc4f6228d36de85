"""Reads the trail of test data onward, for those who keep copies of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg.rows import dict_row

from privaci_core.postgres.driver_errors import driver_errors
from privaci_core.testdata.events import COLUMNS, Event

if TYPE_CHECKING:
    from privaci_core.postgres.session import Connection

ARE_KEPT = "SELECT pg_catalog.to_regclass('_privaci.test_event') IS NOT NULL"
AFTER = f"""
SELECT place, {COLUMNS} FROM _privaci.test_event WHERE place > %s ORDER BY place LIMIT %s
"""  # noqa: S608 - names of columns alone
# Of a busy minute; the next look reads on.
MOST = 5_000


def events_after(connection: Connection, place: int, most: int = MOST) -> list[tuple[int, Event]]:
    """The events behind a place in the trail, each with its own; none where there is no trail."""
    with driver_errors("Reading the trail of test data"):
        if connection.execute(ARE_KEPT).fetchone() != (True,):
            return []
        with connection.cursor(row_factory=dict_row) as cursor:
            return [_placed(row) for row in cursor.execute(AFTER, [place, most]).fetchall()]


def _placed(row: dict[str, Any]) -> tuple[int, Event]:
    place = row.pop("place")
    return place, Event(**row | {"requirement_ids": tuple(row["requirement_ids"])})
