"""Subcommands that read or write a project's files: the policy, the lock and a salt."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from privaci_core.catalog import read_catalog
from privaci_core.embedded import reachable
from privaci_core.lock import lock_of, write_lock
from privaci_core.policy import load_policy
from privaci_core.postgres import source_session
from privaci_core.secrets import gen_salt
from privaci_dagster.project import Project

Config = Annotated[Path, typer.Option("--config", help="The policy file.")]
LockFile = Annotated[Path, typer.Option("--lock", help="The lock file.")]
POLICY_FILE = Path("mask-rules.yaml")
LOCK_FILE = Path("privaci.lock.json")


def introspect(lock: LockFile = LOCK_FILE) -> None:
    """Read the source's catalog (SOURCE_DB_URL) into the lock file, for people to review."""
    with reachable(Project().source_dsn) as dsn, source_session(dsn) as source:
        catalog = read_catalog(source)
    write_lock(lock_of(catalog), lock)
    typer.echo(f"{lock}: {len(catalog.tables)} tables")


def validate(config: Config = POLICY_FILE) -> None:
    """Check the policy file; every mistake is named with its line."""
    policy = load_policy(config)
    rules = sum(1 for _ in policy.rules())
    typer.echo(f"{config}: valid, {len(policy.tables)} tables, {rules} rules, fingerprint {policy.fingerprint()[:16]}")


def new_salt() -> None:
    """Print a new random salt, to be kept where your other secrets are."""
    typer.echo(gen_salt())
