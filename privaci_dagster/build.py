"""Builds the definitions of one masked database: for our code location, the component, and anybody's project."""

from __future__ import annotations

import dagster as dg

from privaci_core.catalog.lock_file import read_lock
from privaci_dagster.asset_keys import Names
from privaci_dagster.assets import build_assets
from privaci_dagster.automation import build_drift_sensor, build_failure_sensor, build_schedule
from privaci_dagster.checks import build_checks
from privaci_dagster.project import Project
from privaci_dagster.refresh import RESOURCE, Refresh

REFRESH_JOB = "refresh"
WHOLE = "A whole refresh: schema, a table after another, indexes and keys, checks, publication. All steps see one moment."


def build_definitions(project: Project) -> dg.Definitions:
    """The definitions of one project, to be merged with others; reads two files and opens no connection."""
    lock, names = read_lock(project.lock_path), Names(project.prefix)
    assets, checks = build_assets(lock, names, project.owners), build_checks(names)
    # Ours alone: in somebody's own project there are other assets beside them.
    ours = [asset.key for asset in assets if isinstance(asset, dg.AssetsDefinition)]
    selection = dg.AssetSelection.assets(*ours) | dg.AssetSelection.checks(*checks)
    # Its steps share the run's snapshot and its workers: one process a run, with processes of its own inside.
    job = dg.define_asset_job(
        names.of(REFRESH_JOB),
        selection=selection,
        executor_def=dg.in_process_executor,
        description=WHOLE,
    )
    return dg.Definitions(
        assets=assets,
        asset_checks=checks,
        jobs=[job],
        schedules=[build_schedule(job, lock.slices, names)],
        sensors=[build_drift_sensor(project, names), build_failure_sensor(names)],
        resources={names.of(RESOURCE): Refresh.of(project)},
    )
