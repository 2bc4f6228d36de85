"""The subcommand that holds a snapshot of the source for runs in other processes."""

from __future__ import annotations

import os
import signal
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from privaci_core.postgres.session import source_session
from privaci_core.postgres.snapshot import age_of, held_snapshot
from privaci_dagster.cli.home import HomeOption, make_home, open_instance
from privaci_dagster.cli.options import Prefix, Source, environ_with
from privaci_dagster.cli.startup import restore_interrupts
from privaci_dagster.project import Project
from privaci_dagster.project_variables import HOME_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from privaci_core.postgres.snapshot import HeldSnapshot

# How often the snapshot's age is reported, and its session looked at.
REPORT_SECONDS = 60


def snapshot(source: Source = "", prefix: Prefix = "", dagster_home: HomeOption = None) -> None:
    """Hold a snapshot of the source until Ctrl-C, and print its name for PRIVACI_SNAPSHOT."""
    project = Project(environ=environ_with(source=source))
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    restore_interrupts()
    try:
        with project.source() as dsn, source_session(dsn) as connection:
            held = held_snapshot(connection, dsn)
            with _reported(held, prefix, dagster_home) as report:
                typer.echo(held.name)
                _hold(held, report)
    except KeyboardInterrupt:
        return


def _hold(held: HeldSnapshot, report: Callable[[], None]) -> None:
    """Wait while the snapshot's session lives; without its session it is gone."""
    while True:
        time.sleep(REPORT_SECONDS)
        age_of(held)
        report()


@contextmanager
def _reported(held: HeldSnapshot, prefix: str, home: Path | None) -> Iterator[Callable[[], None]]:
    """Report the snapshot to Dagster's storage from its beginning to its end, if there is one."""
    if home is None and not os.environ.get(HOME_VARIABLE):
        yield lambda: None
        return
    # Without a storage nothing of Dagster is needed.
    from privaci_dagster import held_snapshot as events  # noqa: PLC0415
    from privaci_dagster.asset_keys import Names  # noqa: PLC0415

    names = Names(prefix=prefix)
    with open_instance(make_home(home, os.environ)) as instance:
        events.report_begun(instance, names, held)

        def report() -> None:
            try:
                events.report_lifetime(instance, names, held)
            except Exception as error:  # noqa: BLE001 - of Dagster, SQLAlchemy or the driver
                # The runs that read the snapshot need it more than a report of its age.
                typer.echo(f"The snapshot's age was not reported: {type(error).__name__}", err=True)

        try:
            yield report
        finally:
            events.report_ended(instance, names, held)
