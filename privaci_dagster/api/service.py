"""Answers the questions of every door with the target's test data, in JSON's values."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from privaci_core.testdata.errors import RequestError, UnknownScenario
from privaci_core.testdata.registry import Run
from privaci_core.testdata.run_errors import UnknownRun
from privaci_dagster.api.metrics import Metrics
from privaci_dagster.project import Project
from privaci_dagster.run_client_direct import duration_of
from privaci_dagster.run_fixtures import playwright_fixture, pytest_module
from privaci_dagster.run_shapes import (
    event_json,
    reset_json,
    resets_json,
    run_json,
    scenario_json,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from privaci_core.testdata.answer import Answer
    from privaci_core.testdata.events import Event
    from privaci_core.testdata.service import TestData
    from privaci_dagster.api.kept_targets import KeptTargets
    from privaci_dagster.api.shapes import DataRequest

READY = "ready"
# A label must not take what a client invents.
UNKNOWN = "unknown"
# How what wrote no row ended, by its last event.
ENDED = {
    "plan_rejected": "rejected",
    "baseline_refused": "rejected",
    "baseline_kept": "completed",
    "baseline_restored": "completed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """The test data of one target, and the counts of what was asked of it."""

    test_data: TestData
    metrics: Metrics = field(default_factory=Metrics)
    # Begins what the first request would have to wait for.
    warm_up: Callable[[], object] = bool
    project: Project | None = None

    def request(self, asked: DataRequest, invoker: str) -> dict[str, Any]:
        """Make the rows of a scenario."""
        started, status = time.perf_counter(), READY
        try:
            answer = self.test_data.request(
                asked.scenario,
                asked.constraints,
                invoker=invoker,
                seed=asked.seed,
                cleanup_strategy=asked.delivery.cleanup_strategy,
                ttl=duration_of(asked.ttl),
                planner=asked.planner,
            )
        except Exception as error:
            status = error.code.lower() if isinstance(error, RequestError) else "failed"
            raise
        finally:
            scenario = UNKNOWN if status == UnknownScenario.code.lower() else asked.scenario
            self.metrics.count(self.metrics.requests, scenario, status)
            self.metrics.observe(self.metrics.request_seconds, time.perf_counter() - started)
        self.metrics.count(self.metrics.records, by=len(answer.rows))
        return answer_json(answer, asked)

    def reset(self, run: str, token: str, invoker: str) -> dict[str, Any]:
        """Take the rows of a run out again."""
        done = self.test_data.reset(run, token, invoker=invoker)
        self.metrics.count(self.metrics.resets, "reset_run")
        return reset_json(done) | {"strategy": "reset_run"}

    def reset_all(self, *, confirm: bool, invoker: str) -> dict[str, Any]:
        """Take the rows of all runs out again."""
        done = self.test_data.reset_all(confirm=confirm, invoker=invoker)
        self.metrics.count(self.metrics.resets, "reset_all")
        last = done[-1].run if done else None
        return resets_json(done) | {"strategy": "reset_all", "audit_run_id": last}

    def scenarios(self) -> list[dict[str, Any]]:
        """All scenarios, as they can be asked for."""
        return [scenario_json(each) for each in self.test_data.scenarios()]

    def scenario(self, name: str) -> dict[str, Any]:
        """One scenario, in full."""
        found = self.test_data.scenario(name)
        return scenario_json(found) | {"rows": found.model_dump(mode="json")["rows"]}

    def runs(self, scenario: str | None, since: datetime | None) -> list[dict[str, Any]]:
        """The runs that the target knows."""
        return [run_json(each) for each in self.test_data.runs(scenario, since)]

    def audit(self, run: str) -> dict[str, Any]:
        """A run with its trail."""
        found, events = self.trail(run)
        return run_json(found) | {"events": [event_json(event) for event in events]}

    def trail(self, run: str) -> tuple[Run, Sequence[Event]]:
        """A run and its events; one that failed is known by its events alone."""
        found, events = self.test_data.run(run), self.test_data.events(run)
        if found is None and not events:
            raise UnknownRun(
                "Looking for a run",
                "the target has none of that name",
                "GET /catalog/runs lists those that it has.",
            )
        return found or failed_run(events), events

    def kept_targets(self) -> KeptTargets:
        """The baselines of the target."""
        # What writes and reads stores, for whoever has one.
        from privaci_dagster.api.kept_targets import KeptTargets  # noqa: PLC0415

        return KeptTargets(project=self.project or Project(), test_data=self.test_data)

    def is_up(self) -> bool:
        """Whether the target answers and is published."""
        try:
            self.test_data.refuse_unpublished()
        except Exception:  # noqa: BLE001 - whatever is wrong with it, it is not up
            return False
        return True


def answer_json(answer: Answer, asked: DataRequest) -> dict[str, Any]:
    """What a request gives."""
    given = (answer.scenario, answer.test_run_id, answer.data, answer.cleanup_token)
    delivery = asked.delivery
    fixtures = {
        "playwright": playwright_fixture(*given) if delivery.return_playwright_fixture else None,
        "pytest": pytest_module(*given) if delivery.return_pytest_fixture else None,
    }
    return answer.as_json() | {"fixtures": fixtures, "audit": f"/ui/audit/{answer.test_run_id}"}


def failed_run(events: Sequence[Event]) -> Run:
    """The run of a request that wrote no row, or of a call about a baseline, by its events."""
    first, last = events[0], events[-1]
    return Run(
        run=first.run,
        request=first.request,
        scenario=first.scenario,
        invoker=first.invoker,
        status=ENDED.get(last.action, "failed"),
        created=first.at,
        expires=last.at,
        ended=last.at,
        strategy=str(first.inputs.get("strategy", "")),
        seed="",
        constraints={},
        requirement_ids=last.requirement_ids,
        refresh="",
        database_name=None,
    )
