"""Subcommands that need no database: they read the policy, its format, or print a salt."""

from __future__ import annotations

import json
import os
from pathlib import Path  # noqa: TC003 - typer reads annotations when the program runs
from typing import TYPE_CHECKING, Annotated

import typer

from privaci_core.errors import PolicyError
from privaci_core.policy import json_schema, load_policy
from privaci_core.policy.document import VERSION
from privaci_core.secrets import gen_salt, refuse_plain_secrets
from privaci_dagster.cli.options import Config, environ_with
from privaci_dagster.cli.output import FormOption, counted, print_result
from privaci_dagster.project import POLICY_FILE, Project

if TYPE_CHECKING:
    from privaci_core.policy import Policy


def validate(
    config: Config = POLICY_FILE,
    source: Annotated[
        str, typer.Option(help="A source's URL: check the policy against its catalog too.")
    ] = "",
    form: FormOption = "text",
) -> None:
    """Check the policy file; each mistake is named with its line."""
    policy = load_policy(config)
    refuse_plain_secrets(policy, os.environ)
    if source:
        _plan_against(source, policy)
    tables, rules = len(policy.tables), sum(1 for _ in policy.rules())
    fingerprint = policy.fingerprint()
    value = {"valid": True, "tables": tables, "rules": rules, "fingerprint": fingerprint}
    counts = f"{counted(tables, 'table')}, {counted(rules, 'rule')}, fingerprint {fingerprint[:16]}"
    print_result(form, value, [f"{config}: valid, {counts}"])


def _plan_against(source: str, policy: Policy) -> None:
    """Plan a copy of a source, which finds what its catalog does not allow."""
    # These need the driver and all masks, and most checks of a policy name no source.
    from privaci_core.catalog.catalog import read_catalog  # noqa: PLC0415
    from privaci_core.postgres.session import source_session  # noqa: PLC0415
    from privaci_core.refresh.open import plan_of  # noqa: PLC0415

    project = Project(environ=environ_with(source=source))
    with project.source() as dsn, source_session(dsn) as connection:
        plan_of(connection, read_catalog(connection), policy)


def migrate_config(
    path: Annotated[Path, typer.Argument(help="The policy file.")],
    before: Annotated[
        str, typer.Option("--from", help="The version that the file has; else what it says.")
    ] = "",
    after: Annotated[str, typer.Option("--to", help="The version that it is to have.")] = VERSION,
) -> None:
    """Bring a policy file from one version of the format to another.

    There is one version so far: a file that has it needs nothing.
    """
    unknown = [version for version in (before, after) if version not in {"", VERSION}]
    if unknown:
        raise PolicyError(
            f"Migrating {path}",
            f"the format has no version {unknown[0]}",
            f"Run: privaci migrate-config {path} --from {VERSION} --to {VERSION}",
            "docs/reference/policy.md",
        )
    load_policy(path)
    typer.echo(f"{path}: has version {VERSION}, no migration is needed")


def schema_config() -> None:
    """Print the JSON Schema of the policy file, with which editors complete and check it."""
    typer.echo(json.dumps(json_schema(), indent=2))


def schema_scenario() -> None:
    """Print the JSON Schema of a scenario file, with which editors complete and check it."""
    from privaci_core.testdata.scenario import json_schema as scenario_schema  # noqa: PLC0415

    typer.echo(json.dumps(scenario_schema(), indent=2))


def new_salt(form: FormOption = "text") -> None:
    """Print a new random salt; keep it where your other secrets are."""
    salt = gen_salt()
    print_result(form, {"salt": salt}, [salt])
