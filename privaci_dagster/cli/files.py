"""Subcommands that read the source: they show the plan, write the lock file, or compare."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path  # noqa: TC003 - typer reads annotations when the program runs
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from privaci_core.catalog.catalog import read_catalog
from privaci_core.catalog.lock_file import lock_of, read_lock, write_lock
from privaci_core.errors import DriftError
from privaci_core.plan.detectors import drift_and_detected
from privaci_core.plan.drift import NOTE, REVIEW
from privaci_core.plan.references import in_words, references_of, unmatched_notes
from privaci_core.plan.review import review
from privaci_core.plan.show import Form, differences, lines_of, read_lines, show
from privaci_core.plan.show_subset import subset_block
from privaci_core.policy import load_policy
from privaci_core.postgres.session import source_session
from privaci_core.refresh.open import plan_of
from privaci_dagster.cli.options import Config, LockFile, Source, SubsetStart, project_of
from privaci_dagster.cli.output import FormOption, counted, print_result
from privaci_dagster.cli.proof_file import read_bytes
from privaci_dagster.project import LOCK_FILE, POLICY_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from privaci_core.plan.drift import Change


def introspect(lock: LockFile = LOCK_FILE, source: Source = "", form: FormOption = "text") -> None:
    """Read the catalog of the source into the lock file, for review."""
    with project_of(source).source() as dsn, source_session(dsn) as session:
        catalog = read_catalog(session)
    locked = lock_of(catalog)
    write_lock(locked, lock)
    value = {
        "tables": len(locked.tables),
        "slices": locked.slices,
        "unhandled": list(locked.unhandled),
    }
    print_result(form, value, [f"{lock}: {counted(len(locked.tables), 'table')}"])


def plan(
    config: Config = POLICY_FILE,
    source: Source = "",
    form: Annotated[Form, typer.Option("--format", help="The output's format.")] = "table",
    against: Annotated[
        Path | None,
        typer.Option(help="An earlier plan, written with --format json: show what changed."),
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="List the columns that are copied unchanged too.")
    ] = False,
    subset_start: SubsetStart = "",
) -> None:
    """Show what would happen to every column of the source, and why.

    Reads samples only.
    """
    project = replace(project_of(source), policy_path=config, subset_start=subset_start)
    policy = project.policy()
    before = None if against is None else read_lines(read_bytes(against), str(against))
    with project.source() as dsn, source_session(dsn) as session:
        catalog = read_catalog(session)
        found = plan_of(session, catalog, policy)
        lines = lines_of(found, catalog)
        if before is None and form == "table":
            references = in_words(references_of(session, catalog, policy, found), catalog)
            shown = review(found, lines, references, everything=everything)
            typer.echo(shown or show(lines, form))
            return
    # Beside the output, which a program or a review reads.
    if found.subset:
        typer.echo("\n".join(subset_block(found.subset)), err=True)
    for note in (*found.warnings, *unmatched_notes(found, catalog)):
        typer.echo(note, err=True)
    if before is None:
        typer.echo(show(lines, form))
        return
    typer.echo("\n".join(differences(before, lines)) or "nothing changed")


def drift(
    config: Config = POLICY_FILE,
    lock: LockFile = LOCK_FILE,
    source: Source = "",
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 6 at any difference, reviewed or not.")
    ] = False,
    form: FormOption = "text",
) -> None:
    """Compare the source with the lock file; exits with 6 if a change needs a review."""
    changes = _changes(config, lock, source, form)
    refused = any(change.blocks or strict for change in changes)
    raise typer.Exit(DriftError.exit_code if refused else 0)


def detect_drift(
    config: Config = POLICY_FILE,
    lock: LockFile = LOCK_FILE,
    source: Source = "",
    _target: Annotated[
        str, typer.Option("--target", help="Not read: the lock file says what was reviewed.")
    ] = "",
    accept_drift: Annotated[
        bool, typer.Option("--accept-drift", help="Print the changes, and exit with 0.")
    ] = False,
    form: FormOption = "text",
) -> None:
    """Compare the source with the lock file, as PrivaCI's pipelines ask for it."""
    changes = _changes(config, lock, source, form)
    refused = any(change.blocks for change in changes)
    raise typer.Exit(DriftError.exit_code if refused and not accept_drift else 0)


def _changes(
    config: Path, lock: Path, source: str, form: Literal["text", "json"]
) -> Sequence[Change]:
    """What has changed since the review, and what detectors of plugins found; it is printed."""
    policy, locked = load_policy(config), read_lock(lock)
    with project_of(source).source() as dsn, source_session(dsn) as session:
        catalog = read_catalog(session)
        changes = drift_and_detected(locked, catalog, plan_of(session, catalog, policy))
    value = [
        {"detected": change.said} if change.kind == "detected" else asdict(change)
        for change in changes
    ]
    print_result(form, value, _told(changes, lock))
    return changes


def _told(changes: Sequence[Change], lock: Path) -> Iterator[str]:
    """What changed, those that need a review first, each with what to do."""
    if not changes:
        yield f"{lock}: the source matches it"
    for blocks, head, what_to_do in (
        (True, "to review before the next refresh:", REVIEW),
        (False, "changed, and stops nothing:", NOTE),
    ):
        found = [str(change) for change in changes if change.blocks is blocks]
        if found:
            yield from (head, *(f"  {each}" for each in found), what_to_do)
