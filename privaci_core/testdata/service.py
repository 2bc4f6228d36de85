"""Serves requests and resets of one target to every door; threads may share it."""

from __future__ import annotations

import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from privaci_core.errors import CopyError, PrivaciError
from privaci_core.postgres.driver_errors import driver_errors, what_failed
from privaci_core.testdata.branch import drop_expired, has_expired
from privaci_core.testdata.errors import (
    BadConstraint,
    NothingToFind,
    PlannerMissing,
    Rejected,
    RequestError,
    SeedFailed,
    UnknownScenario,
)
from privaci_core.testdata.events import Trail, events_of
from privaci_core.testdata.insert import CHANGED, PASSING
from privaci_core.testdata.make_bundle import make_bundle
from privaci_core.testdata.open_target import OpenTarget
from privaci_core.testdata.own_database import drop_own, seed_in_own
from privaci_core.testdata.planner import Planned, plan
from privaci_core.testdata.registry import all_runs, expired_runs, find_run
from privaci_core.testdata.request import TAKEN, Maker, Wanted, seed
from privaci_core.testdata.reset import Asked, Reset, known_run, reset_run, trail_of
from privaci_core.testdata.run_errors import NotConfirmed, NotPublished, ResetFailed, WrongToken
from privaci_core.testdata.tokens import new_request, new_run, new_token
from privaci_core.testdata.validators import check_bundle

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime, timedelta

    from privaci_core.postgres.session import Connection
    from privaci_core.testdata.answer import Answer
    from privaci_core.testdata.events import Event, Outlet
    from privaci_core.testdata.registry import Run
    from privaci_core.testdata.request import Judge
    from privaci_core.testdata.scenario import Scenario
    from privaci_core.testdata.scenarios import Scenarios
    from privaci_core.testdata.target_facts import TargetFacts

TRIES = 5
REFUSALS = (UnknownScenario, BadConstraint, Rejected, NothingToFind, PlannerMissing)
NO_CONSTRAINTS: Mapping[str, Any] = {}
AFTER_TEST = "after_test"


