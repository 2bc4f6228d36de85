"""Runs the refresh job in this process, and reads its result."""

from __future__ import annotations

import platform
import uuid
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from dagster import AssetCheckSeverity, DagsterExecutionInterruptedError

from privaci_core.catalog.catalog import read_catalog
from privaci_core.catalog.lock_file import SLICE_BYTES, lock_of, read_lock, write_lock
from privaci_core.errors import Interrupted, PreflightError
from privaci_core.postgres.names import table_name
from privaci_core.postgres.session import source_session
from privaci_core.prove.checks import CHECK_NAMED
from privaci_dagster.asset_keys import FROM_TAG, REFRESH_TAG, Names
from privaci_dagster.build import REFRESH_JOB, build_definitions
from privaci_dagster.cli.home import open_instance
from privaci_dagster.cli.progress import LogFormat, show_progress
from privaci_dagster.cli.watch import Listener, watched
from privaci_dagster.failures import was_interrupted
from privaci_dagster.labels import LEFT_OUT, NOT_ASKED, NOTES, SUSPECTED_COLUMNS
from privaci_dagster.scratch_target import target_of_refresh

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from dagster import AssetCheckEvaluation, AssetKey, ExecuteInProcessResult, MetadataValue

    from privaci_dagster.project import Project

# The UI shows a run on its job's page and in the timeline of the code location with this tag.
SHOWN = {
    ".dagster/repository": "__repository__@privaci_dagster.definitions",
    FROM_TAG: f"the command line at {platform.node()}",
}
# The notes that a person who waits for the command should read at once.
REVIEWED = ("REFERENCE ", "ALIAS ")
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def run_refresh(
    project: Project,
    home: Path,
    tags: Mapping[str, str] | None = None,
    log_format: LogFormat = "none",
    tables: Sequence[str] = (),
    listeners: Sequence[Listener] = (),
) -> ExecuteInProcessResult:
    """Run the refresh job in this process, or its steps of some tables.

    A missing lock file is written first.
    """
    with started(project) as ready, ExitStack() as stack:
        write_missing_lock(ready)
        instance = stack.enter_context(open_instance(home))
        job = build_definitions(ready).resolve_job_def(REFRESH_JOB)
        run_id = str(uuid.uuid4())
        keys = _keys_of(ready, tables) or None
        stack.enter_context(show_progress(instance, run_id, log_format))
        for listener in listeners:
            listener.begin(ready, (tags or {}).get(REFRESH_TAG, run_id))
            stack.enter_context(watched(instance, run_id, listener))
        with resumable():
            result = job.execute_in_process(
                run_config=QUIET,
                instance=instance,
                tags={**SHOWN, **(tags or {})},
                raise_on_error=False,
                run_id=run_id,
                asset_selection=keys,
            )
            if was_interrupted(result):
                raise KeyboardInterrupt
            return result


@contextmanager
def resumable() -> Iterator[None]:
    """Say how to continue a refresh that a signal ended."""
    try:
        yield
    except (KeyboardInterrupt, DagsterExecutionInterruptedError):
        said = "interrupted; continue with `privaci resume`"
        raise Interrupted(said, "a signal ended it", "privaci resume") from None


def _keys_of(project: Project, tables: Sequence[str]) -> list[AssetKey]:
    """The assets of tables that a person named; none for all."""
    lock, names = read_lock(project.lock_path), Names(prefix=project.prefix)
    known = {table.qualified: names.target(table) for table in lock.tables}
    for table in tables:
        if table not in known:
            near = get_close_matches(table, known, n=1)
            raise PreflightError(
                "Choosing the tables to refresh",
                f"there is no table {table} in the source",
                f"Did you mean {near[0]}?" if near else "Name them as schema.table.",
                "docs/how-to/refresh-some-tables.md",
            )
    return [known[table] for table in tables]


@contextmanager
def started(project: Project) -> Iterator[Project]:
    """The project with its embedded servers running, and their addresses instead of their names.

    A scratch target has no name: the run's resource finds it as we do.
    """
    with project.source() as source, target_of_refresh(project, source) as target:
        addresses = {project.source_variable: source}
        if not project.policy().writes_files_alone:
            addresses[project.target_variable] = target
        yield replace(project, environ={**project.environ, **addresses})


def write_missing_lock(project: Project, slice_bytes: int = SLICE_BYTES) -> None:
    """Write the project's lock file from its source, if there is none yet."""
    if project.lock_path.exists():
        return
    with source_session(project.source_dsn) as connection:
        catalog = read_catalog(connection)
    write_lock(lock_of(catalog, slice_bytes), project.lock_path)


def rows_by_table(result: ExecuteInProcessResult) -> dict[str, int]:
    """The rows that each table's materialization reports."""
    rows = {}
    for event in result.get_asset_materialization_events():
        materialization = event.step_materialization_data.materialization
        count = materialization.metadata.get("dagster/row_count")
        if count is not None:
            table = table_name(*materialization.asset_key.path[-2:])
            rows[table] = int(str(count.value))
    return rows


def left_out_of(result: ExecuteInProcessResult) -> dict[str, int]:
    """How many orphans each table of the published copy lacks, if it lacks some."""
    found: dict[str, int] = {}
    for event in result.get_asset_materialization_events():
        metadata = event.step_materialization_data.materialization.metadata
        if LEFT_OUT in metadata and isinstance(counts := metadata[LEFT_OUT].value, dict):
            found |= counts
    return found


def evaluations_of(result: ExecuteInProcessResult) -> list[AssetCheckEvaluation]:
    """The results of the checks that prove the copy, without those that nobody asked for."""
    found = result.get_asset_check_evaluations()
    return [
        each for each in found if each.check_name in CHECK_NAMED and NOT_ASKED not in each.metadata
    ]


def is_refused(result: ExecuteInProcessResult) -> bool:
    """Whether a check refused the publication."""
    return any(
        not each.passed and each.severity == AssetCheckSeverity.ERROR
        for each in evaluations_of(result)
    )


def matters_to_review(result: ExecuteInProcessResult) -> list[str]:
    """What was noted of references and aliases that join nothing in the copy."""
    return [
        note
        for event in result.get_asset_materialization_events()
        for note in _notes(event.step_materialization_data.materialization.metadata)
        if note.startswith(REVIEWED)
    ]


def _notes(metadata: Mapping[str, MetadataValue[Any]]) -> list[str]:
    notes = metadata[NOTES].value if NOTES in metadata else []
    return [str(note) for note in notes] if isinstance(notes, list) else []


def suspected_columns(result: ExecuteInProcessResult) -> list[str]:
    """The columns that look personal and were copied unmasked, each with its evidence."""
    found: list[str] = []
    for event in result.get_asset_materialization_events():
        metadata = event.step_materialization_data.materialization.metadata
        if SUSPECTED_COLUMNS in metadata:
            columns = metadata[SUSPECTED_COLUMNS].value
            found += columns if isinstance(columns, list) else []
    return found
