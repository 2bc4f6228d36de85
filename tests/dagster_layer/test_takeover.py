"""A run takes a target over from another: only its own refresh, and only when that run is gone."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

import dagster as dg
import psycopg
import pytest
from dagster_layer.interrupted import message_of, target_table
from dagster_layer.runs import NOTHING_MASKED

from privaci_core.target.advisory_lock import locked_target
from privaci_dagster.build import REFRESH_JOB
from privaci_dagster.failures import first_failure

if TYPE_CHECKING:
    from dagster_layer.interrupted import Refreshes

pytestmark = pytest.mark.dagster

MASKED = NOTHING_MASKED + "tables: {public.a: {columns: {who: {action: hash}}}}\n"


def test_a_refresh_by_another_policy_is_not_resumed(chunked: Refreshes) -> None:
    """One table would be masked by two rules."""
    first = chunked.run(interrupt_at=("b", 2))
    failure = first_failure(chunked.run(MASKED, resumes=first))
    assert failure is not None
    assert "policy, schema, keys or options changed" in failure.message
    assert failure.exit_code == 2


def test_a_refresh_without_its_notes_is_not_resumed(chunked: Refreshes) -> None:
    """Another Dagster storage does not know what was loaded: refused, and nothing is loaded."""
    first = chunked.run(interrupt_at=("b", 2))
    tables = [target_table("a"), target_table("c")]
    with dg.DagsterInstance.ephemeral() as another:
        elsewhere = replace(chunked, instance=another)
        assert "not in this Dagster storage" in message_of(elsewhere.run(resumes=first))
        chunked.loaded.clear()
        result = elsewhere.run_job(chunked.project(), {}, selection=tables)
    assert "not in this Dagster storage" in message_of(result)
    assert chunked.loaded == []


def test_a_second_refresh_of_a_target_fails_at_once(refreshes: Refreshes) -> None:
    """It names the holder of the lock; the next refresh runs once the holder is gone."""
    with locked_target(refreshes.target, beside=None):
        failure = first_failure(refreshes.run())
    assert failure is not None
    assert "another refresh holds its lock: process" in failure.message
    assert failure.exit_code == 2
    assert refreshes.run().success


def test_a_killed_run_is_reported_failed(chunked: Refreshes) -> None:
    """It could not report itself: the run that gets its lock does."""
    first = chunked.run(interrupt_at=("b", 2))
    instance = chunked.instance
    killed = dg.DagsterRun(
        job_name=REFRESH_JOB, run_id=str(uuid.uuid4()), status=dg.DagsterRunStatus.STARTED
    )
    instance.add_run(killed)
    with psycopg.connect(chunked.target, autocommit=True) as target:
        target.execute("UPDATE _privaci.unfinished SET run = %s", [killed.run_id])
    assert chunked.run(resumes=first).success
    assert instance.get_run_by_id(killed.run_id).status == dg.DagsterRunStatus.FAILURE
    assert "has taken its target over" in str(instance.get_records_for_run(killed.run_id).records)
