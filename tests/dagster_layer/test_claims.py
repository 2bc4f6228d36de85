"""Which refresh a run belongs to, and what becomes of the run that was there before it."""

from __future__ import annotations

import uuid
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest

from privaci_core.errors import PreflightError
from privaci_dagster.asset_keys import BACKFILL_TAG, REFRESH_TAG, RESUME_TAG, Names
from privaci_dagster.claims import claim_of, settle_earlier_run

pytestmark = pytest.mark.dagster

NAMES = Names()
TABLE = dg.AssetKey(["target", "public", "person"])
RUN, ROOT = "the run", "the run that it repeats"


def run(**more: Any) -> dg.DagsterRun:
    """A run of the refresh job."""
    return dg.DagsterRun(job_name="refresh", run_id=RUN, **more)


@pytest.mark.parametrize(
    ("more", "refresh", "resumes"),
    [
        ({}, RUN, False),
        ({"asset_selection": {NAMES.schema, TABLE}}, RUN, False),
        ({"step_keys_to_execute": ["target__schema", "target__public__person"]}, RUN, False),
        # These create no tables, so there must be some.
        ({"asset_selection": {TABLE}}, "", True),
        ({"step_keys_to_execute": ["target__public__person"]}, "", True),
        ({"asset_selection": {NAMES.schema}, "step_keys_to_execute": ["other"]}, "", True),
        # These name their refresh.
        ({"tags": {RESUME_TAG: "true"}}, "", True),
        ({"tags": {RESUME_TAG: "true", REFRESH_TAG: "named"}}, "named", True),
        ({"tags": {REFRESH_TAG: "named"}}, "named", False),
        ({"root_run_id": ROOT, "parent_run_id": ROOT}, ROOT, False),
        ({"root_run_id": ROOT, "parent_run_id": ROOT, "asset_selection": {TABLE}}, ROOT, True),
        ({"root_run_id": ROOT, "parent_run_id": ROOT, "tags": {REFRESH_TAG: "a"}}, "a", False),
        # Runs of a backfill are one refresh, and the run that is repeated need not have begun it.
        ({"tags": {BACKFILL_TAG: "b"}}, "b", False),
        ({"tags": {BACKFILL_TAG: "b"}, "asset_selection": {TABLE}}, "", True),
        ({"tags": {BACKFILL_TAG: "b"}, "root_run_id": ROOT, "parent_run_id": ROOT}, "b", False),
        (
            {
                "tags": {BACKFILL_TAG: "b"},
                "root_run_id": ROOT,
                "parent_run_id": ROOT,
                "asset_selection": {TABLE},
            },
            "",
            True,
        ),
    ],
)
def test_a_run_claims_a_refresh(more: dict[str, Any], refresh: str, resumes: bool) -> None:  # noqa: FBT001 - a case
    """Its own, the one that it or its tag names, or whichever the target is in the middle of."""
    claim = claim_of(run(**more), NAMES, "a snapshot")
    assert (claim.refresh, claim.resumes) == (refresh, resumes)
    assert (claim.run, claim.snapshot) == (RUN, "a snapshot")
    assert claim.backfill == more.get("tags", {}).get(BACKFILL_TAG, "")


def test_another_database_is_another_schema() -> None:
    """With a prefix, the asset that begins a refresh has another name."""
    chosen = run(asset_selection={NAMES.schema})
    assert claim_of(chosen, Names(prefix="crm")).resumes
    assert not claim_of(
        run(asset_selection={Names(prefix="crm").schema}), Names(prefix="crm")
    ).resumes


def found(run_id: str | None, *, resumes: bool) -> Any:
    """A target, and the run that last worked on it."""
    mark = None if run_id is None else SimpleNamespace(run=run_id)
    return SimpleNamespace(found=mark, resumes=resumes)


def earlier_run(instance: Any, status: dg.DagsterRunStatus) -> str:
    """An earlier run of this Dagster storage."""
    made = dg.DagsterRun(job_name="refresh", run_id=str(uuid.uuid4()), status=status)
    instance.add_run(made)
    return made.run_id


@pytest.mark.parametrize("resumes", [True, False])
def test_a_killed_run_is_reported_failed(instance: Any, resumes: bool) -> None:  # noqa: FBT001 - a case
    """It could not report itself; the message names the run that took over."""
    killed = earlier_run(instance, dg.DagsterRunStatus.STARTED)
    settle_earlier_run(instance, found(killed, resumes=resumes), RUN)
    assert instance.get_run_by_id(killed).status == dg.DagsterRunStatus.FAILURE
    assert f"run {RUN} has taken" in str(instance.get_records_for_run(killed).records)


@pytest.mark.parametrize(
    "status",
    [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED],
)
def test_a_run_that_ended_is_left_as_it_is(instance: Any, status: dg.DagsterRunStatus) -> None:
    """It has reported its end itself."""
    ended = earlier_run(instance, status)
    settle_earlier_run(instance, found(ended, resumes=True), RUN)
    assert instance.get_run_by_id(ended).status == status


def test_a_run_does_not_settle_itself(instance: Any) -> None:
    """The target names the run that asks: a second step of it, in another process."""
    own = earlier_run(instance, dg.DagsterRunStatus.STARTED)
    settle_earlier_run(instance, found(own, resumes=True), own)
    assert instance.get_run_by_id(own).status == dg.DagsterRunStatus.STARTED


@pytest.mark.parametrize(("theirs", "ours", "is_left"), [("b", "b", True), ("b", "c", False)])
def test_a_run_of_the_same_backfill_is_not_settled(
    instance: Any,
    theirs: str,
    ours: str,
    is_left: bool,  # noqa: FBT001 - a case
) -> None:
    """It may be at work: runs of one backfill share the target's lock."""
    made = [
        dg.DagsterRun(
            job_name="refresh",
            run_id=str(uuid.uuid4()),
            status=dg.DagsterRunStatus.STARTED,
            tags={BACKFILL_TAG: backfill},
        )
        for backfill in (theirs, ours)
    ]
    for each in made:
        instance.add_run(each)
    settle_earlier_run(instance, found(made[0].run_id, resumes=True), made[1].run_id)
    left = instance.get_run_by_id(made[0].run_id).status == dg.DagsterRunStatus.STARTED
    assert left == is_left


def test_a_refresh_of_another_storage_is_not_resumed(instance: Any) -> None:
    """Its checkpoints are elsewhere; a new refresh does not need them, nor does an empty target."""
    with pytest.raises(PreflightError, match="not in this Dagster storage"):
        settle_earlier_run(instance, found("a run", resumes=True), RUN)
    settle_earlier_run(instance, found("a run", resumes=False), RUN)
    settle_earlier_run(instance, found(None, resumes=True), RUN)
