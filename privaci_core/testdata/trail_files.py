"""Writes the trail of test data as Parquet, a folder a day, from what the target keeps of it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import polars as pl

from privaci_core.postgres.driver_errors import driver_errors

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from privaci_core.postgres.session import Connection

# Beside the proofs.
FOLDER = "test-data"
DAYS = """
SELECT DISTINCT (at AT TIME ZONE 'UTC')::date FROM _privaci.test_event
WHERE %(since)s::date IS NULL OR at >= %(since)s::date::timestamp AT TIME ZONE 'UTC' ORDER BY 1
"""
READ = """
SELECT at, run, request, scenario, invoker, action, status, inputs::text, outputs::text,
       requirement_ids
FROM _privaci.test_event
WHERE at >= %(day)s::timestamp AT TIME ZONE 'UTC'
  AND at < (%(day)s + 1)::timestamp AT TIME ZONE 'UTC' ORDER BY place
"""
SCHEMA = pl.Schema(
    {
        "at": pl.Datetime("us", "UTC"),
        "run": pl.String(),
        "request": pl.String(),
        "scenario": pl.String(),
        "invoker": pl.String(),
        "action": pl.String(),
        "status": pl.String(),
        "inputs": pl.String(),
        "outputs": pl.String(),
        "requirement_ids": pl.List(pl.String()),
    }
)
HASH_DIGITS = 12


def write_trail_files(
    connection: Connection, folder: Path, refresh: str, since: date | None = None
) -> tuple[Path, ...]:
    """Write each day's events of a target, all or from a day on; returns the files.

    A day's file is replaced whole. The events of another refresh are in a file of their own, which
    stays when that refresh's target is replaced.
    """
    with driver_errors("Reading the trail of test data"):
        days = [day for (day,) in connection.execute(DAYS, {"since": since}).fetchall()]
        return tuple(_write_day(connection, folder, refresh, day) for day in days)


def _write_day(connection: Connection, folder: Path, refresh: str, day: date) -> Path:
    lines = connection.execute(READ, {"day": day}).fetchall()
    path = folder / f"day={day.isoformat()}" / f"{_name_of(refresh)}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    pl.DataFrame(lines, schema=SCHEMA, orient="row").write_parquet(draft)
    draft.replace(path)
    return path


def _name_of(refresh: str) -> str:
    """A short name for the refreshes of a target's rows."""
    return hashlib.sha256(refresh.encode()).hexdigest()[:HASH_DIGITS]
