"""The subcommands of branches: whole databases of their own from the published target."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from privaci_core.testdata.branch import (
    address_of,
    branch_json,
    branches,
    create_branch,
    drop_branch,
    drop_expired,
)
from privaci_core.testdata.run_errors import BranchRefused
from privaci_dagster.cli.options import Target, environ_with
from privaci_dagster.cli.output import FormOption, print_result, size
from privaci_dagster.project import Project
from privaci_dagster.run_client_direct import duration_of

Name = Annotated[str, typer.Argument(help="The branch's name: a-z, 0-9, _ and -.")]
How = Annotated[
    Literal["auto", "file_copy", "wal_log"],
    typer.Option("--strategy", help="How the server copies: auto takes the quicker way."),
]


def create(
    name: Name,
    ttl: Annotated[str, typer.Option(help="Drop it after this time: 24h.")] = "",
    strategy: How = "auto",
    end_sessions: Annotated[
        bool, typer.Option("--end-sessions", help="End all sessions in the target first.")
    ] = False,
    target: Target = "",
    form: FormOption = "text",
) -> None:
    """Copy the published target into a database of its own, and print its address."""
    with _project(target).target() as dsn:
        made = create_branch(
            dsn,
            name,
            ttl=duration_of(ttl or None),
            strategy=strategy,
            end_sessions=end_sessions,
        )
        value, address = branch_json(made, dsn), address_of(dsn, made.database)
    print_result(form, value, [f"{made.name}: {made.database}", f"Connect: {address}"])


def list_branches(target: Target = "", form: FormOption = "text") -> None:
    """List the branches of the target."""
    with _project(target).target() as dsn:
        found = branches(dsn)
        value = [branch_json(each, dsn) for each in found]
    lines = [
        f"{each.name:<32} {size(each.bytes):>9}  {each.expires or 'stays'}  {each.database}"
        for each in found
    ]
    print_result(form, value, lines or ["no branch"])


def drop(
    name: Annotated[str, typer.Argument(help="The branch's name.")] = "",
    expired: Annotated[
        bool, typer.Option("--expired", help="Drop all branches whose time is over.")
    ] = False,
    target: Target = "",
    form: FormOption = "text",
) -> None:
    """Drop a branch, whoever is connected to it, or all whose time is over."""
    if expired == bool(name):
        why = "it names no branch, or one beside --expired"
        raise BranchRefused("Dropping a branch", why, "Give a name, or --expired.")
    with _project(target).target() as dsn:
        dropped = drop_expired(dsn) if expired else (drop_branch(dsn, name),)
        value = [branch_json(each, dsn) for each in dropped]
    print_result(form, value, [f"dropped {each.name}" for each in dropped] or ["none is over"])


def _project(target: str) -> Project:
    return Project(environ=environ_with(source="", target=target))
