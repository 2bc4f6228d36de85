"""Takes the rows of a run out of the target: all of them or none, however often it is asked."""

from __future__ import annotations

import random
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import psycopg

from privaci_core.postgres.driver_errors import driver_errors, what_failed
from privaci_core.testdata.delete import MEANWHILE, TAKE_TIME, delete_rows
from privaci_core.testdata.events import Trail
from privaci_core.testdata.hung_on import with_hung_on
from privaci_core.testdata.locate import locate
from privaci_core.testdata.put_back import hung_since, put_back
from privaci_core.testdata.registry import close_run, find_run, rows_of
from privaci_core.testdata.run_errors import ResetFailed, UnknownRun, WrongToken
from privaci_core.testdata.tokens import is_token
from privaci_core.testdata.trigger_rows import rows_of_triggers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from privaci_core.catalog.catalog import Catalog
    from privaci_core.postgres.session import Connection
    from privaci_core.testdata.events import Action, Outlet
    from privaci_core.testdata.locate import Place
    from privaci_core.testdata.registry import KeptRow, Run

TRIES = 20
PAUSE_SECONDS = 0.02
CLEANED, ALREADY_CLEANED = "cleaned", "already_cleaned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reset:
    """What a reset did."""

    run: str
    # cleaned, or already_cleaned by an earlier reset or by a refresh of the target.
    status: str
    # How many rows of each table are gone.
    removed: Mapping[str, int] = field(default_factory=dict)
    # Of these, rows that others hung on the run's own.
    took_along: Mapping[str, int] = field(default_factory=dict)
    # How many rows other runs may take now.
    released: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Who asks for a reset, with which token, and why; None comes from the target's own side."""

    run: str
    token: str | None
    invoker: str
    completed: Action = "reset_completed"

    @property
    def doing(self) -> str:
        """What is being done, for errors."""
        return f"Resetting the test run {self.run}"


def reset_run(
    connection: Connection, catalog: Catalog, asked: Asked, refresh: str, outlet: Outlet | None
) -> Reset:
    """Take a run's rows out, with all that hangs on them, in one transaction.

    A change that another session makes meanwhile lets it begin again, at most so many times.
    """
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    try:
        why = ""
        for _ in range(TRIES):
            try:
                with connection.transaction():
                    return _reset(connection, catalog, asked, refresh, outlet)
            except MEANWHILE as error:
                why = what_failed(error)
                time.sleep(random.uniform(0, PAUSE_SECONDS))  # noqa: S311 - only keeps two apart
        raise ResetFailed(asked.doing, f"{why}, in each of {TRIES} tries", TAKE_TIME)
    except psycopg.Error as error:
        with driver_errors(asked.doing):
            raise error from None
    finally:
        if not connection.closed:
            connection.isolation_level = None


def _reset(
    connection: Connection, catalog: Catalog, asked: Asked, refresh: str, outlet: Outlet | None
) -> Reset:
    """One try, inside the caller's transaction."""
    run = known_run(connection, asked, lock=True)
    if not run.is_open:
        return Reset(run=run.run, status=ALREADY_CLEANED)
    trail = trail_of(run, asked.invoker)
    trail.add("reset_started")
    # Another refresh has taken the rows away; what has their keys now is its own.
    rows = rows_of(connection, run.run) if run.refresh == refresh else ()
    ours, along = _take_out(connection, catalog, rows, asked.doing)
    done = Reset(
        run=run.run,
        status=CLEANED,
        removed=counted(catalog, ours | along),
        took_along=counted(catalog, along),
        released=close_run(connection, run.run, CLEANED),
    )
    outputs = {
        "removed": dict(done.removed),
        "took_along": dict(done.took_along),
        "released": done.released,
    }
    trail.add(asked.completed, outputs=outputs)
    # What is checked at the end of a transaction must not fail after the outlet has heard of it.
    connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
    trail.write(connection, outlet)
    return done


