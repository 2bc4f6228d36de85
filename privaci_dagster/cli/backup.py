"""The subcommands that back up a published target, and prove that a backup can be restored."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from privaci_core.baselines import backups as kept
from privaci_core.baselines import restore_backup as restoring
from privaci_core.plan.text_table import text_table
from privaci_dagster.cli.baseline import project_of_store
from privaci_dagster.cli.options import Encrypt, Identity, Recipients, Store, Target
from privaci_dagster.cli.output import FormOption, print_result, size
from privaci_dagster.project import SCRATCH_VARIABLE, proofs_of_environment
from privaci_dagster.proof_ids import proof_finder
from privaci_dagster.variables import KEEP_VARIABLE

if TYPE_CHECKING:
    from privaci_core.baselines.backups import Backup
    from privaci_dagster.project import Project

FAILED = 1
OR_KEPT = f"else what {KEEP_VARIABLE} says, or"
HEAD = ("id", "taken", "of", "size", "encrypted")
Id = Annotated[str, typer.Option("--id", help="The backup's id; else the newest.")]
Daily = Annotated[
    int | None,
    typer.Option("--keep-daily", help=f"Of how many days the newest one stays; {OR_KEPT} 7."),
]
Weekly = Annotated[
    int | None, typer.Option("--keep-weekly", help=f"Of how many weeks, too; {OR_KEPT} 4.")
]
Scratch = Annotated[
    str,
    typer.Option(
        "--scratch",
        envvar=SCRATCH_VARIABLE,
        show_envvar=True,
        help="A database whose server tries it; else the target's, or an embedded one.",
    ),
]


def run(
    target: Target = "",
    store: Store = "",
    recipients: Recipients = None,
    encrypt: Encrypt = True,
    daily: Daily = None,
    weekly: Weekly = None,
    form: FormOption = "text",
) -> None:
    """Dump the published target into the store, then remove backups that are too many."""
    project = project_of_store(target=target, store=store, recipients=recipients, encrypt=encrypt)
    opened = project.object_store()
    keep = _keep(project, daily=daily, weekly=weekly)
    with project.target() as dsn:
        backup = kept.back_up(
            dsn,
            opened,
            may_be_plain=not project.encrypt,
            find_proof=proof_finder(proofs_of_environment(project.environ), project.environ),
        )
    gone = kept.expired(kept.backups(opened), keep)
    kept.drop_backups(opened, gone)
    lines = [f"{backup.id}: {_told(backup)}", *(f"{each.id}: removed" for each in gone)]
    print_result(form, _value(backup) | {"removed": [each.id for each in gone]}, lines)


def list_(store: Store = "", form: FormOption = "text") -> None:
    """List the whole backups of a store, the oldest first; no key is needed."""
    found = kept.backups(project_of_store(store=store).object_store())
    lines = text_table(HEAD, [_cells(backup) for backup in found])
    print_result(form, [_value(backup) for backup in found], lines if found else ["none"])


def restore(
    id_: Id = "",
    target: Target = "",
    store: Store = "",
    identity: Identity = "",
    form: FormOption = "text",
) -> None:
    """Restore a backup into an empty database, in one transaction."""
    project = project_of_store(target=target, store=store, identity=identity)
    with project.target() as dsn:
        backup = restoring.restore_backup(dsn, project.object_store(), id_)
    print_result(form, _value(backup), [f"{backup.id}: restored"])


def drill(
    id_: Id = "",
    target: Target = "",
    store: Store = "",
    identity: Identity = "",
    scratch: Scratch = "",
    form: FormOption = "text",
) -> None:
    """Restore a backup into a scratch database, compare every row with its ledgers, and drop it.

    Exits with 1 if a row differs.
    """
    project = project_of_store(target=target, store=store, identity=identity)
    project = replace(project, environ={**project.environ, SCRATCH_VARIABLE: scratch})
    with project.target() as dsn:
        found = restoring.drill(dsn, project.object_store(), id_, scratch=project.scratch_dsn)
    lines = [f"{found.backup.id}: {'FAILED' if found.wrong else 'restores'}"]
    lines += [f"  - {table}: {why}" for table, why in found.wrong.items()]
    print_result(form, _value(found.backup) | {"wrong": dict(found.wrong)}, lines)
    raise typer.Exit(FAILED if found.wrong else 0)


def _keep(project: Project, **said: int | None) -> kept.Keep:
    """How many stay: what the command line says, else the project."""
    given = {period: count for period, count in said.items() if count is not None}
    return kept.Keep.of({**(project.keep or {}), **given})


def _value(backup: Backup) -> dict[str, Any]:
    """A backup for programs."""
    return {
        "id": backup.id,
        "at": backup.at.isoformat(timespec="seconds"),
        "database": backup.database,
        "refreshes": list(backup.refreshes),
        "proof": asdict(backup.proof) if backup.proof else None,
        "bytes": backup.dump.bytes,
        "encrypted": backup.is_encrypted,
    }


def _told(backup: Backup) -> str:
    encrypted = "encrypted" if backup.is_encrypted else "not encrypted"
    return f"{size(backup.dump.bytes)}, {encrypted}"


def _cells(backup: Backup) -> tuple[str, ...]:
    """The row of one backup."""
    return (
        backup.id,
        f"{backup.at:%Y-%m-%d %H:%M} UTC",
        backup.database,
        size(backup.dump.bytes),
        "yes" if backup.is_encrypted else "no",
    )
