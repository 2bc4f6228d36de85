"""The resource that lives for one run: it holds the source's snapshot, so that every step reads the same moment."""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: TC002 - pydantic reads it
from pydantic import PrivateAttr

from privaci_core.catalog.lock_file import read_lock
from privaci_core.errors import PreflightError
from privaci_core.loading.copy import Copy, Options
from privaci_core.plan.drift import Change, drift, refuse_drift
from privaci_core.postgres.embedded import reachable
from privaci_core.refresh.resume import take_over_target
from privaci_core.refresh.steps import opened
from privaci_core.target.claim import NEW, Claim
from privaci_dagster.asset_keys import GO_ON_TAG, REFRESH_TAG, UNCHANGED_TAG, Names
from privaci_dagster.keep_unchanged import kept_tables
from privaci_dagster.project import (
    KEEP,
    SOURCE_VARIABLE,
    TARGET_VARIABLE,
    Project,
    connections_of,
    proofs_in,
    refuse_unwritable,
)

if TYPE_CHECKING:
    from typing import Self

RESOURCE = "refresh"
# A snapshot of the source that somebody holds, for steps that run in processes or machines of their own.
SNAPSHOT_VARIABLE = "PRIVACI_SNAPSHOT"


class Refresh(dg.ConfigurableResource["Refresh"]):
    """Opens a copy when the first step asks for it; names of files and variables only, never a secret."""

    policy_path: str = "mask-rules.yaml"
    lock_path: str = "privaci.lock.json"
    source_variable: str = SOURCE_VARIABLE
    target_variable: str = TARGET_VARIABLE
    acl: bool = True
    publications: bool = True
    # How many rows of each table are searched for originals; what is larger is sampled.
    probe_rows: int = 100_000
    # Whether tables stay that a new load would bring the same rows to; a run says so by its tag as well.
    keep_unchanged: bool = False
    # What stands before the names of this database's assets.
    prefix: str = ""

    _claim: Claim = PrivateAttr(default=NEW)
    _signs_with: Ed25519PrivateKey | None = PrivateAttr(default=None)
    _keeps: bool = PrivateAttr(default=False)
    _instance: dg.DagsterInstance | None = PrivateAttr(default=None)
    _held: ExitStack = PrivateAttr(default_factory=ExitStack)
    _changes: tuple[Change, ...] = PrivateAttr(default=())
    _copy: Copy | None = PrivateAttr(default=None)

    @classmethod
    def of(cls, project: Project) -> Self:
        """The resource of a project."""
        return cls(
            policy_path=str(project.policy_path),
            lock_path=str(project.lock_path),
            source_variable=project.source_variable,
            target_variable=project.target_variable,
            acl=project.options.acl,
            publications=project.options.publications,
            prefix=project.prefix,
            keep_unchanged=project.keep_unchanged,
        )

    def setup_for_execution(self, context: dg.InitResourceContext) -> None:
        """Learn which run this is; nothing is opened before a step asks."""
        self._instance = context.instance
        if context.run is not None:
            self._claim = claim_of(context.run, Names(self.prefix))
            self._keeps = self.keep_unchanged or context.run.tags.get(UNCHANGED_TAG) == KEEP

    def copy_under_way(self) -> Copy:
        """The run's copy: the snapshot is taken by whoever asks first."""
        if self._copy is None:
            try:
                self._copy = self._opened()
            except BaseException:
                # Whoever asks next meets the same refusal, and not our own lock or half of what was opened.
                self._held.close()
                raise
        return self._copy

    def _opened(self) -> Copy:
        """Both ends, the lock and the plan; refused where an earlier run's notes or somebody's review are missing."""
        project = Project(
            policy_path=Path(self.policy_path),
            source_variable=self.source_variable,
            target_variable=self.target_variable,
        )
        policy = project.policy()
        # What would end the run at its last step ends it before the first.
        self._signs_with = project.signing_key()
        if self._instance is not None:
            refuse_unwritable(proofs_in(self._instance.root_directory))
        source = self._held.enter_context(reachable(project.source_dsn))
        target = self._held.enter_context(reachable(project.target_dsn))
        options = Options(
            acl=self.acl, publications=self.publications, connections=connections_of(os.environ)
        )
        keys = project.keys(policy)
        copy = self._held.enter_context(opened(source, target, policy, keys, options, self._claim))
        self._look_at_earlier_run(copy)
        # Beyond the lock file no asset would load a table, and nobody has looked at a column.
        lock = read_lock(Path(self.lock_path))
        self._changes = drift(lock, copy.catalog, copy.plan)
        refuse_drift(self._changes)
        take_over_target(copy)
        if self._keeps and self._instance is not None:
            return replace(copy, kept=kept_tables(self._instance, copy, lock, Names(self.prefix)))
        return copy

    @property
    def keeps(self) -> bool:
        """Whether the run lets stay what need not be loaded again."""
        return self._keeps

    @property
    def signs_with(self) -> Ed25519PrivateKey | None:
        """The key that signs the run's proof; none where nobody named one."""
        return self._signs_with

    @property
    def changes(self) -> tuple[Change, ...]:
        """What of the source is not as its lock file says, and needs no review."""
        return self._changes

    def _look_at_earlier_run(self, copy: Copy) -> None:
        """Report the run failed whose lock on the target was free: it was killed, and could not do so itself."""
        if self._instance is None or copy.found is None or copy.found.run == self._claim.run:
            return
        dead = self._instance.get_run_by_id(copy.found.run)
        if dead is not None and not dead.is_finished:
            said = f"The run's process is gone; run {self._claim.run} has taken its target over."
            self._instance.report_run_failed(dead, said)
        if dead is None and copy.resumes:
            raise PreflightError(
                "Going on with a refresh",
                f"what run {copy.found.run} noted of it is not in this Dagster storage",
                "Set DAGSTER_HOME to where it ran, or begin a new one: privaci run.",
            )

    def teardown_after_execution(self, context: dg.InitResourceContext) -> None:
        """Let the snapshot go with the run."""
        del context
        self._copy = None
        self._held.close()


def refresh_of(
    context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext, names: Names
) -> Refresh:
    """The resource of the run that a step belongs to."""
    found: Refresh = getattr(context.resources, names.of(RESOURCE))
    return found


def claim_of(run: dg.DagsterRun, names: Names) -> Claim:
    """Which refresh a run belongs to: the one it names, the one of the run that it repeats, or the target's.

    A run that makes the target's tables begins a refresh; one that does not goes on with what is under way.
    """
    goes_on = not _makes_tables(run, names.schema) or GO_ON_TAG in run.tags
    named = run.tags.get(REFRESH_TAG) or run.root_run_id or ("" if goes_on else run.run_id)
    return Claim(
        refresh=named, goes_on=goes_on, run=run.run_id, moment=os.environ.get(SNAPSHOT_VARIABLE, "")
    )


def _makes_tables(run: dg.DagsterRun, schema: dg.AssetKey) -> bool:
    selected = not run.asset_selection or schema in run.asset_selection
    steps = run.step_keys_to_execute
    return selected and (steps is None or schema.to_python_identifier() in steps)
