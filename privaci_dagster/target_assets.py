"""Builds the assets around the rows: the target's schema before them, its constraints after."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import dagster as dg

from privaci_core.plan.show import lines_of
from privaci_core.postgres.names import column_name
from privaci_core.prove.search.head_start import head_start
from privaci_core.prove.search.no_originals import no_originals
from privaci_core.refresh.steps import NOTHING, create_target, finish_target
from privaci_core.refresh.unloaded import refuse_unloaded
from privaci_dagster.asset_keys import CLOSING, OPENING, REFRESH_TAG
from privaci_dagster.failures import errors_as_failures
from privaci_dagster.history import fingerprints_of
from privaci_dagster.labels import NOTES, SIZES, SUSPECTED, SUSPECTED_COLUMNS, UNCHANGED
from privaci_dagster.refresh import refresh_of

if TYPE_CHECKING:
    from collections.abc import Container

    from privaci_core.loading.copy import Copy
    from privaci_core.refresh.earlier_run import EarlierRun
    from privaci_dagster.asset_keys import Names
    from privaci_dagster.asset_settings import AssetSettings
    from privaci_dagster.refresh import Refresh

# Executors whose steps share what is read: Dagster's own, and that of `execute_in_process`.
IN_ONE_PROCESS = (dg.in_process_executor.name, "execute_in_process_executor")


def build_schema(settings: AssetSettings) -> dg.AssetsDefinition:
    """The asset that opens a refresh."""

    @settings.asset(settings.names.schema, OPENING)
    def schema() -> dg.MaterializeResult[None]:
        """The target's tables, types, views and functions, before any row: opens a refresh."""
        with errors_as_failures("Creating the target's tables"):
            refresh = refresh_of(dg.AssetExecutionContext.get(), settings.names)
            opened = refresh.open_copy()
            copy, earlier = opened.copy, opened.earlier
            notes: tuple[str, ...] = ()
            if not copy.selection:
                # The step that exchanges a selection creates the place where it is loaded.
                with refresh.alone("Creating the target's tables"):
                    notes = create_target(copy, opened.connections.source, earlier)
            metadata = _schema_metadata(refresh, copy, earlier)
            return dg.MaterializeResult(
                metadata={**metadata, NOTES: dg.MetadataValue.json(list(notes))},
                tags={REFRESH_TAG: copy.mark.refresh},
            )

    return schema


def build_constraints(tables: list[dg.AssetKey], settings: AssetSettings) -> dg.AssetsDefinition:
    """The asset that completes the target once its tables are loaded."""
    # A source without tables has functions and types, which the schema step creates all the same.
    before = tables or [settings.names.schema]

    @settings.asset(settings.names.constraints, CLOSING, deps=before)
    def constraints() -> dg.MaterializeResult[None]:
        """The target's indexes, keys, triggers and policies, built after the rows."""
        with errors_as_failures("Completing the target"):
            started = time.monotonic()
            refresh = refresh_of(dg.AssetExecutionContext.get(), settings.names)
            opened = refresh.open_copy()
            copy = opened.copy
            with refresh.alone("Completing the target"):
                # A target may have no connection left for what follows.
                opened.connections.sessions.close()
                refuse_unloaded(opened)
                is_searched = _is_searched_here(settings.names)
                meanwhile = head_start(refresh.evidence()) if is_searched else NOTHING
                source, earlier = opened.connections.source, opened.earlier
                notes = finish_target(copy, source, earlier, meanwhile)
            seconds = time.monotonic() - started
            return dg.MaterializeResult(
                metadata={NOTES: dg.MetadataValue.json(list(notes)), "seconds": round(seconds, 3)},
                tags={REFRESH_TAG: copy.mark.refresh},
            )

    return constraints


def _is_searched_here(names: Names) -> bool:
    """Whether this process will search the target for originals as well."""
    job = dg.AssetExecutionContext.get().job_def
    check = f"{names.constraints.to_python_identifier()}_{no_originals.__name__}"
    return job.executor_def.name in IN_ONE_PROCESS and job.has_node_named(check)


def _schema_metadata(refresh: Refresh, copy: Copy, earlier: EarlierRun) -> dict[str, Any]:
    """What a refresh is made of, and what it has to load."""
    sizes = bytes_to_load(copy, earlier.unchanged)
    suspected = [
        f"{column_name(table, column)} ({found.kind.replace('_', ' ')}: {found.evidence})"
        for table, column, found in copy.plan.suspected
        if found.confidence != "low"
    ]
    changes = [str(change) for change in refresh.changes]
    return {
        "tables": len(sizes),
        "masked columns": sum(line.masks for line in lines_of(copy.plan, copy.catalog)),
        **fingerprints_of(copy),
        "refresh": copy.mark.refresh,
        "resumed": earlier.resumes,
        UNCHANGED: dg.MetadataValue.json(sorted(earlier.unchanged)),
        SIZES: dg.MetadataValue.json(sizes),
        SUSPECTED: len(suspected),
        SUSPECTED_COLUMNS: dg.MetadataValue.json(suspected),
        "drift from the lock file": dg.MetadataValue.json(changes),
    }


def bytes_to_load(copy: Copy, unchanged: Container[str]) -> dict[str, int]:
    """The bytes of each table: of all its partitions, and 0 where it is unchanged."""
    sizes: dict[str, int] = {}
    for plan in copy.plan.tables:
        table = copy.root_of(plan)
        sizes[table] = sizes.get(table, 0) + (0 if table in unchanged else plan.size_bytes)
    return sizes
