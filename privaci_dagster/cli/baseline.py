"""The subcommands that keep, restore, list and drop baselines of a published target."""

from __future__ import annotations

import os
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from privaci_core.baselines import kept
from privaci_core.baselines import restore as restoring
from privaci_core.baselines import snapshot as taking
from privaci_core.plan.text_table import text_table
from privaci_dagster.cli.options import (
    Encrypt,
    Identity,
    Recipients,
    Store,
    Target,
    environ_with,
)
from privaci_dagster.cli.output import FormOption, counted, print_result, size
from privaci_dagster.project import Project, proofs_of_environment
from privaci_dagster.proof_ids import proof_finder
from privaci_dagster.system_user import system_user

if TYPE_CHECKING:
    from privaci_core.baselines.manifest import Baseline

HEAD = ("id", "taken", "of", "tables", "rows", "size", "encrypted")
NewId = Annotated[str, typer.Option("--id", help="The new baseline's id; else one of the time.")]
Id = Annotated[str, typer.Option("--id", help="The baseline's id; else the newest.")]
NamedId = Annotated[str, typer.Option("--id", help="The baseline's id.")]


def snapshot(
    id_: NewId = "",
    target: Target = "",
    store: Store = "",
    recipients: Recipients = None,
    encrypt: Encrypt = True,
    form: FormOption = "text",
) -> None:
    """Keep the published target as a baseline, if its rows are those that were proved."""
    project = project_of_store(target=target, store=store, recipients=recipients, encrypt=encrypt)
    opened = project.object_store()
    with project.target() as dsn:
        baseline = taking.snapshot(
            dsn,
            opened,
            id_,
            may_be_plain=not project.encrypt,
            find_proof=proof_finder(proofs_of_environment(project.environ), project.environ),
        )
    print_result(form, _value(baseline), [f"{baseline.id}: {_told(baseline)}"])


def restore(
    id_: Id = "",
    target: Target = "",
    store: Store = "",
    identity: Identity = "",
    form: FormOption = "text",
) -> None:
    """Give the target the rows of a baseline, in one transaction; an empty database its schema."""
    project = project_of_store(target=target, store=store, identity=identity)
    opened = project.object_store()
    with project.target() as dsn:
        restored = restoring.restore(dsn, opened, id_, who=system_user())
    lines = [f"{restored.baseline.id}: restored {_told(restored.baseline)}", *restored.notes]
    print_result(form, _value(restored.baseline) | {"notes": list(restored.notes)}, lines)


def list_(store: Store = "", form: FormOption = "text") -> None:
    """List the whole baselines of a store, the oldest first; no key is needed."""
    found = kept.listed(project_of_store(store=store).object_store())
    lines = text_table(HEAD, [_cells(baseline) for baseline in found])
    print_result(form, [_value(baseline) for baseline in found], lines if found else ["none"])


def drop(id_: NamedId, store: Store = "", form: FormOption = "text") -> None:
    """Remove a baseline from a store, and what a snapshot that broke off left of it."""
    kept.drop(project_of_store(store=store).object_store(), id_)
    print_result(form, {"id": id_}, [f"{id_}: removed"])


def project_of_store(
    *,
    target: str = "",
    store: str = "",
    recipients: list[str] | None = None,
    identity: str = "",
    encrypt: bool = True,
) -> Project:
    """The project of the environment, with what the command line gives."""
    environ = environ_with(source=os.environ.get("SOURCE_DB_URL", ""), target=target)
    project = Project.of_environment(environ)
    return replace(
        project,
        store=store or project.store,
        recipients=tuple(recipients or ()) or project.recipients,
        identity=identity or project.identity,
        encrypt=encrypt and project.encrypt,
    )


def _value(baseline: Baseline) -> dict[str, Any]:
    """A baseline for programs."""
    return {
        "id": baseline.id,
        "at": baseline.at.isoformat(timespec="seconds"),
        "database": baseline.database,
        "refreshes": list(baseline.refreshes),
        "fingerprint": baseline.fingerprint,
        "proof": asdict(baseline.proof) if baseline.proof else None,
        "tables": len(baseline.tables),
        "rows": baseline.rows,
        "bytes": baseline.bytes,
        "encrypted": baseline.is_encrypted,
    }


def _told(baseline: Baseline) -> str:
    encrypted = "encrypted" if baseline.is_encrypted else "not encrypted"
    tables, rows = counted(len(baseline.tables), "table"), counted(baseline.rows, "row")
    return f"{tables}, {rows}, {size(baseline.bytes)}, {encrypted}"


def _cells(baseline: Baseline) -> tuple[str, ...]:
    """The row of one baseline."""
    return (
        baseline.id,
        f"{baseline.at:%Y-%m-%d %H:%M} UTC",
        baseline.database,
        str(len(baseline.tables)),
        f"{baseline.rows:,}",
        size(baseline.bytes),
        "yes" if baseline.is_encrypted else "no",
    )
