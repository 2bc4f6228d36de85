"""Options and arguments that several subcommands share."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from privaci_core.secrets import ACCEPT, WEAK_SALT_VARIABLE
from privaci_dagster.cli.bare import policy_at
from privaci_dagster.options import option
from privaci_dagster.project import SOURCE_VARIABLE, TARGET_VARIABLE, Project
from privaci_dagster.variables import (
    IDENTITY_VARIABLE,
    PUSHGATEWAY_VARIABLE,
    SCENARIOS_VARIABLE,
    STORE_VARIABLE,
)

Config = Annotated[Path, typer.Option("--config", callback=policy_at, help="The policy file.")]
LockFile = Annotated[Path, typer.Option("--lock", help="The lock file.")]
Source = Annotated[
    str, typer.Option(envvar=SOURCE_VARIABLE, show_envvar=True, help="The source's URL.")
]
Target = Annotated[
    str, typer.Option(envvar=TARGET_VARIABLE, show_envvar=True, help="The target's URL.")
]
Prefix = Annotated[
    str, typer.Option("--prefix", help="The prefix of the database's assets, if they have one.")
]


def flag(name: str, **more: Any) -> Any:
    """The flag of an option in the registry, with its help."""
    found = option(name)
    names = (found.flag, found.alias) if found.alias else (found.flag,)
    return typer.Option(*names, help=found.help, **more)


def _named(context: typer.Context, parameter: typer.CallbackParam, value: str) -> str:
    """Refuse a choice that was given and names nothing, as an unset variable does: all is meant."""
    given = context.get_parameter_source(parameter.name or "")
    if given is not None and given.name == "COMMANDLINE" and not value.strip(" ,\t\n"):
        raise typer.BadParameter("it names nothing; without the option, everything is meant")
    return value


Acl = Annotated[bool, flag("acl")]
Publications = Annotated[bool, flag("publications")]
OnFailedProof = Annotated[Literal["keep", "empty"], flag("on_failed_proof")]
KeepUnchanged = Annotated[bool, flag("keep_unchanged")]
Tables = Annotated[str, flag("tables", callback=_named)]
WithParents = Annotated[bool, flag("with_parents")]
WithChildren = Annotated[bool, flag("with_children")]
SubsetStart = Annotated[str, flag("subset_start", callback=_named)]
Events = Annotated[Literal["none", "privaci"], flag("events")]
PrometheusPort = Annotated[int, flag("prometheus_port", min=0, max=65535)]
PrometheusPush = Annotated[
    str, flag("prometheus_push", envvar=PUSHGATEWAY_VARIABLE, show_envvar=True)
]
WeakSalt = Annotated[bool, flag("weak_salt")]
Search = Annotated[Literal["full", "sample"], flag("search")]
ProbeRows = Annotated[int, flag("probe_rows")]
AuditTable = Annotated[bool, flag("audit_table")]
ScenariosFolder = Annotated[str, flag("scenarios", envvar=SCENARIOS_VARIABLE, show_envvar=True)]

Store = Annotated[str, flag("store", envvar=STORE_VARIABLE, show_envvar=True)]
Recipients = Annotated[list[str] | None, flag("recipients")]
Identity = Annotated[str, flag("identity", envvar=IDENTITY_VARIABLE, show_envvar=True)]
Encrypt = Annotated[bool, flag("encrypt")]


def project_of(source: str) -> Project:
    """The project of a command that reads the source alone."""
    return Project(environ=environ_with(source=source))


def environ_with(*, source: str, target: str = "", weak_salt: bool = False) -> dict[str, str]:
    """This process's variables, with what the command line gives."""
    given = {SOURCE_VARIABLE: source, TARGET_VARIABLE: target}
    accepted = {WEAK_SALT_VARIABLE: ACCEPT} if weak_salt else {}
    return {**os.environ, **given, **accepted}
