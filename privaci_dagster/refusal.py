"""Ends a run whose checks refuse the publication: says so in the target's trail and in Dagster."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import dagster as dg

from privaci_core.errors import PrivaciError
from privaci_core.plan.markdown import sentence
from privaci_core.prove.checks import CHECK_NAMED
from privaci_core.refresh.files import discard_files
from privaci_core.refresh.refuse import empty_target, record_refusal
from privaci_core.target.audit_trail import Entry
from privaci_dagster.history import started_by

if TYPE_CHECKING:
    from collections.abc import Iterator

    from privaci_core.prove.evidence import Evidence
    from privaci_core.refresh.open import Opened
    from privaci_dagster.asset_keys import Names
    from privaci_dagster.refresh import Refresh

LATEST_ATTEMPT = "latest_attempt"
REFUSED = "The latest refresh was refused; the target was not published."
REFUSED_BY = "refused by"


def latest_attempt(names: Names) -> dg.AssetCheckSpec:
    """The check of the published target that a refused refresh fails."""
    return dg.AssetCheckSpec(
        LATEST_ATTEMPT,
        asset=names.published,
        description="The latest refresh of the target was published; a refused one fails this.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A publication that checks refuse: the run, its copy, and the checks that failed so far."""

    context: dg.AssetCheckExecutionContext | dg.AssetExecutionContext
    opened: Opened
    names: Names
    empties: bool
    # Whether the target's audit trail is to have an entry of it.
    is_recorded: bool
    checks: list[str]
    evidence: Evidence

    def settle(self) -> None:
        """Report and record the refusal, and empty the target if that is wanted."""
        self._report()
        copy = self.opened.copy
        try:
            if self.is_recorded:
                record_refusal(copy, self._entry())
            if copy.files is not None:
                # The target is closed; nothing closes files. A resume reads them from the target.
                discard_files(copy.files)
            if self.empties:
                empty_target(copy, self.opened.connections)
        except PrivaciError as error:
            # The run has failed already and the target is closed; a traceback could hold values.
            self.context.log.error(str(error))  # noqa: TRY400

    def _entry(self) -> Entry:
        run = self.context.run
        return Entry(
            refresh=self.opened.copy.mark.refresh,
            run=run.run_id,
            who=started_by(run),
            at=datetime.now(UTC),
            event="refused",
            said=", ".join(sorted(self.checks)),
        )

    def _report(self) -> None:
        """Fail the check of the published target: what it was before is no longer the latest."""
        evaluation = dg.AssetCheckEvaluation(
            asset_key=self.names.published,
            check_name=LATEST_ATTEMPT,
            passed=False,
            metadata={REFUSED_BY: ", ".join(sorted(self.checks))},
            description=" ".join([REFUSED, *self._reasons()]),
        )
        self.context.instance.report_runless_asset_event(evaluation)

    def _reasons(self) -> Iterator[str]:
        """What each of the checks found first, in its own words."""
        for name in sorted(self.checks):
            verdict = self.evidence.verdicts.get(name)
            yield from map(sentence, CHECK_NAMED[name].sentences(verdict)[:1] if verdict else ())


def note_refusal(
    context: dg.AssetCheckExecutionContext | dg.AssetExecutionContext,
    refresh: Refresh,
    names: Names,
    check: str,
) -> None:
    """Note a failed check; when the run ends, its refusal is settled once, under the lock."""
    if not refresh.refused_by:
        opened = refresh.open_copy()
        refusal = Refusal(
            context=context,
            opened=opened,
            names=names,
            empties=refresh.on_failed_proof == "empty",
            is_recorded=opened.copy.policy.audit_log and refresh.audit_table,
            checks=refresh.refused_by,
            evidence=refresh.evidence(),
        )
        refresh.at_end(refusal.settle)
    refresh.refused_by.append(check)
