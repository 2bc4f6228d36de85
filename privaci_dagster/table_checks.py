"""Builds the check of each table, and records what the checks of all rows found of it."""

from __future__ import annotations

from collections.abc import Iterator  # noqa: TC003 - Dagster reads annotations
from typing import TYPE_CHECKING

import dagster as dg

from privaci_core.errors import PreflightError
from privaci_core.plan.markdown import plain, sentence
from privaci_core.prove.tables import are_judged, proved_again, proved_tables
from privaci_dagster.failures import errors_as_failures
from privaci_dagster.labels import REFRESH, WHAT_TO_DO
from privaci_dagster.legal_checks import checks_of_tables
from privaci_dagster.refresh import RESOURCE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from privaci_core.catalog.lock_file import Lock
    from privaci_core.prove.evidence import Evidence
    from privaci_core.prove.tables import ProvedTable
    from privaci_dagster.asset_keys import Names
    from privaci_dagster.project import Project

PROVED, STEP = "proved", "proved_tables"
ROWS_ARE_PROVED = (
    "The rows of {} in the target are those that were sent, and hold no original that is searched."
)


def keys_of(lock: Lock, names: Names) -> dict[str, dg.AssetKey]:
    """The asset of each table of the target, by the table's name."""
    return {table.qualified: names.target(table) for table in lock.tables}


def build_table_checks(
    project: Project, lock: Lock, names: Names, makers: Mapping[dg.AssetKey, str]
) -> list[dg.AssetChecksDefinition]:
    """The check of each table, in one step; `makers` are the steps that make assets, by asset.

    The job `refresh` leaves the step out: its checks of all rows record what they find of each
    table, at one event a table instead of three and two queries. In any other run the step waits
    for the publication, and compares the published tables with what the target keeps of its proof:
    what the checks of another process read may be gone by then.
    """
    keys = keys_of(lock, names)
    specs = _specs_of(keys, names)

    @checks_of_tables(
        names.of(STEP),
        specs,
        waits_for=[names.published, *keys.values()],
        resources=[names.of(RESOURCE)],
    )
    def check_tables() -> Iterator[dg.AssetCheckResult]:
        with errors_as_failures("Checking tables of the target"):
            context = dg.AssetCheckExecutionContext.get()
            selected = {key.asset_key for key in context.selected_asset_check_keys}
            chosen = {table: key for table, key in keys.items() if key in selected}
            job = context.op_execution_context.job_def
            loads = any(map(job.has_node_named, makers.values()))
            for table in _of_published(context, project, chosen, loads=loads):
                yield _result(table, chosen[table.name], "")

    return [check_tables] if specs else []


def _specs_of(keys: Mapping[str, dg.AssetKey], names: Names) -> list[dg.AssetCheckSpec]:
    return [
        dg.AssetCheckSpec(
            PROVED,
            asset=key,
            additional_deps=[names.published],
            description=ROWS_ARE_PROVED.format(plain(table)),
        )
        for table, key in keys.items()
    ]


def _of_published(
    context: dg.AssetCheckExecutionContext,
    project: Project,
    chosen: Mapping[str, dg.AssetKey],
    *,
    loads: bool,
) -> list[ProvedTable]:
    """Tables of the published target; none of one that runs are still loading."""
    try:
        with project.target() as dsn:
            return list(proved_again(dsn, chosen.keys()))
    except PreflightError as error:
        if not loads:
            raise
        context.log.info(str(error))
        return []


def record_tables(
    context: dg.AssetCheckExecutionContext | dg.AssetExecutionContext,
    evidence: Evidence,
    keys: Mapping[str, dg.AssetKey],
    names: Names,
    *,
    refused: bool = False,
) -> None:
    """Record the state of each table once all checks of rows have looked, and no step does it.

    Where the new rows were refused before a step of their checks, none will.
    """
    step = context.op_execution_context
    told_by_step = step.job_def.has_node_named(names.of(STEP)) and not refused
    if not are_judged(evidence) or told_by_step:
        return
    for table in proved_tables(evidence):
        if table.name in keys:
            result = _result(table, keys[table.name], evidence.copy.mark.refresh)
            evaluation = dg.AssetCheckEvaluation(
                asset_key=keys[table.name],
                check_name=PROVED,
                passed=result.passed,
                severity=result.severity,
                description=result.description,
                metadata=result.metadata,
            )
            # Its annotation leaves out what it takes.
            step.log_event(evaluation)  # type: ignore[arg-type]


def _result(table: ProvedTable, key: dg.AssetKey, refresh: str = "") -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=PROVED,
        passed=not table.wrong,
        description=sentence(table.sentence),
        metadata={
            **({REFRESH: refresh} if refresh else {}),
            "rows": table.rows,
            "masked_columns": table.masked_columns,
            **({WHAT_TO_DO: dg.MetadataValue.json(list(table.wrong))} if table.wrong else {}),
        },
    )
