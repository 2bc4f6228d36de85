"""Tells which runs of test data have rows in a target, and ends them when a refresh empties it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from privaci_core.postgres.driver_errors import driver_errors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from privaci_core.postgres.session import Connection

ARE_KEPT = "SELECT pg_catalog.to_regclass('_privaci.test_run') IS NOT NULL"
OPEN = "SELECT run FROM _privaci.test_run WHERE status IN ('creating', 'ready') ORDER BY run"
# Their rows go with the target's: a key that a run knew may be that of another row afterwards.
END = """
WITH ended AS (
    UPDATE _privaci.test_run SET status = 'ended', ended = pg_catalog.clock_timestamp()
    WHERE status IN ('creating', 'ready') AND database_name IS NULL RETURNING run
), no_rows AS (
    DELETE FROM _privaci.test_row WHERE run IN (SELECT run FROM ended)
)
DELETE FROM _privaci.test_reservation WHERE run IN (SELECT run FROM ended)
"""
FEW = 3


def open_runs(target: Connection) -> tuple[str, ...]:
    """The runs of test data that were not reset, oldest first; none where none was ever made."""
    with driver_errors("Looking for runs of test data in the target"):
        if target.execute(ARE_KEPT).fetchone() != (True,):
            return ()
        return tuple(run for (run,) in target.execute(OPEN).fetchall())


def end_runs(target: Connection) -> None:
    """Note that the rows of open runs are gone; a run with a database of its own keeps it."""
    with driver_errors("Ending the runs of test data in the target"):
        if target.execute(ARE_KEPT).fetchone() == (True,):
            target.execute(END)


def note_on_runs(runs: Sequence[str]) -> tuple[str, ...]:
    """What a refresh says of the runs that it ends: nothing, or one note."""
    if not runs:
        return ()
    named = ", ".join(runs[:FEW]) + (f" and {len(runs) - FEW} more" if runs[FEW:] else "")
    return (f"TEST DATA: the refresh removes the rows of open test runs: {named}",)
