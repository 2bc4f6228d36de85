"""Decides which refresh a run belongs to, and settles what a killed run left behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from privaci_core.errors import PreflightError
from privaci_core.target.claim import Claim
from privaci_dagster.asset_keys import REFRESH_TAG, RESUME_TAG

if TYPE_CHECKING:
    import dagster as dg

    from privaci_core.refresh.earlier_run import EarlierRun
    from privaci_dagster.asset_keys import Names


def claim_of(run: dg.DagsterRun, names: Names, snapshot: str = "") -> Claim:
    """The refresh that a run belongs to: named by the run or by the run that it repeats.

    A run that creates the target's tables begins a refresh; any other resumes the unfinished one.
    """
    resumes = RESUME_TAG in run.tags or not _creates_tables(run, names.schema)
    own = "" if resumes else run.run_id
    refresh = run.tags.get(REFRESH_TAG) or run.root_run_id or own
    return Claim(refresh=refresh, resumes=resumes, run=run.run_id, snapshot=snapshot)


def settle_earlier_run(instance: dg.DagsterInstance, earlier: EarlierRun, run_id: str) -> None:
    """Report a killed run as failed, and refuse to resume a refresh whose events are missing."""
    if earlier.found is None or earlier.found.run == run_id:
        return
    killed = instance.get_run_by_id(earlier.found.run)
    if killed is not None and not killed.is_finished:
        # Its lock on the target was free, so its process is gone. No documented method of
        # Dagster's reports that; this one has a public name.
        message = f"The run's process is gone; run {run_id} has taken its target over."
        instance.report_run_failed(killed, message)
    if killed is None and earlier.resumes:
        raise PreflightError(
            "Resuming a refresh",
            f"the events of its run {earlier.found.run} are not in this Dagster storage",
            "Set DAGSTER_HOME to the one that it ran with, or begin a new refresh: privaci run.",
        )


def _creates_tables(run: dg.DagsterRun, schema: dg.AssetKey) -> bool:
    selected = not run.asset_selection or schema in run.asset_selection
    steps = run.step_keys_to_execute
    return selected and (steps is None or schema.to_python_identifier() in steps)
