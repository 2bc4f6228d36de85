"""The subcommand that checks a finished target again; it writes nothing."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads annotations when the program runs
from typing import TYPE_CHECKING, Annotated

import typer

from privaci_core.catalog.lock_file import read_lock
from privaci_core.errors import PreflightError
from privaci_core.plan.drift import drift
from privaci_core.postgres.dsn import describe
from privaci_core.postgres.session import target_session
from privaci_core.prove.checks import sentences, verdicts
from privaci_core.prove.evidence import Evidence
from privaci_core.prove.extent import extent_of
from privaci_core.prove.sentences import sentences_of
from privaci_core.prove.target_only import verify_target
from privaci_core.prove.verdict import Verdict
from privaci_core.refresh.open import finished
from privaci_core.target.ledger_store import stored_ledgers
from privaci_dagster.cli.options import (
    Config,
    ProbeRows,
    Search,
    Source,
    SubsetStart,
    Target,
    WeakSalt,
    environ_with,
)
from privaci_dagster.cli.output import Form, FormOption, counted, print_result
from privaci_dagster.cli.proof_file import trusted_content
from privaci_dagster.project import LOCK_FILE, POLICY_FILE, Project
from privaci_dagster.scratch_target import refuse_two_targets

if TYPE_CHECKING:
    from collections.abc import Mapping

    from privaci_core.loading.copy import Copy
    from privaci_core.policy.sink import Sink
    from privaci_core.prove.extent import Extent

FAILED = 1
FILES = "files"


def verify(
    config: Config = POLICY_FILE,
    source: Source = "",
    target: Target = "",
    search: Search = "full",
    rows: ProbeRows = 100_000,
    subset_start: SubsetStart = "",
    proof: Annotated[
        Path | None,
        typer.Option(
            "--target-only",
            help="Compare the target with this proof (JSON or page): without source and salt.",
        ),
    ] = None,
    trust: Annotated[
        Path | None,
        typer.Option("--public-key", help="The key (PEM) that must have signed the proof."),
    ] = None,
    weak_salt: WeakSalt = False,
    form: FormOption = "text",
) -> None:
    """Compare a finished target with the source, masked once more: rows, originals, keys.

    Exits with 1 if a check fails.
    """
    environ = environ_with(source=source, target=target, weak_salt=weak_salt)
    project = Project(policy_path=config, subset_start=subset_start, environ=environ)
    if proof is not None:
        content = trusted_content(proof, trust)
        with project.target() as target_dsn:
            _print(verify_target(target_dsn, content), form)
    else:
        _print(_found(project, extent_of(search), rows), form)


def _found(project: Project, search: Extent, rows: int) -> dict[str, Verdict]:
    """The verdicts on the target, and on the files beside it or instead of it."""
    policy = project.policy()
    refuse_two_targets(project, policy)
    of_files = {} if policy.sink is None else {FILES: _verdict_of_files(policy.sink, project)}
    if policy.writes_files_alone:
        if of_files[FILES].not_asked:
            raise PreflightError(
                "Verifying the published files", of_files[FILES].not_asked, "Run it: privaci run."
            )
        return of_files
    return _compared(project, search, rows) | of_files


def _verdict_of_files(sink: Sink, project: Project) -> Verdict:
    """Whether the newest published files are, byte by byte, as they were written."""
    # The client of the store, where a policy asks for files.
    from privaci_core.stores.files_read_again import AGAIN, read_again  # noqa: PLC0415
    from privaci_core.stores.store import open_store  # noqa: PLC0415

    found = read_again(open_store(sink.url, project.environ))
    if found is None:
        return Verdict(differences={}, not_asked=f"no refresh has published files in {sink.url}")
    return Verdict(
        differences=found.wrong,
        said={place: [f"{place}: {why}. {AGAIN}"] for place, why in found.wrong.items()},
        details={"files": found.files, "rows": found.rows, "refresh": found.refresh},
    )


def _compared(project: Project, search: Extent, rows: int) -> dict[str, Verdict]:
    """The verdicts on a target beside its source."""
    policy = project.policy()
    keys = project.keys(policy)
    with (
        project.source() as source_dsn,
        project.target() as target_dsn,
        finished(source_dsn, target_dsn, policy, keys) as opened,
    ):
        session = opened.connections.source
        evidence = Evidence(
            copy=opened.copy, source=session, search=search, sample_rows=rows, remasks=True
        )
        found = verdicts(evidence)
        if not all(verdict.holds for verdict in found.values()):
            _note_unpublished(target_dsn)
            _note_drift(project.policy_path.with_name(LOCK_FILE.name), opened.copy)
        return found


def _note_unpublished(target_dsn: str) -> None:
    """Say on stderr that no refresh made these rows, where none did: no finding names that."""
    with target_session(target_dsn, autocommit=True) as target:
        if not stored_ledgers(target).keys:
            typer.echo(
                f"no refresh has published rows in {describe(target_dsn)}: `privaci run` makes the"
                " copy that these checks are about",
                err=True,
            )


def _note_drift(lock: Path, copy: Copy) -> None:
    """Say on stderr that the source has another shape: no target is a copy of that."""
    changes = drift(read_lock(lock), copy.catalog, copy.plan) if lock.exists() else ()
    if changes:
        what = counted(len(changes), "change")
        typer.echo(
            f"the source's schema is not that of {lock.name} ({what}): `privaci drift` names what"
            " changed, `privaci run` copies it",
            err=True,
        )


def _said(check: str, verdict: Verdict) -> list[str]:
    """What a check found; files are no check of the graph, which publishes them."""
    if check != FILES:
        return sentences(check, verdict)
    nothing = [f"{verdict.not_asked} yet: privaci run"] if verdict.not_asked else []
    return nothing + sentences_of(verdict, lambda place, why: f"{place}: {why}")


def _print(found: Mapping[str, Verdict], form: Form) -> None:
    """Print the verdicts, and exit with 1 where one does not hold."""
    lines = []
    width = max(map(len, found))
    for check, verdict in found.items():
        lines.append(f"{check:<{width}}  {'holds' if verdict.holds else 'FAILED'}")
        lines += [f"  - {sentence}" for sentence in _said(check, verdict)]
    value = [
        {
            "check": check,
            "holds": verdict.holds,
            "found": verdict.wrong,
            "what_to_do": _said(check, verdict),
        }
        for check, verdict in found.items()
    ]
    print_result(form, value, lines)
    raise typer.Exit(0 if all(verdict.holds for verdict in found.values()) else FAILED)
