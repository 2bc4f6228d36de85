"""How Dagster's event log hears of test data."""

from __future__ import annotations

import dagster as dg
import pytest

from privaci_core.testdata.events import Event
from privaci_dagster.asset_keys import Names
from privaci_dagster.event_log import last_materialization, values_of
from privaci_dagster.scenario_events import entries_of, report_events

pytestmark = pytest.mark.dagster
NAMES = Names(prefix="shop")
KEY = dg.AssetKey(["shop", "test_data", "denied"])


def step(action: object, run: str = "01A", **more: object) -> Event:
    """An event of a scenario."""
    common = {"run": run, "scenario": "denied", "invoker": "ci", "status": "ok"}
    return Event(action=action, **{**common, **more})  # type: ignore[arg-type]


def test_the_events_of_a_request_are_one_materialization_of_its_scenario() -> None:
    """Rows in the target materialize their scenario; the entry holds every event."""
    with dg.DagsterInstance.ephemeral() as instance:
        report_events(instance, NAMES, [step("request_received"), step("seed_completed")])
        made = last_materialization(instance, KEY)
        assert made is not None
        found = values_of(made.metadata)
        assert [event["action"] for event in found["events"]] == [
            "request_received",
            "seed_completed",
        ]
        assert found["invoker"] == "ci"
        assert made.tags == {"privaci/test_run": "01A"}


def test_what_concerns_the_whole_target_is_told_of_the_test_data() -> None:
    """A call about a baseline names no scenario."""
    (entry,) = entries_of(NAMES, [step("baseline_kept", scenario="")])
    assert isinstance(entry, dg.AssetObservation)
    assert entry.asset_key == NAMES.test_data


def test_a_reset_and_a_rejection_are_observations() -> None:
    """Without new rows nothing is materialized, and the events are still told."""
    with dg.DagsterInstance.ephemeral() as instance:
        report_events(instance, NAMES, [step("plan_rejected", status="refused")])
        report_events(instance, NAMES, [step("reset_started"), step("reset_completed")])
        assert last_materialization(instance, KEY) is None
        seen = instance.fetch_observations(KEY, limit=9).records
        assert len(seen) == 2


def test_events_of_several_runs_are_an_entry_each() -> None:
    """A reset of all runs tells of each of them."""
    with dg.DagsterInstance.ephemeral() as instance:
        report_events(instance, NAMES, [step("expired"), step("expired", run="01B")])
        assert len(instance.fetch_observations(KEY, limit=9).records) == 2
