"""Builds the schedules by which backups are taken and tried."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dagster as dg

from privaci_core.errors import PreflightError
from privaci_dagster.automation import TIMEZONE_VARIABLE, UTC
from privaci_dagster.stale import BACKUP_AT

if TYPE_CHECKING:
    from privaci_dagster.asset_keys import Names
    from privaci_dagster.project import Project

DRILL_AT = "0 6 * * 0"


def build_backup_schedules(
    project: Project,
    names: Names,
    backup: dg.UnresolvedAssetJobDefinition,
    drill: dg.UnresolvedAssetJobDefinition,
) -> list[dg.ScheduleDefinition]:
    """The schedule of backups and that of drills, each on where its time is named."""
    takes = f"A backup by `backup_cron` ({BACKUP_AT} if not set)."
    tries = f"A drill of the newest backup by `drill_cron` ({DRILL_AT} if not set)."
    return [
        _schedule(
            project, names.of("nightly_backup"), backup, (project.backup_cron, BACKUP_AT), takes
        ),
        _schedule(project, names.of("backup_drill"), drill, (project.drill_cron, DRILL_AT), tries),
    ]


def _schedule(
    project: Project,
    name: str,
    job: dg.UnresolvedAssetJobDefinition,
    times: tuple[str, str],
    description: str,
) -> dg.ScheduleDefinition:
    named, default = times
    status = dg.DefaultScheduleStatus.RUNNING if named else dg.DefaultScheduleStatus.STOPPED
    try:
        return dg.ScheduleDefinition(
            name=name,
            job=job,
            cron_schedule=named or default,
            execution_timezone=project.environ.get(TIMEZONE_VARIABLE, UTC),
            default_status=status,
            description=description,
        )
    except dg.DagsterInvalidDefinitionError:
        raise PreflightError(
            f"Reading when {name} runs",
            f"{named} is not a time",
            'Write it as cron does: "@daily", or "0 5 * * *".',
        ) from None
