"""Builds an asset check from each check of the core; results hold counts and names, no value."""

from __future__ import annotations

import time
from types import MappingProxyType
from typing import TYPE_CHECKING

import dagster as dg

from privaci_core.prove.checks import CHECKS, Check
from privaci_core.prove.tables import OF_ROWS
from privaci_dagster.check_results import ERROR, result_of
from privaci_dagster.failures import errors_as_failures
from privaci_dagster.refresh import RESOURCE, refresh_of
from privaci_dagster.refusal import note_refusal
from privaci_dagster.table_checks import record_tables

if TYPE_CHECKING:
    from collections.abc import Mapping

    from privaci_dagster.asset_keys import Names

NO_TABLES: Mapping[str, dg.AssetKey] = MappingProxyType({})


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
        with errors_as_failures(f"Checking the target: {check.name}"):
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
