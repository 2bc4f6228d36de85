"""Builds an asset check from each check of the core; results hold counts and names, no value."""

from __future__ import annotations

import time
from types import MappingProxyType
from typing import TYPE_CHECKING

import dagster as dg

from privaci_core.prove.checks import CHECKS, Check
from privaci_core.prove.tables import OF_ROWS
from privaci_dagster.failures import errors_as_failures
from privaci_dagster.labels import DIFFERENCE_COUNT, DIFFERENCES, REFRESH, WHAT_TO_DO
from privaci_dagster.refresh import RESOURCE, refresh_of
from privaci_dagster.refusal import note_refusal
from privaci_dagster.table_checks import record_tables

if TYPE_CHECKING:
    from collections.abc import Mapping

    from privaci_core.prove.verdict import Verdict
    from privaci_dagster.asset_keys import Names

MOST_SENTENCES = 3
NO_TABLES: Mapping[str, dg.AssetKey] = MappingProxyType({})
ERROR, WARN = dg.AssetCheckSeverity.ERROR, dg.AssetCheckSeverity.WARN


def build_checks(
    names: Names, tables: Mapping[str, dg.AssetKey] = NO_TABLES
) -> list[dg.AssetChecksDefinition]:
    """The checks of a refresh, on the asset that completes the target.

    Those that judge rows record the state of each table as well.
    """
    return [_build_check(check, names, tables) for check in CHECKS]


def _build_check(
    check: Check, names: Names, tables: Mapping[str, dg.AssetKey]
) -> dg.AssetChecksDefinition:
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
            started = time.monotonic()
            verdict = check.verdict(evidence)
            seconds = time.monotonic() - started
            if check.name in OF_ROWS:
                record_tables(context, evidence, tables, names)
            result = result_of(check, verdict, evidence.copy.mark.refresh, seconds)
            if not result.passed and result.severity == ERROR:
                note_refusal(context, refresh, names, check.name)
            return result

    return run_check


def result_of(
    check: Check, verdict: Verdict, refresh: str, seconds: float = 0
) -> dg.AssetCheckResult:
    """A verdict on a refresh as Dagster shows it; what the policy allows is a warning."""
    sentences = check.sentences(verdict)
    return dg.AssetCheckResult(
        passed=not verdict.differences,
        severity=ERROR if check.blocks and (verdict.wrong or not verdict.differences) else WARN,
        metadata={
            REFRESH: refresh,
            DIFFERENCES: dg.MetadataValue.json(dict(verdict.differences)),
            # Dagster draws a number as a line over the runs.
            DIFFERENCE_COUNT: len(verdict.differences),
            "seconds": round(seconds, 3),
            **_details(verdict),
            **({WHAT_TO_DO: dg.MetadataValue.json(sentences)} if sentences else {}),
        },
        description=summary(sentences),
    )


def summary(sentences: list[str]) -> str:
    """What the check's page shows first: the first sentences, each on its line."""
    more = ["`what_to_do` has more."] if len(sentences) > MOST_SENTENCES else []
    return "\n".join([*sentences[:MOST_SENTENCES], *more]) or "Nothing is wrong."


def _details(verdict: Verdict) -> dict[str, int | str | dg.JsonMetadataValue]:
    return {
        name: value if isinstance(value, int | str) else dg.MetadataValue.json(value)
        for name, value in verdict.details.items()
    }
