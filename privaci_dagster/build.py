"""Builds the Dagster definitions of one masked database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dagster as dg

from privaci_core.catalog.lock_file import read_lock
from privaci_dagster.asset_keys import Names
from privaci_dagster.asset_settings import AssetSettings
from privaci_dagster.assets import build_assets
from privaci_dagster.automation import (
    TIMEZONE_VARIABLE,
    UTC,
    build_message_sensors,
    build_schedule,
    build_timetable_sensor,
)
from privaci_dagster.checks import build_checks
from privaci_dagster.drift_checks import (
    build_drift_checks,
    build_drift_sensor,
    build_new_tables_check,
)
from privaci_dagster.messages import Graph
from privaci_dagster.notify import RESOURCE as NOTIFY
from privaci_dagster.notify import Notify
from privaci_dagster.project import Project
from privaci_dagster.refresh import RESOURCE, Refresh
from privaci_dagster.scenario_assets import (
    build_expiry_sensor,
    build_scenarios,
    build_test_rows_check,
    scenarios_of,
)
from privaci_dagster.store_definitions import build_store_definitions
from privaci_dagster.table_checks import build_table_checks, keys_of
from privaci_dagster.table_notes import TableNotes
from privaci_dagster.timetable import refuse_unknown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from privaci_core.catalog.lock_file import Lock

REFRESH_JOB = "refresh"
WHOLE = (
    "A whole refresh: schema, tables, indexes and keys, checks, publication. All steps read one"
    " snapshot of the source."
)


def build_definitions(project: Project) -> dg.Definitions:
    """The definitions of one project; reads two files and opens no connection."""
    lock, names = read_lock(project.lock_path), Names(prefix=project.prefix)
    settings = _settings_of(project, lock, names)
    assets = build_assets(lock, settings)
    checks = build_checks(names, keys_of(lock, names))
    if project.lock_is_reviewed:
        checks.append(build_new_tables_check(names))
    made = [each for each in assets if isinstance(each, dg.AssetsDefinition)]
    makers = {key: each.node_def.name for each in made for key in each.keys}
    of_tables = build_table_checks(project, lock, names, makers)
    kept = build_store_definitions(project, names)
    graph = _graph_of([*made, *kept.assets, *checks, *of_tables], names)
    scenarios = scenarios_of(project)
    test_data = [build_test_rows_check(project, names)] if scenarios else []
    job = _refresh_job(assets, [*checks, *test_data], of_tables, names, executor_of(project))
    return dg.Definitions(
        assets=[*assets, *kept.assets, *build_scenarios(scenarios, project, names)],
        asset_checks=[
            *checks,
            *of_tables,
            *kept.checks,
            *build_drift_checks(project, lock, names),
            *test_data,
        ],
        jobs=[job, *kept.jobs],
        schedules=[build_schedule(job, project, names), *kept.schedules],
        sensors=[
            build_drift_sensor(project, names),
            *build_message_sensors(project, graph, names),
            *build_timetable_sensor(settings.automation, graph, names),
            *([build_expiry_sensor(project, names)] if scenarios else []),
        ],
        resources={
            names.of(RESOURCE): Refresh.of(project),
            names.of(NOTIFY): Notify.of(project),
        },
    )


def _settings_of(project: Project, lock: Lock, names: Names) -> AssetSettings:
    automation = project.automation or {}
    refuse_unknown(automation, (table.qualified for table in lock.tables))
    return AssetSettings(
        names=names,
        notes=TableNotes.of(project.policy_path),
        owners=tuple(project.owners),
        automation=automation,
        timezone=project.environ.get(TIMEZONE_VARIABLE, UTC),
        slices_per_run=project.slices_per_run,
    )


def _graph_of(made: Iterable[dg.AssetsDefinition], names: Names) -> Graph:
    """What of a code location is this database's."""
    made = list(made)
    return Graph(
        job=names.of(REFRESH_JOB),
        steps=frozenset(each.node_def.name for each in made),
        keys=frozenset(key for each in made for key in each.keys),
        published=names.published,
    )


def executor_of(project: Project) -> dg.ExecutorDefinition | None:
    """The executor of a project's runs; None leaves it to the code location.

    Steps in one process share its snapshot and worker processes; steps apart need a held snapshot.
    """
    return None if project.steps_apart else dg.in_process_executor


def _refresh_job(
    assets: list[dg.AssetsDefinition | dg.AssetSpec],
    checks: list[dg.AssetChecksDefinition],
    left_out: list[dg.AssetChecksDefinition],
    names: Names,
    executor: dg.ExecutorDefinition | None,
) -> dg.UnresolvedAssetJobDefinition:
    """The job of our assets alone; a project may have others beside them."""
    ours = [key for asset in assets if isinstance(asset, dg.AssetsDefinition) for key in asset.keys]
    return dg.define_asset_job(
        names.of(REFRESH_JOB),
        selection=(dg.AssetSelection.assets(*ours) | dg.AssetSelection.checks(*checks))
        - dg.AssetSelection.checks(*left_out),
        executor_def=executor,
        description=WHOLE,
    )
