"""The subcommand that refreshes a target: the same job that the UI and the schedule run."""

from __future__ import annotations

import os
import tempfile
import uuid
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import dagster as dg
import typer

from privaci_core.catalog.catalog import read_catalog
from privaci_core.catalog.lock_file import lock_of, read_lock, write_lock
from privaci_core.errors import PreflightError
from privaci_core.loading.copy import Options
from privaci_core.policy import load_policy
from privaci_core.postgres.embedded import reachable
from privaci_core.postgres.session import source_session
from privaci_core.target.claim import under_way
from privaci_core.target.swap import next_to
from privaci_dagster.asset_keys import KEEP_UNCHANGED_TAG, REFRESH_TAG, RESUME_TAG, range_of
from privaci_dagster.build import REFRESH_JOB, build_definitions
from privaci_dagster.cli.home import HOME_VARIABLE, HomeOption, use_home
from privaci_dagster.cli.options import Config, Source, Target
from privaci_dagster.cli.output import Form, FormOption, say
from privaci_dagster.cli.progress import LogFormat, LogOption, progress
from privaci_dagster.failures import first_failure
from privaci_dagster.labels import SUSPECTED
from privaci_dagster.project import KEEP, SOURCE_VARIABLE, TARGET_VARIABLE, Project, proofs_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dagster import ExecuteInProcessResult


Acl = Annotated[bool, typer.Option(help="Copy grants.")]
Publications = Annotated[bool, typer.Option(help="Copy publications.")]


def run(
    config: Config = Path("mask-rules.yaml"),
    source: Source = "",
    target: Target = "",
    acl: Acl = True,
    publications: Publications = True,
    keep_unchanged: Annotated[
        bool,
        typer.Option("--keep-unchanged", help="Leave tables whose rows would be the same again."),
    ] = False,
    dagster_home: HomeOption = None,
    log_format: LogOption = "auto",
    form: FormOption = "text",
) -> None:
    """Refresh the target from the source, masked as the policy says; works on any two databases."""
    home = use_home(dagster_home)
    tags = {KEEP_UNCHANGED_TAG: KEEP} if keep_unchanged else {}
    _run(
        config,
        (source, target),
        Options(acl=acl, publications=publications),
        tags,
        Shown(home, log_format, form),
    )


def resume(
    config: Config = Path("mask-rules.yaml"),
    source: Source = "",
    target: Target = "",
    acl: Acl = True,
    publications: Publications = True,
    dagster_home: HomeOption = None,
    log_format: LogOption = "auto",
    form: FormOption = "text",
) -> None:
    """Go on with the refresh that the target is in the middle of: what was loaded and has not changed stays."""
    home = use_home(dagster_home)
    swaps = load_policy(config).on_existing_data == "swap"
    with reachable(target) as dsn:
        mark = under_way(next_to(dsn) if swaps else dsn, beside=swaps)
    if mark is None:
        why = "no refresh of the target is under way"
        raise PreflightError("Going on with a refresh", why, "Begin one: privaci run.")
    # Where nothing was made yet there is nothing to go on with: the same refresh begins once more.
    goes_on = {RESUME_TAG: "true"} if mark.has_objects else {}
    tags = {REFRESH_TAG: mark.refresh, **goes_on}
    _run(
        config,
        (source, target),
        Options(acl=acl, publications=publications),
        tags,
        Shown(home, log_format, form),
    )


@dataclass(frozen=True, slots=True)
class Shown:
    """How a run is shown, and where it is kept."""

    home: Path
    progress: LogFormat
    form: Form


def _run(
    config: Path, ends: tuple[str, str], options: Options, tags: dict[str, str], shown: Shown
) -> None:
    os.environ[SOURCE_VARIABLE], os.environ[TARGET_VARIABLE] = ends
    with tempfile.TemporaryDirectory(prefix="privaci-") as scratch:
        project = Project(
            policy_path=config, lock_path=Path(scratch) / "privaci.lock.json", options=options
        )
        # A mistake in the file or a missing salt ends here, before anything connects.
        project.keys(project.policy())
        result = refresh(project, tags, shown.progress)
    failure = first_failure(result)
    if failure is not None:
        typer.echo(f"error in {failure.step}: {failure.message}", err=True)
        raise typer.Exit(failure.exit_code)
    _tell(result, shown)
    raise typer.Exit(0 if result.success else 1)


def _tell(result: ExecuteInProcessResult, shown: Shown) -> None:
    """What was done, where it is kept, and what is to be looked at."""
    rows, suspected = rows_by_table(result), _suspected(result)
    checks = {check.check_name: check.passed for check in result.get_asset_check_evaluations()}
    proof = str(proofs_in(shown.home) / result.dagster_run.tags.get(REFRESH_TAG, result.run_id))
    value = {"run": result.run_id, "tables": rows, "rows": sum(rows.values()), "checks": checks}
    lines = [
        f"{len(rows)} tables, {sum(rows.values()):,} rows, {sum(checks.values())} of {len(checks)} checks passed",
        f"run {result.run_id} in {shown.home}; its proof: privaci report",
    ]
    if suspected:
        many = (
            "column that no rule reaches seems"
            if suspected == 1
            else "columns that no rule reaches seem"
        )
        lines.append(
            f"{suspected} {many} personal, copied as it is in the source: `privaci plan` says which"
        )
    say(shown.form, {**value, "suspected_columns": suspected, "proof": proof}, lines)


def refresh(
    project: Project, more: Mapping[str, str] | None = None, shown: LogFormat = "none"
) -> ExecuteInProcessResult:
    """Run the refresh job in this process; the lock file is written where there is none."""
    with ExitStack() as held:
        for variable, url in (
            (SOURCE_VARIABLE, project.source_dsn),
            (TARGET_VARIABLE, project.target_dsn),
        ):
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
        run_id = str(uuid.uuid4())
        held.enter_context(progress(instance, run_id, shown))
        return job.execute_in_process(
            run_config=quiet, instance=instance, tags=tags, raise_on_error=False, run_id=run_id
        )


def _instance() -> dg.DagsterInstance:
    """Dagster's instance; what its storage says about an address that is wrong may hold a password."""
    try:
        return dg.DagsterInstance.get()
    except Exception as error:  # noqa: BLE001 - of Dagster, SQLAlchemy or the driver, as the storage may be
        home = os.environ[HOME_VARIABLE]
        if "dagster_postgres" in str(error) and find_spec("dagster_postgres") is None:
            raise PreflightError(
                "Opening Dagster's storage",
                f"the dagster.yaml in {home} names Postgres, and dagster-postgres is not installed",
                "pip install 'privaci-dagster[postgres-storage]'",
            ) from None
        raise PreflightError(
            "Opening Dagster's storage",
            f"{type(error).__name__}, with the dagster.yaml in {home}",
            "Correct that file and the variables that it names, or name another folder with --dagster-home.",
        ) from None


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
        event.step_materialization_data.materialization.metadata
        for event in result.get_asset_materialization_events()
    )
    return sum(int(str(found[SUSPECTED].value)) for found in metadata if SUSPECTED in found)
