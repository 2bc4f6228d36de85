"""Decides which refresh a run belongs to, and settles what a killed run left behind."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from privaci_core.errors import PreflightError
from privaci_core.target.claim import Claim
from privaci_dagster.asset_keys import (
    BACKFILL_TAG,
    POLICY_TAG,
    REFRESH_TAG,
    RESUME_TAG,
    SNAPSHOT_TAG,
    WITH_TAG,
)

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    import dagster as dg

    from privaci_core.catalog.lock_file import Lock
    from privaci_core.loading.copy import Copy
    from privaci_core.refresh.earlier_run import EarlierRun
    from privaci_core.target.claim import Along

    Keys = AbstractSet[dg.AssetKey]
    from privaci_dagster.asset_keys import Names

RELATIVES: tuple[Literal["parents", "children"], ...] = ("parents", "children")


def claim_of(
    run: dg.DagsterRun, names: Names, snapshot: str = "", chosen: Keys | None = None
) -> Claim:
    """The refresh that a run belongs to: named by the run or by the run that it repeats.

    A run that creates the target's tables begins a refresh; any other resumes the unfinished one.
    All runs of a backfill are one refresh, which bears its name. `chosen` are the assets of the
    run, if they are known; else all.
    """
    resumes = RESUME_TAG in run.tags or not _creates_tables(run, names.schema, chosen)
    backfill = run.tags.get(BACKFILL_TAG, "")
    own = "" if resumes else backfill or run.run_id
    # A run that is repeated within a backfill need not be the one that began the refresh.
    repeated = "" if backfill else run.root_run_id
    return Claim(
        refresh=run.tags.get(REFRESH_TAG) or repeated or own,
        resumes=resumes,
        run=run.run_id,
        backfill=backfill,
        snapshot=snapshot,
    )


def claim_of_tables(
    run: dg.DagsterRun, claim: Claim, lock: Lock, names: Names, keys: Keys
) -> Claim:
    """The claim of a run over tables alone: it exchanges their rows in a published target."""
    tables = {names.target(table): table.qualified for table in lock.tables}
    chosen = frozenset(tables[key] for key in keys if key in tables)
    if not claim.resumes or {RESUME_TAG, REFRESH_TAG} & run.tags.keys() or not chosen:
        return claim
    own = run.root_run_id or run.run_id
    along = along_of(run.tags.get(WITH_TAG, ""))
    # Each such run is a refresh of its own, so a backfill's other runs must not work beside it.
    return replace(claim, refresh=own, resumes=False, tables=chosen, along=along, backfill="")


def along_of(words: str) -> Along:
    """Which relatives of its tables a run takes along, as its tag says it."""
    found = [word for word in words.replace(",", " ").split() if word]
    known = [relative for relative in RELATIVES if relative in found]
    if len(known) != len(set(found)):
        raise PreflightError(
            f"Reading the tag {WITH_TAG} of the run",
            "it must be parents, children, or both with a comma between them",
            "Correct the tag, or leave it out.",
        )
    return frozenset(known)


def tags_of(copy: Copy) -> dict[str, str]:
    """What a run's page shows of its refresh beside its own tags."""
    return {POLICY_TAG: copy.policy.fingerprint()[:12], SNAPSHOT_TAG: copy.ends.snapshot}


def settle_earlier_run(instance: dg.DagsterInstance, earlier: EarlierRun, run_id: str) -> None:
    """Report a killed run as failed, and refuse to resume a refresh whose events are missing."""
    if earlier.found is None or earlier.found.run == run_id:
        return
    killed = instance.get_run_by_id(earlier.found.run)
    if killed is not None and not killed.is_finished and not _are_one(instance, killed, run_id):
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


def _are_one(instance: dg.DagsterInstance, other: dg.DagsterRun, run_id: str) -> bool:
    """Whether two runs are parts of one backfill, and may work on the target at the same time."""
    ours = instance.get_run_by_id(run_id)
    backfill = other.tags.get(BACKFILL_TAG)
    return ours is not None and backfill is not None and ours.tags.get(BACKFILL_TAG) == backfill


def _creates_tables(run: dg.DagsterRun, schema: dg.AssetKey, chosen: Keys | None) -> bool:
    keys = run.asset_selection or chosen
    selected = not keys or schema in keys
    steps = run.step_keys_to_execute
    return selected and (steps is None or schema.to_python_identifier() in steps)
