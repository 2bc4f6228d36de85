"""The subcommand that refreshes a target: the same job that the UI and the schedule run."""

from __future__ import annotations

import os
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import dagster as dg
import typer

from privaci_core.catalog import read_catalog
from privaci_core.claim import under_way
from privaci_core.embedded import reachable
from privaci_core.errors import PreflightError
from privaci_core.lock import lock_of, read_lock, write_lock
from privaci_core.policy import load_policy
from privaci_core.postgres import source_session
from privaci_core.swap import next_to
from privaci_core.under_way import Options
from privaci_dagster.assets import SUSPECTED
from privaci_dagster.definitions import REFRESH_JOB, build_definitions
from privaci_dagster.errors import first_failure
from privaci_dagster.names import GO_ON_TAG, REFRESH_TAG, range_of
from privaci_dagster.project import SOURCE_VARIABLE, TARGET_VARIABLE, Project

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dagster import ExecuteInProcessResult


Config = Annotated[Path, typer.Option("--config", help="The policy file.")]
Source = Annotated[str, typer.Option(envvar=SOURCE_VARIABLE, show_envvar=True, help="The source's URL.")]
Target = Annotated[str, typer.Option(envvar=TARGET_VARIABLE, show_envvar=True, help="The target's URL.")]
Acl = Annotated[bool, typer.Option(help="Copy grants.")]
Publications = Annotated[bool, typer.Option(help="Copy publications.")]


def run(
    config: Config = Path("mask-rules.yaml"),
    source: Source = "",
    target: Target = "",
    acl: Acl = True,  # noqa: FBT002 - an option of a command line
    publications: Publications = True,  # noqa: FBT002
) -> None:
    """Refresh the target from the source, masked as the policy says; works on any two databases."""
    _run(config, source, target, Options(acl=acl, publications=publications), {})


def resume(
    config: Config = Path("mask-rules.yaml"),
    source: Source = "",
    target: Target = "",
    acl: Acl = True,  # noqa: FBT002 - an option of a command line
    publications: Publications = True,  # noqa: FBT002
) -> None:
    """Go on with the refresh that the target is in the middle of: what was loaded and has not changed stays."""
    swaps = load_policy(config).on_existing_data == "swap"
    with reachable(target) as dsn:
        mark = under_way(next_to(dsn) if swaps else dsn, beside=swaps)
    if mark is None:
        why = "no refresh of the target is under way"
        raise PreflightError("Going on with a refresh", why, "Begin one: privaci run.")
    # Where nothing was made yet there is nothing to go on with: the same refresh begins once more.
    goes_on = {GO_ON_TAG: "true"} if mark.has_objects else {}
    tags = {REFRESH_TAG: mark.refresh, **goes_on}
    _run(config, source, target, Options(acl=acl, publications=publications), tags)


def _run(config: Path, source: str, target: str, options: Options, tags: dict[str, str]) -> None:
    os.environ[SOURCE_VARIABLE], os.environ[TARGET_VARIABLE] = source, target
    with tempfile.TemporaryDirectory(prefix="privaci-") as scratch:
        project = Project(policy_path=config, lock_path=Path(scratch) / "privaci.lock.json", options=options)
        # A mistake in the file or a missing salt ends here, before anything connects.
        project.keys(project.policy())
        result = refresh(project, tags)
    failure = first_failure(result)
    if failure is not None:
        typer.echo(f"error in {failure.step}: {failure.said}", err=True)
        raise typer.Exit(failure.exit_code)
    rows = rows_by_table(result)
    typer.echo(f"{len(rows)} tables, {sum(rows.values()):,} rows, run {result.run_id}")
    suspected = _suspected(result)
    if suspected:
        typer.echo(f"{suspected} columns that no rule reaches seem personal and were copied: `privaci plan` names them")
    raise typer.Exit(0 if result.success else 1)


def refresh(project: Project, more: Mapping[str, str] | None = None) -> ExecuteInProcessResult:
    """Run the refresh job in this process; the lock file is written where there is none."""
    with ExitStack() as held:
        for variable, url in ((SOURCE_VARIABLE, project.source_dsn), (TARGET_VARIABLE, project.target_dsn)):
            # Embedded servers stay up for the whole run, and every process of it gets their real address.
            os.environ[variable] = held.enter_context(reachable(url))
        if not project.lock_path.exists():
            with source_session(project.source_dsn) as connection:
                write_lock(lock_of(read_catalog(connection)), project.lock_path)
        slices = read_lock(project.lock_path).slices
        instance = held.enter_context(_instance())
        job = build_definitions(project).resolve_job_def(REFRESH_JOB)
        tags = {**range_of(slices), **(more or {})}
        quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
        return job.execute_in_process(run_config=quiet, instance=instance, tags=tags, raise_on_error=False)


def rows_by_table(result: ExecuteInProcessResult) -> dict[str, int]:
    """The rows that each table's materialization reports."""
    rows = {}
    for event in result.get_asset_materialization_events():
        materialization = event.step_materialization_data.materialization
        count = materialization.metadata.get("dagster/row_count")
        if count is not None:
            rows[".".join(materialization.asset_key.path[1:])] = int(str(count.value))
    return rows


def _suspected(result: ExecuteInProcessResult) -> int:
    """How many columns were copied that may be personal."""
    metadata = (
        event.step_materialization_data.materialization.metadata for event in result.get_asset_materialization_events()
    )
    return sum(int(str(found[SUSPECTED].value)) for found in metadata if SUSPECTED in found)


def _instance() -> dg.DagsterInstance:
    """The instance of DAGSTER_HOME, so that the UI shows the run; without one, an instance for this run alone."""
    return dg.DagsterInstance.get() if os.environ.get("DAGSTER_HOME") else dg.DagsterInstance.ephemeral()
