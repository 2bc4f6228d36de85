"""Builds all that a project with a store has beside its refresh: baselines, backups, drills."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from privaci_core.errors import PreflightError
from privaci_dagster.backup_asset import (
    build_backup,
    build_backup_job,
    build_drill,
    build_drill_job,
)
from privaci_dagster.backup_schedules import build_backup_schedules
from privaci_dagster.baseline_asset import build_baseline, build_baseline_job
from privaci_dagster.variables import BACKUP_CRON_VARIABLE, STORE_VARIABLE

if TYPE_CHECKING:
    import dagster as dg

    from privaci_dagster.asset_keys import Names
    from privaci_dagster.project import Project


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreDefinitions:
    """The definitions; none without a store."""

    assets: tuple[dg.AssetsDefinition, ...] = ()
    checks: tuple[dg.AssetChecksDefinition, ...] = ()
    jobs: tuple[dg.UnresolvedAssetJobDefinition, ...] = ()
    schedules: tuple[dg.ScheduleDefinition, ...] = ()


def build_store_definitions(project: Project, names: Names) -> StoreDefinitions:
    """The definitions of one project's store."""
    if not project.store:
        _refuse_times(project)
        return StoreDefinitions()
    check = build_drill(project, names)
    backup, drill = build_backup_job(project, names), build_drill_job(check, names)
    # They refuse words that are no time, which the age of a backup is told by.
    schedules = tuple(build_backup_schedules(project, names, backup, drill))
    return StoreDefinitions(
        assets=(build_baseline(project, names), build_backup(project, names)),
        checks=(check,),
        jobs=(build_baseline_job(names), backup, drill),
        schedules=schedules,
    )


def _refuse_times(project: Project) -> None:
    """Refuse times of backups that would never be taken."""
    if project.backup_cron or project.drill_cron:
        raise PreflightError(
            "Loading the schedules of backups",
            "they have a time, and no store is named",
            f"Name one: store in the component, or {STORE_VARIABLE}; or leave out backup_cron and"
            f" drill_cron ({BACKUP_CRON_VARIABLE} and its like).",
            "docs/how-to/baselines.md",
        )
