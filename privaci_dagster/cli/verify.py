"""The subcommand that checks a finished target again; it writes nothing."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads annotations when the program runs
from typing import TYPE_CHECKING, Annotated

import typer

from privaci_core.prove.checks import sentences, verdicts
from privaci_core.prove.evidence import Evidence
from privaci_core.prove.extent import extent_of
from privaci_core.prove.target_only import verify_target
from privaci_core.refresh.open import finished
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
from privaci_dagster.cli.output import Form, FormOption, print_result
from privaci_dagster.cli.proof_file import trusted_content
from privaci_dagster.project import POLICY_FILE, Project

if TYPE_CHECKING:
    from collections.abc import Mapping

    from privaci_core.prove.extent import Extent
    from privaci_core.prove.verdict import Verdict

FAILED = 1


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
        _print(_compared(project, extent_of(search), rows), form)


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
        return verdicts(evidence)


def _print(found: Mapping[str, Verdict], form: Form) -> None:
    """Print the verdicts, and exit with 1 where one does not hold."""
    lines = []
    for check, verdict in found.items():
        lines.append(f"{check:<16} {'holds' if verdict.holds else 'FAILED'}")
        lines += [f"  - {sentence}" for sentence in sentences(check, verdict)]
    value = [
        {
            "check": check,
            "holds": verdict.holds,
            "found": verdict.wrong,
            "what_to_do": sentences(check, verdict),
        }
        for check, verdict in found.items()
    ]
    print_result(form, value, lines)
    raise typer.Exit(0 if all(verdict.holds for verdict in found.values()) else FAILED)
