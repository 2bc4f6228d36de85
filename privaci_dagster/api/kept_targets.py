"""Keeps and restores baselines of the target for the HTTP door."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from privaci_core.baselines import kept
from privaci_core.baselines.restore import restore
from privaci_core.baselines.snapshot import snapshot
from privaci_core.errors import PreflightError
from privaci_core.testdata.events import Trail
from privaci_core.testdata.run_errors import NotPublished
from privaci_core.testdata.tokens import new_run
from privaci_dagster.api.failures import Refused
from privaci_dagster.project import proofs_of_environment
from privaci_dagster.proof_ids import proof_finder

if TYPE_CHECKING:
    from privaci_core.baselines.manifest import Baseline
    from privaci_core.stores.store import Store
    from privaci_core.testdata.events import Action
    from privaci_core.testdata.service import TestData
    from privaci_dagster.project import Project

NO_STORE = "No store of baselines is named. Start the service with PRIVACI_STORE."
NO_BASELINE = "The store holds no such baseline. GET /test-data/baseline/list lists those it has."


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptTargets:
    """The baselines in a project's store."""

    project: Project
    test_data: TestData

    def listed(self) -> dict[str, Any]:
        """The baselines of the store, the newest first."""
        return {"baselines": [baseline_json(each) for each in reversed(kept.listed(self._store()))]}

    def snapshot(self, name: str | None, who: str) -> dict[str, Any]:
        """Keep the target; refused while it holds rows that were not proved, those of runs too."""
        store, trail = self._store(), _trail(who)
        try:
            made = snapshot(
                self.test_data.dsn,
                store,
                name or "",
                may_be_plain=not self.project.encrypt,
                find_proof=proof_finder(
                    proofs_of_environment(self.project.environ), self.project.environ
                ),
            )
        except PreflightError as error:
            raise self._refused(trail, error, "snapshot") from None
        self._done(trail, "baseline_kept", made)
        return baseline_json(made) | {"status": "completed", "audit_run_id": trail.run}

    def restore(self, name: str | None, who: str) -> dict[str, Any]:
        """Give the target a baseline's rows, the newest one's if none is named; ends all runs."""
        store, trail = self._store(), _trail(who)
        names = [each.id for each in kept.listed(store)]
        if not names or (name is not None and name not in names):
            raise Refused(status=404, code="BASELINE_NOT_FOUND", message=NO_BASELINE)
        try:
            done = restore(self.test_data.dsn, store, name or "", who=who)
        except PreflightError as error:
            raise self._refused(trail, error, "restore") from None
        self._done(trail, "baseline_restored", done.baseline)
        notes = {"notes": list(done.notes), "strategy": "baseline_restore"}
        told = {"status": "restored", "audit_run_id": trail.run}
        return baseline_json(done.baseline) | told | notes

    def _done(self, trail: Trail, action: Action, baseline: Baseline) -> None:
        """Tell the trail which baseline it was."""
        counts = {"tables": len(baseline.tables), "rows": baseline.rows}
        trail.add(action, outputs={"baseline": baseline.id, **counts})
        self.test_data.record(trail)

    def _refused(self, trail: Trail, error: PreflightError, asked: str) -> Refused:
        """Tell the trail, if the target takes one; returns what the client is told."""
        reason = {"code": "BASELINE_REFUSED", "reason": error.cause}
        trail.add("baseline_refused", "refused", inputs={"asked": asked}, outputs=reason)
        with suppress(NotPublished):
            self.test_data.record(trail)
        message = f"{error.context}: {error.cause.removesuffix('.')}. {error.remediation}"
        return Refused(status=409, code="BASELINE_REFUSED", message=message)

    def _store(self) -> Store:
        if not self.project.store:
            raise Refused(status=501, code="BASELINES_NOT_ENABLED", message=NO_STORE)
        return self.project.object_store()


def baseline_json(baseline: Baseline) -> dict[str, Any]:
    """A baseline, by its manifest."""
    return {
        "baseline_id": baseline.id,
        "captured_at": baseline.at.isoformat(timespec="seconds"),
        "tables": len(baseline.tables),
        "rows": baseline.rows,
        "bytes": baseline.bytes,
        "encrypted": baseline.is_encrypted,
    }


def _trail(who: str) -> Trail:
    """The events of one call; it concerns no scenario, and has a name as runs have."""
    return Trail(run=new_run(), invoker=who)