def known_run(connection: Connection, asked: Asked, *, lock: bool = False) -> Run:
    """The run that a reset names; refuses an unknown one, and another token than its own."""
    run = find_run(connection, asked.run, lock=lock)
    if run is None:
        why = "the target has no run of this name"
        raise UnknownRun(asked.doing, why, "Look for its name: privaci runs.")
    if asked.token is not None and not is_token(asked.token, run.token_sha256):
        why = "the cleanup token is not the run's"
        raise WrongToken(asked.doing, why, "Give the token that the request answered.")
    return run


def trail_of(run: Run, invoker: str) -> Trail:
    """A trail of the steps of a reset."""
    return Trail(
        run=run.run,
        invoker=invoker,
        request=run.request,
        scenario=run.scenario,
        requirement_ids=tuple(run.requirement_ids),
    )


def _take_out(
    connection: Connection, catalog: Catalog, rows: Sequence[KeptRow], doing: str
) -> tuple[frozenset[Place], frozenset[Place]]:
    """Put reserved rows back and delete created ones; returns the places of these, and of others'.

    A found row that was not reserved is put back as well if it refers to what is deleted.
    """
    reserved = [row for row in rows if row.found and row.reserved]
    shared = [row for row in rows if row.found and not row.reserved]
    places = locate(connection, catalog, rows)
    if reserved:
        put_back(connection, catalog, reserved, places, doing)
        places = locate(connection, catalog, rows)
    ours, doomed = _doomed(connection, catalog, rows, places)
    entangled = [row for row in shared if places.get(row.ordinal) in doomed]
    if entangled:
        put_back(connection, catalog, entangled, places, doing)
        places = locate(connection, catalog, rows)
        ours, doomed = _doomed(connection, catalog, rows, places)
    _refuse_found(rows, places, doomed, doing)
    delete_rows(connection, catalog, doomed, doing)
    _forget_deletions(connection, catalog, rows, doomed, doing)
    return ours, doomed - ours


def _forget_deletions(
    connection: Connection,
    catalog: Catalog,
    rows: Sequence[KeptRow],
    deleted: frozenset[Place],
    doing: str,
) -> None:
    """Delete what triggers wrote of the deletions, as a change log does; at most so often."""
    asked = [row for row in rows if row.role and row.relation in catalog.by_name]
    known = {catalog.root_name(row.relation) for row in asked}
    written = {place.relation for place in deleted}
    written |= {catalog.by_name[row.relation].oid for row in asked if row.found}
    for _ in range(TRIES):
        new = {place for place, *_ in rows_of_triggers(connection, catalog, written, known)}
        if not new:
            return
        delete_rows(connection, catalog, new, doing)


def _doomed(
    connection: Connection,
    catalog: Catalog,
    rows: Sequence[KeptRow],
    places: Mapping[int, Place],
) -> tuple[frozenset[Place], frozenset[Place]]:
    """The created rows, and all that goes with them."""
    ours = frozenset(places[row.ordinal] for row in rows if not row.found and row.ordinal in places)
    reserved = [row for row in rows if row.found and row.reserved]
    held = {row.ordinal: places[row.ordinal] for row in reserved if row.ordinal in places}
    since = frozenset(hung_since(connection, catalog, reserved, held))
    return ours, with_hung_on(connection, catalog, ours | since)


def _refuse_found(
    rows: Sequence[KeptRow], places: Mapping[int, Place], doomed: frozenset[Place], doing: str
) -> None:
    """Refuse to delete a row that was there before the request."""
    for row in rows:
        if row.found and places.get(row.ordinal) in doomed:
            why = f"a row of {row.relation} that was there before refers to rows of the run"
            raise ResetFailed(doing, why, "Set its references back, then reset the run again.")


def counted(catalog: Catalog, rows: Iterable[Place]) -> dict[str, int]:
    """How many rows of each table; partitions count for the table that they are part of."""
    roots = (catalog.root(catalog.by_oid[row.relation]).qualified for row in rows)
    return dict(sorted(Counter(roots).items()))
