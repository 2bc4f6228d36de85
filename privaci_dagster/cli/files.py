"""Subcommands that read or write a project's files: the policy, the lock and a salt."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from privaci_core.catalog.catalog import read_catalog
from privaci_core.catalog.lock_file import lock_of, read_lock, write_lock
from privaci_core.errors import DriftError, PreflightError
from privaci_core.masks.text.named_entities import has_model
from privaci_core.plan.drift import drift as find_drift
from privaci_core.plan.show import Form, differences, lines_of, read_lines, show
from privaci_core.plan.starter_policy import starter
from privaci_core.policy import json_schema, load_policy, parse_policy
from privaci_core.postgres.embedded import reachable
from privaci_core.postgres.session import source_session
from privaci_core.refresh.open import plan_of
from privaci_core.secrets import gen_salt
from privaci_dagster.cli.options import Config, LockFile
from privaci_dagster.cli.output import FormOption, say
from privaci_dagster.project import Project

POLICY_FILE = Path("mask-rules.yaml")
LOCK_FILE = Path("privaci.lock.json")
BARE = parse_policy('version: "1.0"')


def init(
    config: Config = POLICY_FILE, lock: LockFile = LOCK_FILE, form: FormOption = "text"
) -> None:
    """Write a policy to start from, and the lock file, by looking into the source (SOURCE_DB_URL)."""
    if config.exists():
        raise PreflightError(
            f"Writing {config}", "the file is there already", "Name another one with --config."
        )
    with reachable(Project().source_dsn) as dsn, source_session(dsn) as source:
        catalog = read_catalog(source)
        found = plan_of(source, catalog, BARE)
    config.write_text(starter(found, catalog, reads_text=has_model()), encoding="utf-8")
    write_lock(lock_of(catalog), lock)
    # What was written is what `run` will read: a mistake in it is ours, and is seen now.
    load_policy(config)
    unsure = sum(suspicion.confidence != "low" for _, _, suspicion in found.suspected)
    value = {
        "tables": len(catalog.roots),
        "masked_columns": found.masked_columns,
        "undecided_columns": unsure,
    }
    lines = [
        f"{config}: {found.masked_columns} columns are masked, {unsure} are for you to decide about",
        f"{lock}: {len(catalog.roots)} tables",
        "next: read the file, keep a salt (`privaci gen-salt`) in ANONYMIZATION_SALT, then `privaci plan`",
    ]
    say(form, value, lines)


def introspect(lock: LockFile = LOCK_FILE, form: FormOption = "text") -> None:
    """Read the source's catalog (SOURCE_DB_URL) into the lock file, for people to review."""
    with reachable(Project().source_dsn) as dsn, source_session(dsn) as source:
        catalog = read_catalog(source)
    locked = lock_of(catalog)
    write_lock(locked, lock)
    value = {
        "tables": len(locked.tables),
        "slices": locked.slices,
        "unhandled": list(locked.unhandled),
    }
    say(form, value, [f"{lock}: {len(locked.tables)} tables"])


def validate(config: Config = POLICY_FILE, form: FormOption = "text") -> None:
    """Check the policy file; every mistake is named with its line."""
    policy = load_policy(config)
    rules = sum(1 for _ in policy.rules())
    value = {
        "valid": True,
        "tables": len(policy.tables),
        "rules": rules,
        "fingerprint": policy.fingerprint(),
    }
    said = f"{config}: valid, {len(policy.tables)} tables, {rules} rules, fingerprint {policy.fingerprint()[:16]}"
    say(form, value, [said])


def plan(
    config: Config = POLICY_FILE,
    form: Annotated[Form, typer.Option("--format", help="How it is written.")] = "table",
    against: Annotated[
        Path | None, typer.Option(help="A plan written before by --format json: show what changed.")
    ] = None,
) -> None:
    """Say what would happen to every column of the source (SOURCE_DB_URL), and why; reads samples alone."""
    policy = load_policy(config)
    with reachable(Project().source_dsn) as dsn, source_session(dsn) as source:
        catalog = read_catalog(source)
        lines = lines_of(plan_of(source, catalog, policy), catalog)
    if against is None:
        typer.echo(show(lines, form))
        return
    changed = differences(read_lines(against.read_text(encoding="utf-8")), lines)
    typer.echo("\n".join(changed) or "nothing changed")


def schema_config() -> None:
    """Print the JSON Schema of the policy file, by which editors complete and check it."""
    typer.echo(json.dumps(json_schema(), indent=2))


def drift(
    config: Config = POLICY_FILE,
    lock: LockFile = LOCK_FILE,
    form: FormOption = "text",
) -> None:
    """Compare the source (SOURCE_DB_URL) with the lock file; exits with 6 where they differ."""
    policy, locked = load_policy(config), read_lock(lock)
    with reachable(Project().source_dsn) as dsn, source_session(dsn) as source:
        catalog = read_catalog(source)
        changes = find_drift(locked, catalog, plan_of(source, catalog, policy))
    said = [str(change) for change in changes] or [f"{lock}: the source is as it says"]
    say(form, [asdict(change) for change in changes], said)
    raise typer.Exit(DriftError.exit_code if changes else 0)


def new_salt(form: FormOption = "text") -> None:
    """Print a new random salt, to be kept where your other secrets are."""
    salt = gen_salt()
    say(form, {"salt": salt}, [salt])
