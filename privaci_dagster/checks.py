"""Builds an asset check from each check of the core; results hold counts and names, no value."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dagster as dg

from privaci_core.prove.checks import CHECKS, Check
from privaci_dagster.failures import errors_as_failures
from privaci_dagster.labels import DIFFERENCES, REFRESH
from privaci_dagster.refresh import RESOURCE, refresh_of
from privaci_dagster.refusal import note_refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from privaci_core.prove.verdict import Verdict
    from privaci_dagster.asset_keys import Names

MOST_NAMES = 10
ERROR, WARN = dg.AssetCheckSeverity.ERROR, dg.AssetCheckSeverity.WARN


def build_checks(names: Names) -> list[dg.AssetChecksDefinition]:
    """The checks of a refresh, on the asset that completes the target."""
    return [_build_check(check, names) for check in CHECKS]


def _build_check(check: Check, names: Names) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset=names.constraints,
        name=check.name,
        description=check.proves,
        blocking=check.blocks,
        required_resource_keys={names.of(RESOURCE)},
    )
    def run_check() -> dg.AssetCheckResult:
        with errors_as_failures():
            context = dg.AssetCheckExecutionContext.get()
            refresh = refresh_of(context, names)
            evidence = refresh.evidence()
            result = result_of(check, check.find(evidence), evidence.copy.mark.refresh)
            if not result.passed and result.severity == ERROR:
                note_refusal(context, refresh, names, check.name)
            return result

    return run_check


def result_of(check: Check, verdict: Verdict, refresh: str) -> dg.AssetCheckResult:
    """A verdict on a refresh as Dagster shows it; what the policy allows is a warning."""
    return dg.AssetCheckResult(
        passed=not verdict.differences,
        severity=ERROR if check.blocks and (verdict.wrong or not verdict.differences) else WARN,
        metadata={
            REFRESH: refresh,
            DIFFERENCES: dg.MetadataValue.json(dict(verdict.differences)),
            **_details(verdict),
        },
        description=summary(verdict.differences),
    )


def summary(differences: Mapping[str, object]) -> str:
    """One line for the check's page: names, and counts where there are any."""
    if not differences:
        return "Nothing is wrong."
    named = [
        f"{name}: {found}" if isinstance(found, int | str) else name
        for name, found in differences.items()
    ]
    more = f", and {len(named) - MOST_NAMES} more" if len(named) > MOST_NAMES else ""
    return ", ".join(named[:MOST_NAMES]) + more


def _details(verdict: Verdict) -> dict[str, int | str | dg.JsonMetadataValue]:
    return {
        name: value if isinstance(value, int | str) else dg.MetadataValue.json(value)
        for name, value in verdict.details.items()
    }
