"""Subcommands that look at a source, and the one that holds a moment of it for others."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import asdict
from typing import Annotated

import typer

from privaci_core.catalog.catalog import read_catalog
from privaci_core.catalog.overview import Inspected, inspected
from privaci_core.errors import PreflightError
from privaci_core.plan.text_table import text_table
from privaci_core.policy import suggest
from privaci_core.postgres.embedded import reachable
from privaci_core.postgres.session import source_session
from privaci_core.postgres.snapshot import export_snapshot
from privaci_dagster.cli.options import Source
from privaci_dagster.cli.output import FormOption, say, size
from privaci_dagster.project import SOURCE_VARIABLE, Project

HELD_SECONDS = 3600
HEAD = ("name", "kind", "rows", "size", "columns", "key", "refers to")


def inspect(
    name: Annotated[str, typer.Argument(help="One table, with its columns; else all.")] = "",
    source: Source = "",
    form: FormOption = "text",
) -> None:
    """Say what the source is made of: tables, sizes, keys; counts are the server's own estimates."""
    project = Project(environ={**os.environ, SOURCE_VARIABLE: source})
    with reachable(project.source_dsn) as dsn, source_session(dsn) as connection:
        found = list(inspected(read_catalog(connection)))
    if name:
        found = [_named(found, name)]
    rows = [
        (
            each.name,
            each.kind,
            f"{each.rows:,}",
            size(each.size_bytes),
            str(len(each.columns)),
            ", ".join(each.key) or "-",
            ", ".join(reference.split(" -> ")[1] for reference in each.references) or "-",
        )
        for each in found
    ]
    lines = text_table(HEAD, rows)
    if name:
        lines += ["", *text_table(("column", "type"), list(found[0].columns.items()))]
    say(form, [asdict(each) for each in found], lines)


def _named(found: list[Inspected], name: str) -> Inspected:
    for each in found:
        if each.name == name:
            return each
    why = f"the source has no {name}"
    raise PreflightError(
        "Looking at a table",
        why,
        suggest(name, [each.name for each in found]) or "Name another one.",
    )


def hold(source: Source = "") -> None:
    """Hold one moment of the source until Ctrl-C, for steps that share no process: prints its name first."""
    project = Project(environ={**os.environ, SOURCE_VARIABLE: source})
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with reachable(project.source_dsn) as dsn, source_session(dsn) as connection:
        typer.echo(export_snapshot(connection))
        try:
            while True:
                time.sleep(HELD_SECONDS)
        except KeyboardInterrupt:
            return
