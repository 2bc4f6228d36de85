"""The subcommand that holds a snapshot of the source for runs in other processes."""

from __future__ import annotations

import signal
import time

import typer

from privaci_core.postgres.session import source_session
from privaci_core.postgres.snapshot import export_snapshot
from privaci_dagster.cli.options import Source, environ_with
from privaci_dagster.project import Project

SLEEP_SECONDS = 3600


def snapshot(source: Source = "") -> None:
    """Hold a snapshot of the source until Ctrl-C, and print its name for PRIVACI_SNAPSHOT."""
    project = Project(environ=environ_with(source=source))
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with project.source() as dsn, source_session(dsn) as connection:
            typer.echo(export_snapshot(connection))
            while True:
                time.sleep(SLEEP_SECONDS)
    except KeyboardInterrupt:
        return
