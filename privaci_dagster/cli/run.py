"""The subcommands that refresh a target: they run the same job as the UI and the schedule."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from privaci_core.catalog.lock_file import read_lock
from privaci_core.errors import PreflightError
from privaci_core.loading.copy import Options
from privaci_core.policy import listed_relations
from privaci_core.target.claim import unfinished_in
from privaci_core.target.swap import next_to
from privaci_dagster.asset_keys import KEEP_UNCHANGED_TAG, REFRESH_TAG, RESUME_TAG, WITH_TAG
from privaci_dagster.cli.ahead import begin_ahead
from privaci_dagster.cli.dry_run import REHEARSED_ROWS, rehearse
from privaci_dagster.cli.home import HomeOption, make_home
from privaci_dagster.cli.options import (
    Acl,
    AuditTable,
    Config,
    Events,
    KeepUnchanged,
    OnFailedProof,
    PrometheusPort,
    PrometheusPush,
    Publications,
    Search,
    Source,
    SubsetStart,
    Tables,
    Target,
    WeakSalt,
    WithChildren,
    WithParents,
    environ_with,
)
from privaci_dagster.cli.output import FormOption
from privaci_dagster.cli.progress import LogOption
from privaci_dagster.cli.refresh_job import is_refused, run_refresh
from privaci_dagster.cli.run_output import Output, listening
from privaci_dagster.cli.run_summary import print_summary
from privaci_dagster.cli.scratch import scratch_folder
from privaci_dagster.failures import first_failure
from privaci_dagster.project import KEEP, LOCK_FILE, POLICY_FILE, Project
from privaci_dagster.scratch_target import (
    refuse_tables_alone,
    refuse_two_targets,
    target_of_refresh,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Lock = Annotated[
    Path | None,
    typer.Option(
        "--lock",
        help=f"The lock file to heed; else {LOCK_FILE} beside the policy, if there is one.",
        show_default=False,
    ),
]


def run(
    config: Config = POLICY_FILE,
    lock: Lock = None,
    source: Source = "",
    target: Target = "",
    tables: Tables = "",
    with_parents: WithParents = False,
    with_children: WithChildren = False,
    acl: Acl = True,
    publications: Publications = True,
    keep_unchanged: KeepUnchanged = False,
    on_failed_proof: OnFailedProof = "keep",
    weak_salt: WeakSalt = False,
    search: Search = "full",
    subset_start: SubsetStart = "",
    events: Events = "none",
    prometheus_port: PrometheusPort = 0,
    prometheus_push: PrometheusPush = "",
    audit_table: AuditTable = True,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Write nothing: as `privaci dry-run`.")
    ] = False,
    force_restart: Annotated[  # noqa: ARG001 - every run does so
        bool,
        typer.Option(
            "--force-restart", help="Begin from nothing: every run does, and `resume` does not."
        ),
    ] = False,
    dagster_home: HomeOption = None,
    log_format: LogOption = "auto",
    form: FormOption = "text",
) -> None:
    """Refresh the target from the source, masked by the policy; works on any two databases."""
    environ = environ_with(source=source, target=target, weak_salt=weak_salt)
    options = Options(acl=acl, publications=publications)
    project = _project(config, lock, environ, options, on_failed_proof, search, subset_start)
    project = replace(project, audit_table=audit_table)
    if dry_run:
        rehearse(project, REHEARSED_ROWS, "", form)
        return
    output = Output(
        home=make_home(dagster_home, project.environ),
        progress=log_format,
        form=form,
        events=events,
        prometheus_port=prometheus_port,
        prometheus_push=prometheus_push,
    )
    along = [
        word for word, chosen in (("parents", with_parents), ("children", with_children)) if chosen
    ]
    tags = {
        **({KEEP_UNCHANGED_TAG: KEEP} if keep_unchanged else {}),
        **({WITH_TAG: ",".join(along)} if along else {}),
    }
    _refresh(project, tags, output, listed_relations(tables))


def resume(
    config: Config = POLICY_FILE,
    lock: Lock = None,
    source: Source = "",
    target: Target = "",
    acl: Acl = True,
    publications: Publications = True,
    on_failed_proof: OnFailedProof = "keep",
    weak_salt: WeakSalt = False,
    search: Search = "full",
    subset_start: SubsetStart = "",
    events: Events = "none",
    prometheus_port: PrometheusPort = 0,
    prometheus_push: PrometheusPush = "",
    audit_table: AuditTable = True,
    dagster_home: HomeOption = None,
    log_format: LogOption = "auto",
    form: FormOption = "text",
) -> None:
    """Resume the target's unfinished refresh: tables that are loaded and unchanged stay."""
    environ = environ_with(source=source, target=target, weak_salt=weak_salt)
    options = Options(acl=acl, publications=publications)
    project = _project(config, lock, environ, options, on_failed_proof, search, subset_start)
    project = replace(project, audit_table=audit_table)
    output = Output(
        home=make_home(dagster_home, project.environ),
        progress=log_format,
        form=form,
        events=events,
        prometheus_port=prometheus_port,
        prometheus_push=prometheus_push,
    )
    _refresh(project, _tags_of_unfinished(project), output)


