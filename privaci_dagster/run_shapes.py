"""Writes scenarios, runs, resets and events as JSON has them, in the shapes of the HTTP door."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from privaci_core.testdata.events import Event
    from privaci_core.testdata.registry import Run
    from privaci_core.testdata.reset import Reset
    from privaci_core.testdata.scenario import Scenario


def resets_json(done: Sequence[Reset]) -> dict[str, Any]:
    """What the resets of several runs did."""
    runs = [reset_json(each) for each in done]
    count = sum(run["cleared_record_count"] for run in runs)
    return {"status": "cleaned", "cleared_record_count": count, "runs": runs}


def reset_json(done: Reset) -> dict[str, Any]:
    """What a reset did."""
    return {
        "test_run_id": done.run,
        "status": done.status,
        "cleared_record_count": sum(done.removed.values()),
        "removed": dict(done.removed),
        "took_along": dict(done.took_along),
        "released": done.released,
    }


def scenario_json(scenario: Scenario) -> dict[str, Any]:
    """What a client needs to know of a scenario to ask for it."""
    return {
        "scenario_id": scenario.scenario_id,
        "description": scenario.description,
        "domain": scenario.domain,
        "tags": list(scenario.tags),
        "linked_requirement_ids": list(scenario.linked_requirement_ids),
        "default_constraints": dict(scenario.default_constraints),
        "roles": {role: rule.table for role, rule in scenario.rows.items()},
        "generators": list(scenario.generators),
        "validators": [
            each if isinstance(each, str) else each.name for each in scenario.validators
        ],
        "isolation": scenario.isolation,
        "ttl_seconds": int(scenario.ttl.total_seconds()),
    }


def run_json(run: Run) -> dict[str, Any]:
    """A run, without its token and its seed."""
    return {
        "test_run_id": run.run,
        "request_id": run.request,
        "scenario_id": run.scenario,
        "invoker": run.invoker,
        "status": run.status,
        "created": run.created.isoformat(),
        "expires": run.expires.isoformat(),
        "ended": run.ended.isoformat() if run.ended else None,
        "cleanup_strategy": run.strategy,
        "constraints": dict(run.constraints),
        "requirement_ids": list(run.requirement_ids),
        "database": run.database_name,
    }


def event_json(event: Event) -> dict[str, Any]:
    """An event of the trail."""
    return {
        "timestamp": event.at.isoformat(),
        "test_run_id": event.run,
        "scenario_id": event.scenario,
        "invoker": event.invoker,
        "action": event.action,
        "status": event.status,
        "inputs": dict(event.inputs),
        "outputs": dict(event.outputs),
    }
