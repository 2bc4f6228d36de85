"""The resource that lives for one run: all of its steps read one snapshot of the source."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import replace
from pathlib import Path
from types import new_class
from typing import TYPE_CHECKING, Any, ClassVar

import dagster as dg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: TC002 - pydantic reads it
from pydantic import PrivateAttr

from privaci_core.catalog.lock_file import read_lock, sliced_in
from privaci_core.loading.copy import Options
from privaci_core.plan.detectors import drift_and_detected
from privaci_core.plan.drift import Change, concerning, refuse_drift
from privaci_core.prove.evidence import Evidence
from privaci_core.prove.extent import extent_of
from privaci_core.refresh.open import Opened, opened
from privaci_core.refresh.remembered_start import remembered_start
from privaci_core.refresh.resume import take_over_target
from privaci_core.target.claim import NEW, Claim, is_unfinished
from privaci_dagster.asset_keys import KEEP_UNCHANGED_TAG, Names
from privaci_dagster.claims import claim_of, claim_of_tables, settle_earlier_run, tags_of
from privaci_dagster.drift import report_drift
from privaci_dagster.failures import errors_as_failures
from privaci_dagster.held_snapshot import snapshot_named
from privaci_dagster.keep_unchanged import changed_tables, unchanged_tables
from privaci_dagster.project import (
    KEEP,
    SOURCE_VARIABLE,
    TARGET_VARIABLE,
    Project,
    proofs_in,
    refuse_unknown_fate,
)
from privaci_dagster.project_variables import connections_of
from privaci_dagster.proof_store import refuse_unkept
from privaci_dagster.scratch_target import target_of_refresh

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from collections.abc import Set as AbstractSet
    from typing import Self

    from privaci_core.catalog.lock_file import Lock
    from privaci_core.policy import Policy

RESOURCE = "refresh"
OF_CHECKS = dg.AssetCheckExecutionContext
# A snapshot of the source that another process holds open, for steps that share no process.
SNAPSHOT_VARIABLE = "PRIVACI_SNAPSHOT"


class Refresh(dg.ConfigurableResource["Refresh"]):
    """Opens a copy when the first step asks; holds names of files and variables, no secret."""

    policy_path: str = "mask-rules.yaml"
    lock_path: str = "privaci.lock.json"
    source_variable: str = SOURCE_VARIABLE
    target_variable: str = TARGET_VARIABLE
    acl: bool = True
    publications: bool = True
    # How much of the target is searched for originals; how many rows of each table in a sample.
    search: str = "full"
    probe_rows: int = 100_000
    # Whether unchanged tables stay in the target; a run may ask for it by its tag as well.
    keep_unchanged: bool = False
    # What becomes of a target that a check refuses: keep it closed, or empty it.
    on_failed_proof: str = "keep"
    # Precedes the names of this database's assets.
    prefix: str = ""
    # Copy what belongs to these rows alone, as `public.customer: id = 42`; a run may say it.
    subset_start: str = ""
    audit_table: bool = True

    # Set on a class of each project's own: a field's value would be stored with the run.
    environ: ClassVar[Mapping[str, str]] = os.environ
    lock_is_reviewed: ClassVar[bool] = True

    _instance: dg.DagsterInstance | None = PrivateAttr(default=None)
    _run: dg.DagsterRun | None = PrivateAttr(default=None)
    _claim: Claim = PrivateAttr(default=NEW)
    # The snapshot that a variable names, and the assets that the run makes.
    _held: str = PrivateAttr(default="")
    _keys: frozenset[dg.AssetKey] = PrivateAttr(default=frozenset())
    _evidence: Evidence | None = PrivateAttr(default=None)
    _keeps_unchanged: bool = PrivateAttr(default=False)
    _signing_key: Ed25519PrivateKey | None = PrivateAttr(default=None)
    _resources: ExitStack = PrivateAttr(default_factory=ExitStack)
    _changes: tuple[Change, ...] = PrivateAttr(default=())
    _opened: Opened | None = PrivateAttr(default=None)
    # The checks that refused the publication so far.
    _refused_by: list[str] = PrivateAttr(default_factory=list)
    # Of a run over tables alone: what each table that it exchanged is to tell.
    _exchanged: dict[str, dict[str, Any]] | None = PrivateAttr(default=None)

    @classmethod
    def of(cls, project: Project) -> Self:
        """The resource of a project; it reads the project's variables, not the process's."""
        values = {
            "policy_path": str(project.policy_path),
            "lock_path": str(project.lock_path),
            "source_variable": project.source_variable,
            "target_variable": project.target_variable,
            "acl": project.options.acl,
            "publications": project.options.publications,
            "prefix": project.prefix,
            "keep_unchanged": project.keep_unchanged,
            "on_failed_proof": project.on_failed_proof,
            "search": project.search,
            "subset_start": project.subset_start,
            "audit_table": project.audit_table,
        }
        members = {
            "__module__": cls.__module__,
            "__doc__": cls.__doc__,
            "environ": project.environ,
            "lock_is_reviewed": project.lock_is_reviewed,
            # Defaults of the class: a run that configures one field leaves the others as they are.
            "__annotations__": {name: type(value) for name, value in values.items()},
            **values,
        }
        bound: type[Self] = new_class(
            cls.__name__, (cls,), exec_body=lambda body: body.update(members)
        )
        return bound()

    def setup_for_execution(self, context: dg.InitResourceContext) -> None:
        """Learn which run this is; nothing is opened before a step asks."""
        with errors_as_failures("Beginning a run"):
            self._instance = context.instance
            if context.run is not None:
                snapshot = self.environ.get(SNAPSHOT_VARIABLE, "")
                self._run = context.run
                self._claim = claim_of(context.run, Names(prefix=self.prefix), snapshot)
                self._held = snapshot
                asked = context.run.tags.get(KEEP_UNCHANGED_TAG) == KEEP
                self._keeps_unchanged = self.keep_unchanged or asked

    def teardown_after_execution(self, context: dg.InitResourceContext) -> None:
        """Close the copy with the run: the snapshot ends, and the target's lock is released."""
        del context
        self._opened = None
        with errors_as_failures("Ending a run"):
            self._resources.close()

    def learn(self, keys: AbstractSet[dg.AssetKey]) -> None:
        """Learn which assets the run makes: a job of another project may name some of ours."""
        if self._run is not None and not self._keys:
            self._keys = frozenset(self._run.asset_selection or keys)
            names = Names(prefix=self.prefix)
            self._claim = claim_of(self._run, names, self._held, self._keys)

    def open_copy(self) -> Opened:
        """The run's copy; the first step that asks opens it."""
        if self._opened is None:
            try:
                self._opened = self._open()
            except BaseException:
                # The next step must meet the same error, not our own lock.
                self._resources.close()
                raise
        return self._opened

    def evidence(self) -> Evidence:
        """What the run's checks look at; they share what was read."""
        if self._evidence is None:
            opened = self.open_copy()
            self._evidence = Evidence(
                copy=opened.copy,
                source=opened.connections.source,
                search=extent_of(self.search),
                sample_rows=self.probe_rows,
            )
        return self._evidence

    def loading(self, doing: str) -> AbstractContextManager[None]:
        """Load rows beside other processes of the refresh."""
        lock = self.open_copy().connections.lock
        return lock.loading(doing) if lock else nullcontext()

    def alone(self, doing: str) -> AbstractContextManager[None]:
        """Change the target's shape while no other process of the refresh writes to it."""
        lock = self.open_copy().connections.lock
        return lock.alone(doing) if lock else nullcontext()

    def at_end(self, last: Callable[[], None]) -> None:
        """Call something when the run ends, while its copy is still open and its target locked."""
        self._resources.callback(last)

    @property
    def refused_by(self) -> list[str]:
        """The checks that refused the publication so far."""
        return self._refused_by

    def exchanged(
        self, exchange: Callable[[], dict[str, dict[str, Any]]]
    ) -> dict[str, dict[str, Any]]:
        """What the run's tables tell; the first step that asks exchanges them all."""
        if self._exchanged is None:
            self._exchanged = exchange()
        return self._exchanged

    @property
    def keeps_unchanged(self) -> bool:
        """Whether the run does not load tables whose rows would be the same again."""
        return self._keeps_unchanged

    @property
    def signing_key(self) -> Ed25519PrivateKey | None:
        """The key that signs the run's proof, if the environment names one."""
        return self._signing_key

    @property
    def changes(self) -> tuple[Change, ...]:
        """How the source differs from its lock file, where that needs no review."""
        return self._changes

    def _open(self) -> Opened:
        """Open both databases and plan the copy; refuse changes that wait for a review."""
        project = Project(
            policy_path=Path(self.policy_path),
            source_variable=self.source_variable,
            target_variable=self.target_variable,
            subset_start=self.subset_start,
            environ=self.environ,
        )
        # A table that the lock file lacks has no asset to load it.
        lock = read_lock(Path(self.lock_path))
        refresh = self._open_both_ends(project, lock)
        copy, earlier = refresh.copy, refresh.earlier
        if self._instance is not None:
            settle_earlier_run(self._instance, earlier, self._claim.run)
        self._changes = drift_and_detected(lock, copy.catalog, copy.plan)
        if self._instance is not None and self.lock_is_reviewed:
            report_drift(self._instance, self._changes, lock, Names(prefix=self.prefix))
        refuse_drift(concerning(self._changes, copy.selection))
        take_over_target(copy, earlier)
        if self._instance is not None and self._run is not None:
            self._instance.add_run_tags(self._run.run_id, tags_of(copy))
        if self._keeps_unchanged and self._instance is not None and not copy.selection:
            names = Names(prefix=self.prefix)
            unchanged = unchanged_tables(self._instance, refresh, lock, names)
            if unchanged and copy.swaps and not earlier.resumes:
                changed = changed_tables(copy, unchanged)
                refresh = self._open_for(project, lock, changed)
                unchanged -= changed
            return replace(refresh, earlier=replace(refresh.earlier, unchanged=unchanged))
        return refresh

    def _open_for(self, project: Project, lock: Lock, tables: frozenset[str]) -> Opened:
        """Open the copy of these tables alone: the others stay in the published target."""
        self._resources.close()
        self._claim = replace(self._claim, tables=tables)
        return self._open_both_ends(project, lock)

    def _open_both_ends(self, project: Project, lock: Lock) -> Opened:
        """Read what the run needs until its end, then open source and target."""
        refuse_unknown_fate(self.on_failed_proof)
        extent_of(self.search)
        self._signing_key = project.signing_key()
        if self._instance is not None:
            refuse_unkept(proofs_in(self._instance.root_directory, self.environ), self.environ)
        source = self._resources.enter_context(project.source())
        target = self._resources.enter_context(target_of_refresh(project, source))
        connections = connections_of(self.environ)
        options = Options(acl=self.acl, publications=self.publications, connections=connections)
        policy = project.policy()
        keys = project.keys(policy)
        if not project.subset_start:
            start = remembered_start(target, policy.on_existing_data, keys, self._claim)
            project = replace(project, subset_start=start)
            policy = project.policy()
        start = project.subset_start
        self._claim = replace(self._claim, subset_start=start, environ=self.environ)
        claim = self._claim_on(target, policy, lock)
        return self._resources.enter_context(opened(source, target, policy, keys, options, claim))

    def _claim_on(self, target: str, policy: Policy, lock: Lock) -> Claim:
        """What the run asks of this target: tables alone are exchanged in a published one."""
        names = Names(prefix=self.prefix)
        snapshot = snapshot_named(self._claim.snapshot, self._instance, names)
        claim = replace(self._claim, slices=sliced_in(lock), snapshot=snapshot)
        if self._run is None or is_unfinished(target, policy.on_existing_data):
            return claim
        return claim_of_tables(self._run, claim, lock, names, self._keys)


def refresh_of(
    context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext, names: Names
) -> Refresh:
    """The resource of the run that a step belongs to."""
    found: Refresh = getattr(context.resources, names.of(RESOURCE))
    step = context.op_execution_context if isinstance(context, OF_CHECKS) else context
    found.learn(frozenset(step.job_def.asset_layer.executable_asset_keys))
    return found