def _project(
    config: Path,
    lock: Path | None,
    environ: Mapping[str, str],
    options: Options,
    on_failed_proof: str,
    search: str,
    subset_start: str,
) -> Project:
    beside = lock or config.with_name(LOCK_FILE.name)
    return Project(
        policy_path=config,
        lock_path=beside,
        # One that is named must exist; one beside the policy is optional.
        lock_is_reviewed=lock is not None or beside.exists(),
        options=options,
        on_failed_proof=on_failed_proof,
        search=search,
        subset_start=subset_start,
        environ=environ,
    )


def _tags_of_unfinished(project: Project) -> dict[str, str]:
    """The tags of a run that resumes the target's unfinished refresh."""
    swaps = project.policy().on_existing_data == "swap"
    with project.source() as source, target_of_refresh(project, source) as dsn:
        unfinished = unfinished_in(next_to(dsn) if swaps else dsn, beside=swaps)
    if unfinished is None:
        why = "the target has no unfinished refresh"
        raise PreflightError("Resuming a refresh", why, "Begin a new one: privaci run.")
    # A refresh that had created nothing is begun again, under its name.
    resumes = {RESUME_TAG: "true"} if unfinished.has_objects else {}
    return {REFRESH_TAG: unfinished.refresh, **resumes}


def _refresh(
    project: Project, tags: Mapping[str, str], output: Output, tables: Sequence[str] = ()
) -> None:
    """Run the job, and exit with the code of its first failure."""
    # A mistake in the policy or a missing salt ends here, before anything connects.
    policy = project.policy()
    begin_ahead(project.keys(policy))
    refuse_two_targets(project, policy)
    if tables and policy.writes_files_alone:
        refuse_tables_alone()
    if project.lock_is_reviewed:
        # A lock file that is named and missing is an error, not to be written.
        read_lock(project.lock_path)
    with _with_lock(project) as ready, listening(output, project.environ) as listeners:
        result = run_refresh(ready, output.home, tags, output.progress, tables, listeners)
    failure = first_failure(result)
    if failure is not None:
        typer.echo(f"error in {failure.step}: {failure.message}", err=True)
        if is_refused(result):
            typer.echo(what_became(project), err=True)
        raise typer.Exit(failure.exit_code)
    # The last of the events is the summary.
    if output.prints_result:
        print_summary(project, result, output)
    raise typer.Exit(0 if result.success else 1)


@contextmanager
def _with_lock(project: Project) -> Iterator[Project]:
    """The project with the lock file that a person reviewed, else with one of this run alone."""
    if project.lock_is_reviewed:
        yield project
        return
    with scratch_folder() as folder:
        yield replace(project, lock_path=folder / LOCK_FILE)


def what_became(project: Project) -> str:
    """What a target holds whose publication was refused, and who can read it."""
    emptied = project.on_failed_proof == "empty"
    if project.policy().writes_files_alone:
        kept = "" if emptied else "; its scratch database stays for a resume"
        return f"no file of the refused copy is left{kept}"
    if project.policy().on_existing_data == "swap":
        refused = "was dropped" if emptied else "is beside it, closed to other roles"
        return f"the target serves its old rows; the refused copy {refused}"
    if emptied:
        return "the target is empty, and closed to other roles until a refresh is published"
    return (
        "the target is closed to other roles until a refresh is published;"
        " --on-failed-proof empty removes its rows as well"
    )