@dataclass(slots=True)
class TestData:
    """The test data of one target: makes rows by scenarios, and takes them out again."""

    # For pytest, which takes classes of such names for tests.
    __test__: ClassVar[bool] = False

    dsn: str = field(repr=False)
    _scenarios: Scenarios
    outlet: Outlet | None = field(default=None, kw_only=True)
    _target: OpenTarget = field(init=False)

    def __post_init__(self) -> None:
        self._target = OpenTarget(self.dsn)

    def request(  # noqa: PLR0913 - what a request is, each by its name
        self,
        scenario: str,
        constraints: Mapping[str, Any] = NO_CONSTRAINTS,
        *,
        invoker: str,
        seed: str | None = None,
        cleanup_strategy: str = AFTER_TEST,
        ttl: timedelta | None = None,
        planner: str = "rule",
    ) -> Answer:
        """Make the rows of a scenario: all of them, or none and the events of a failure."""
        trail = Trail(
            run=new_run(),
            request=new_request(),
            scenario=scenario[:99],
            invoker=invoker,
            requirement_ids=self._requirements(scenario),
        )
        given = {"constraints": sorted(constraints), "strategy": cleanup_strategy}
        trail.add("request_received", inputs=given | {"planner": planner})
        try:
            planned = self._planned(planner, scenario, constraints)
            found = self.scenario(planned.scenario)
            wanted = partial(
                Wanted,
                run=trail.run,
                request=trail.request,
                scenario=found,
                constraints=planned.constraints,
                invoker=invoker,
                seed=seed or secrets.token_hex(8),
                strategy=cleanup_strategy,
                ttl=ttl or found.ttl,
                token=new_token(),
            )
            if found.isolation == "database":
                return seed_in_own(self._target, wanted, self._seed_in, trail, self.outlet)
            return self._seeded(wanted, trail)
        except PrivaciError as error:
            self._tell_failure(trail, error)
            if isinstance(error, RequestError):
                error.run = trail.run
            raise

    def _planned(self, planner: str, request: str, constraints: Mapping[str, Any]) -> Planned:
        """The scenario that a request names, or that a model chooses by its words."""
        if planner == "rule":
            return Planned(scenario=request, constraints=dict(constraints))
        with self._target.session() as (_, refresh):
            facts = self._target.facts(refresh)
        return plan(planner, request, constraints, self.scenarios(), facts)

    def _requirements(self, scenario: str) -> tuple[str, ...]:
        """The requirements that a scenario covers; none if there is no such scenario."""
        with suppress(PrivaciError):
            return self.scenario(scenario).linked_requirement_ids
        return ()

    def _seeded(self, wanted: Callable[..., Wanted], trail: Trail) -> Answer:
        """Try until no other session is in the way; each try begins with the same trail."""
        begun = list(trail.events)
        for left in reversed(range(TRIES)):
            trail.events[:] = begun
            try:
                return self._seed(wanted, trail)
            except PASSING as error:
                if isinstance(error, CHANGED):
                    self._target.forget()
                if not left:
                    doing, why = f"Making rows for {trail.scenario}", what_failed(error)
                    raise SeedFailed(doing, why, "Send the request again.") from None
        raise AssertionError

    def _seed(self, wanted: Callable[..., Wanted], trail: Trail) -> Answer:
        with self._target.session() as (connection, refresh):
            return self._seed_in(connection, wanted(refresh=refresh), trail, self.outlet)

    def _seed_in(
        self, connection: Connection, asked: Wanted, trail: Trail, outlet: Outlet | None
    ) -> Answer:
        """Make rows in the target, or in a database that was copied from it."""
        facts = self._target.facts(asked.refresh)
        bundle = partial(
            make_bundle,
            facts=facts,
            scenario=asked.scenario,
            constraints=asked.constraints,
            run=asked.run,
            seed=asked.seed,
            taken=TAKEN,
        )
        maker = Maker(bundle=bundle, judge=_judge(facts, asked.scenario))
        return seed(connection, facts.catalog, asked, maker, trail, outlet)

    def reset(self, run: str, token: str, *, invoker: str) -> Reset:
        """Take the rows of a run out again; needs the token that its request answered."""
        return self._reset(Asked(run=run, token=token, invoker=invoker))

    def reset_all(self, *, confirm: bool, invoker: str) -> tuple[Reset, ...]:
        """Take the rows of every open run out, one run after another; all are tried."""
        if not confirm:
            why = "it ends every run of every test, and was not confirmed"
            how = "Confirm it: by --confirm, over HTTP by the header X-Confirm: yes."
            raise NotConfirmed("Resetting all test runs", why, how)
        runs = [run.run for run in self.runs() if run.is_open]
        return self._reset_each([Asked(run=run, token=None, invoker=invoker) for run in runs])

    def expire(self, *, invoker: str = "expiry") -> tuple[Reset, ...]:
        """Take the rows of runs out whose time is over, and drop such branches."""
        with self._target.reading() as connection:
            runs, branches = expired_runs(connection), has_expired(connection)
        if branches:
            drop_expired(self.dsn)
        return self._reset_each(
            [Asked(run=run, token=None, invoker=invoker, completed="expired") for run in runs]
        )

    def _reset_each(self, asked: list[Asked]) -> tuple[Reset, ...]:
        """Reset run after run; the first failure is raised when all were tried."""
        done, failures = [], []
        for each in asked:
            try:
                done.append(self._reset(each))
            except PrivaciError as error:
                failures.append(error)
        if failures:
            raise failures[0]
        return tuple(done)

    def _reset(self, asked: Asked) -> Reset:
        """Reset a run; if that fails, once more by the schema as it is now."""
        try:
            return self._reset_by_facts(asked)
        except (ResetFailed, CopyError):
            self._target.forget()
            return self._reset_by_facts(asked)

    def _reset_by_facts(self, asked: Asked) -> Reset:
        with self._target.session() as (connection, refresh):
            run = self._known(connection, asked)
            if run.database_name and run.is_open:
                return drop_own(connection, self.dsn, run, asked, self.outlet)
            catalog = self._target.facts(refresh).catalog
            return reset_run(connection, catalog, asked, refresh, self.outlet)

    def _known(self, connection: Connection, asked: Asked) -> Run:
        """The run that a reset names; a refusal of its token is told."""
        with driver_errors(asked.doing):
            try:
                return known_run(connection, asked)
            except WrongToken as error:
                run = find_run(connection, asked.run)
                assert run is not None  # noqa: S101 - its token was compared
                trail = trail_of(run, asked.invoker)
                trail.refuse("reset_refused", "refused", error)
                self._write(connection, trail)
                raise

    def scenarios(self) -> tuple[Scenario, ...]:
        """All scenarios, by name; files that were changed are read again."""
        self._scenarios.reload()
        return tuple(self._scenarios)

    def scenario(self, name: str) -> Scenario:
        """A scenario by its name."""
        self._scenarios.reload()
        return self._scenarios.by_id(name)

    def runs(self, scenario: str | None = None, since: datetime | None = None) -> tuple[Run, ...]:
        """The runs of a scenario, or all, oldest first."""
        with self._target.reading() as connection:
            return all_runs(connection, scenario, since)

    def run(self, run: str) -> Run | None:
        """A run by its name; a request that failed has none, but events."""
        with self._target.reading() as connection:
            return find_run(connection, run)

    def events(self, run: str) -> tuple[Event, ...]:
        """The events of a run, oldest first."""
        with self._target.reading() as connection:
            return events_of(connection, run)

    def refuse_unpublished(self) -> None:
        """Refuse a target that is not published and proved; make ready to serve any other."""
        with self._target.session() as (_, refresh):
            self._target.facts(refresh)

    def close(self) -> None:
        """Close the sessions that are open."""
        self._target.close()

    def _tell_failure(self, trail: Trail, error: PrivaciError) -> None:
        """Write the events of a request that failed; in a target that must not be written, none."""
        if isinstance(error, NotPublished):
            return
        refused = isinstance(error, REFUSALS)
        if refused:
            trail.refuse("plan_rejected", "refused", error)
        else:
            trail.refuse("seed_failed", "failed", error)
        with self._target.session() as (connection, _):
            self._write(connection, trail)

    def record(self, trail: Trail) -> None:
        """Write the events of what was done to the whole target."""
        with self._target.session() as (connection, _):
            self._write(connection, trail)

    def _write(self, connection: Connection, trail: Trail) -> None:
        with driver_errors("Writing the trail of test data"), connection.transaction():
            trail.write(connection, self.outlet)


def _judge(facts: TargetFacts, scenario: Scenario) -> Judge:
    """What judges the rows of a scenario in a target."""
    return lambda connection, bundle: check_bundle(connection, facts, bundle, scenario)
