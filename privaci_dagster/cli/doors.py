"""Opens the test data of a target for a subcommand that serves it."""

from __future__ import annotations

import signal
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING

from privaci_core.errors import PreflightError
from privaci_core.testdata.trail_files import FOLDER
from privaci_dagster.api.opened import opened_service
from privaci_dagster.cli.home import make_home, open_instance
from privaci_dagster.cli.startup import restore_interrupts
from privaci_dagster.project import proofs_in
from privaci_dagster.proof_store import refuse_unkept

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from privaci_dagster.api.outlet import Report
    from privaci_dagster.api.service import Service
    from privaci_dagster.project import Project

DOCS = "docs/how-to/test-data-api.md"


@contextmanager
def opened(project: Project, dagster_home: Path | None) -> Iterator[Service]:
    """The service of a project's target; Ctrl-C and SIGTERM end it in peace."""
    home = make_home(dagster_home, project.environ)
    files = proofs_in(home, project.environ) / FOLDER
    refuse_unkept(files, project.environ)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    restore_interrupts()
    with ExitStack() as stack, suppress(KeyboardInterrupt):
        log = partial(_event_log, home, project.prefix, stack)
        yield stack.enter_context(opened_service(project, log, files))


def refuse_missing(*modules: str, extra: str) -> None:
    """Say which extra a command needs, where it is not installed."""
    if all(find_spec(module) for module in modules):
        return
    raise PreflightError(
        "Serving test data",
        f"the extra {extra} is not installed",
        f"pip install 'privaci-dagster[{extra}]'",
        DOCS,
    )


def _event_log(home: Path, prefix: str, stack: ExitStack) -> Report:
    """What writes events into Dagster's event log; Dagster is imported here."""
    from privaci_dagster.asset_keys import Names  # noqa: PLC0415
    from privaci_dagster.scenario_events import report_events  # noqa: PLC0415

    instance = stack.enter_context(open_instance(home))
    return partial(report_events, instance, Names(prefix=prefix))
