"""Gives a run a whole database of its own, copied from the target, and drops it again."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import psycopg
from psycopg.conninfo import make_conninfo

from privaci_core.errors import PrivaciError
from privaci_core.postgres.driver_errors import driver_errors, what_failed
from privaci_core.postgres.session import session
from privaci_core.testdata.branch import address_of, create_branch, drop_branch
from privaci_core.testdata.errors import SeedFailed
from privaci_core.testdata.pool import NAME, PINS
from privaci_core.testdata.registry import add_run, all_runs, close_run, open_run
from privaci_core.testdata.request import run_values
from privaci_core.testdata.reset import CLEANED, Asked, Reset, reset_run, trail_of
from privaci_core.testdata.run_errors import BranchRefused
from privaci_core.testdata.tokens import TIME_LETTERS

if TYPE_CHECKING:
    from collections.abc import Callable

    from privaci_core.postgres.session import Connection
    from privaci_core.testdata.answer import Answer
    from privaci_core.testdata.events import Outlet, Trail
    from privaci_core.testdata.open_target import OpenTarget
    from privaci_core.testdata.registry import Run
    from privaci_core.testdata.request import Wanted

    Seed = Callable[[Connection, Wanted, Trail, Outlet | None], Answer]
FORGET = "DELETE FROM _privaci.test_run WHERE run = %s"


def seed_in_own(
    target: OpenTarget,
    wanted: Callable[..., Wanted],
    make: Seed,
    trail: Trail,
    outlet: Outlet | None,
) -> Answer:
    """Copy the target, make the rows in the copy, and tell of both in the target.

    The run is registered first: a process that is killed leaves nothing that no reset finds.
    """
    with target.session() as (connection, refresh):
        asked = wanted(refresh=refresh)
        target.facts(refresh)
        name = name_of(asked.run)
        with driver_errors(asked.doing):
            add_run(connection, run_values(asked, "creating", name))
    try:
        with target.pool.emptied():
            branch = create_branch(target.dsn, name, run=asked.run, ttl=asked.ttl)
        answer = _made(target, branch.database, asked, make, trail)
        with (
            target.session() as (connection, _),
            driver_errors(asked.doing),
            connection.transaction(),
        ):
            open_run(connection, asked.run)
            trail.write(connection, outlet)
        return replace(answer, database=address_of(target.dsn, branch.database))
    except BaseException:
        _undo(target, name, asked)
        raise


def name_of(run: str) -> str:
    """The name of a run's branch: the part of its name that was drawn."""
    return run[TIME_LETTERS:].lower()


def _made(target: OpenTarget, database: str, asked: Wanted, make: Seed, trail: Trail) -> Answer:
    """Make the rows in the copy, which other runs' rows are taken out of first."""
    catalog = target.facts(asked.refresh).catalog
    dsn = make_conninfo(target.dsn, dbname=database)
    with session(dsn, name=NAME, pins=PINS, autocommit=True) as copy:
        with driver_errors(asked.doing):
            copy.execute(FORGET, [asked.run])
            others = [run.run for run in all_runs(copy) if run.is_open]
        for run in others:
            other = Asked(run=run, token=None, invoker=asked.invoker)
            reset_run(copy, catalog, other, asked.refresh, None)
        try:
            return make(copy, asked, trail, None)
        except psycopg.Error as error:
            raise SeedFailed(asked.doing, what_failed(error), "Send the request again.") from None


def _undo(target: OpenTarget, name: str, asked: Wanted) -> None:
    """Drop what was made, and close the run; what cannot be undone now, its ttl undoes."""
    with suppress(PrivaciError, psycopg.Error):
        drop_branch(target.dsn, name)
    with suppress(PrivaciError, psycopg.Error), target.session() as (connection, _):
        close_run(connection, asked.run, CLEANED)


def drop_own(
    connection: Connection, dsn: str, run: Run, asked: Asked, outlet: Outlet | None
) -> Reset:
    """Drop the database of a run; a run whose database was never made is closed as well."""
    trail = trail_of(run, asked.invoker)
    trail.add("reset_started")
    with suppress(BranchRefused):
        drop_branch(dsn, run.database_name or "")
    trail.add(asked.completed, outputs={"database": run.database_name})
    with driver_errors(asked.doing), connection.transaction():
        close_run(connection, run.run, CLEANED)
        trail.write(connection, outlet)
    return Reset(run=run.run, status=CLEANED)
