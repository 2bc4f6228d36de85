"""Asks the target itself for runs of test data; no service is needed."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from privaci_core.errors import PreflightError
from privaci_core.testdata.run_errors import UnknownRun
from privaci_core.testdata.scenario import DURATION, UNITS
from privaci_core.testdata.scenarios import Scenarios
from privaci_core.testdata.service import TestData
from privaci_dagster.run_shapes import (
    event_json,
    reset_json,
    resets_json,
    run_json,
    scenario_json,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from privaci_dagster.project import Project


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectClient:
    """A client of a target that this process reaches."""

    test_data: TestData
    invoker: str

    def scenarios(self) -> list[dict[str, Any]]:
        """All scenarios."""
        return [scenario_json(each) for each in self.test_data.scenarios()]

    def request(self, scenario: str, constraints: Mapping[str, Any], **more: Any) -> dict[str, Any]:
        """Make the rows of a scenario."""
        ttl = more.pop("ttl", None)
        given = {name: value for name, value in more.items() if value is not None}
        answer = self.test_data.request(
            scenario, constraints, invoker=self.invoker, ttl=duration_of(ttl), **given
        )
        return answer.as_json()

    def reset(self, run: str, token: str) -> dict[str, Any]:
        """Take the rows of a run out again."""
        return reset_json(self.test_data.reset(run, token, invoker=self.invoker))

    def reset_all(self, *, confirm: bool) -> dict[str, Any]:
        """Take the rows of every open run out again."""
        done = self.test_data.reset_all(confirm=confirm, invoker=self.invoker)
        return resets_json(done)

    def reset_expired(self) -> dict[str, Any]:
        """Take the rows of runs out whose time is over."""
        return resets_json(self.test_data.expire(invoker=self.invoker))

    def runs(self, scenario: str | None = None) -> list[dict[str, Any]]:
        """The runs that the target knows."""
        return [run_json(each) for each in self.test_data.runs(scenario)]

    def audit(self, run: str) -> dict[str, Any]:
        """A run and its events; of a request that failed, its events alone."""
        found, events = self.test_data.run(run), self.test_data.events(run)
        if found is None and not events:
            raise UnknownRun(
                "Looking for a test run",
                "the target has none of this name",
                "See all: privaci runs.",
            )
        known = {"test_run_id": run} if found is None else run_json(found)
        return {**known, "events": [event_json(event) for event in events]}


@contextmanager
def direct_client(project: Project, invoker: str) -> Iterator[DirectClient]:
    """A client of a project's target; its embedded server, if it has one, runs meanwhile."""
    with project.target() as dsn:
        test_data = TestData(dsn, Scenarios(project.scenarios_folder))
        try:
            yield DirectClient(test_data=test_data, invoker=invoker)
        finally:
            test_data.close()


def duration_of(text: str | None) -> timedelta | None:
    """A time like 24h; refuses any other text."""
    if text is None:
        return None
    match = DURATION.fullmatch(text)
    if match is None:
        why = "it is not a duration"
        raise PreflightError("Reading a ttl", why, "Write a number and s, m, h or d: 24h.")
    return timedelta(**{UNITS[match[2]]: int(match[1])})
