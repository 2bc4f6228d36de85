"""Builds the Dagster definitions of one masked database."""

from __future__ import annotations

import dagster as dg

from privaci_core.catalog.lock_file import read_lock
from privaci_dagster.asset_keys import Names
from privaci_dagster.asset_settings import AssetSettings
from privaci_dagster.assets import build_assets
from privaci_dagster.automation import build_drift_sensor, build_failure_sensor, build_schedule
from privaci_dagster.checks import build_checks
from privaci_dagster.project import Project
from privaci_dagster.refresh import RESOURCE, Refresh

REFRESH_JOB = "refresh"
WHOLE = (
    "A whole refresh: schema, tables, indexes and keys, checks, publication. All steps read one"
    " snapshot of the source."
)


def build_definitions(project: Project) -> dg.Definitions:
    """The definitions of one project; reads two files and opens no connection."""
    lock, names = read_lock(project.lock_path), Names(prefix=project.prefix)
    settings = AssetSettings(
        names=names, owners=tuple(project.owners), slices_per_run=project.slices_per_run
    )
    assets, checks = build_assets(lock, settings), build_checks(names)
    job = _refresh_job(assets, checks, names, executor_of(project))
    return dg.Definitions(
        assets=assets,
        asset_checks=checks,
        jobs=[job],
        schedules=[build_schedule(job, names)],
        sensors=[build_drift_sensor(project, names), build_failure_sensor(names)],
        resources={names.of(RESOURCE): Refresh.of(project)},
    )


def executor_of(project: Project) -> dg.ExecutorDefinition | None:
    """The executor of a project's runs; None leaves it to the code location.

    Steps in one process share its snapshot and worker processes; steps apart need a held snapshot.
    """
    return None if project.steps_apart else dg.in_process_executor


def _refresh_job(
    assets: list[dg.AssetsDefinition | dg.AssetSpec],
    checks: list[dg.AssetChecksDefinition],
    names: Names,
    executor: dg.ExecutorDefinition | None,
) -> dg.UnresolvedAssetJobDefinition:
    """The job of our assets alone; a project may have others beside them."""
    ours = [key for asset in assets if isinstance(asset, dg.AssetsDefinition) for key in asset.keys]
    return dg.define_asset_job(
        names.of(REFRESH_JOB),
        selection=dg.AssetSelection.assets(*ours) | dg.AssetSelection.checks(*checks),
        executor_def=executor,
        description=WHOLE,
    )
