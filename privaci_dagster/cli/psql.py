"""The subcommand that opens a shell on the source or the target, also on an embedded one."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from psycopg.pq import Conninfo

from privaci_core.errors import PreflightError
from privaci_core.postgres.embedded import VERSIONS, server_binaries
from privaci_core.postgres.embedded_places import runnable_programs
from privaci_dagster.cli.options import Source, Target, environ_with
from privaci_dagster.project import EMBEDDED, Project

if TYPE_CHECKING:
    from collections.abc import Mapping

READ_ONLY = "-c default_transaction_read_only=on"
NEWEST = max(VERSIONS)


def psql(
    end: Annotated[Literal["source", "target"], typer.Argument(help="Which database.")],
    words: Annotated[
        list[str] | None,
        typer.Argument(help="What psql takes, after --: privaci psql target -- -c 'SELECT 1'."),
    ] = None,
    source: Source = "",
    target: Target = "",
) -> None:
    """Open psql on one of both databases; a source that is not embedded is opened read-only."""
    project = Project(environ=environ_with(source=source, target=target))
    opened = project.source() if end == "source" else project.target()
    with opened as dsn:
        known = _variables_of(dsn)
        # A source that runs here is one that its user fills.
        if end == "source" and not project.source_dsn.startswith(EMBEDDED):
            known["PGOPTIONS"] = " ".join((known.get("PGOPTIONS", ""), READ_ONLY)).strip()
        raise typer.Exit(_run([_program(), *(words or [])], {**os.environ, **known}))


def _variables_of(dsn: str) -> dict[str, str]:
    """A connection string as variables: other users of this machine can read a command line."""
    return {
        option.envvar.decode(): option.val.decode()
        for option in Conninfo.parse(dsn.encode())
        if option.envvar and option.val
    }


def _program() -> str:
    """The psql of this machine, else that of the wheel with embedded servers."""
    found = shutil.which("psql")
    if found:
        return found
    try:
        return str(runnable_programs(server_binaries(NEWEST)) / "psql")
    except PreflightError:
        raise PreflightError(
            "Opening psql",
            "this machine has no psql",
            "Install PostgreSQL's client, or pip install 'privaci-dagster[embedded]'.",
        ) from None


def _run(command: list[str], environ: Mapping[str, str]) -> int:
    """Run psql, which takes Ctrl-C itself: it cancels a statement and not the shell."""
    # A handler of Python's, unlike an ignored signal, is not handed on to the child.
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        return subprocess.call(command, env=environ)
    finally:
        signal.signal(signal.SIGINT, before)
