"""The subcommand that proves a copy again, whenever somebody wants to know: reads both ends, and writes nothing."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from privaci_core.postgres.embedded import reachable
from privaci_core.prove.checks import verdicts
from privaci_core.prove.verdicts import Evidence
from privaci_core.refresh.open import finished
from privaci_dagster.cli.options import Config, Source, Target
from privaci_dagster.cli.output import FormOption, say
from privaci_dagster.project import SOURCE_VARIABLE, TARGET_VARIABLE, Project

FAILED = 1


def verify(
    config: Config = Path("mask-rules.yaml"),
    source: Source = "",
    target: Target = "",
    rows: Annotated[
        int, typer.Option(help="How many rows of each table are searched for originals.")
    ] = 100_000,
    form: FormOption = "text",
) -> None:
    """Hold a finished target against the source: rows, masks, originals anywhere, keys; 1 where one fails."""
    os.environ[SOURCE_VARIABLE], os.environ[TARGET_VARIABLE] = source, target
    project = Project(policy_path=config)
    policy = project.policy()
    keys = project.keys(policy)
    with (
        reachable(project.source_dsn) as source_dsn,
        reachable(project.target_dsn) as target_dsn,
        finished(source_dsn, target_dsn, policy, keys) as opened,
    ):
        source_session = opened.connections.source
        found = verdicts(Evidence(copy=opened.copy, source=source_session, rows_searched=rows))
    lines = []
    for check, verdict in found.items():
        lines.append(f"{check:<16} {'holds' if verdict.holds else 'FAILED'}")
        lines += [f"  - {where}: {what}" for where, what in sorted(verdict.wrong.items())]
    value = [{"check": c, "holds": v.holds, "found": v.wrong} for c, v in found.items()]
    say(form, value, lines)
    raise typer.Exit(0 if all(verdict.holds for verdict in found.values()) else FAILED)
