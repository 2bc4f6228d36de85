"""The subcommand that opens Dagster's UI on a project while its embedded servers run."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path  # noqa: TC003 - typer reads annotations when the program runs
from typing import TYPE_CHECKING, Annotated

import typer

from privaci_core.errors import PreflightError
from privaci_core.postgres.embedded import reachable
from privaci_dagster.cli.home import HOME_VARIABLE, make_home
from privaci_dagster.cli.startup import restore_interrupts
from privaci_dagster.project import SOURCE_VARIABLE, TARGET_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Mapping

STOP_SECONDS = 30
DAGSTER_DEV = ("-m", "dagster", "dev", "-m", "privaci_dagster.definitions")


def ui(
    port: Annotated[int, typer.Option(help="The port to listen on; 0 takes a free one.")] = 0,
    home: Annotated[
        Path | None, typer.Option(help="The demo's folder; else the environment's project.")
    ] = None,
) -> None:
    """Open Dagster's webserver and daemon on the project, until Ctrl-C."""
    _refuse_missing_webserver()
    environ = _environ_of(home)
    port = port or free_port()
    with ExitStack() as stack:
        # Code locations start and stop; the servers run for as long as the UI does.
        for variable in (SOURCE_VARIABLE, TARGET_VARIABLE):
            if environ.get(variable):
                server = reachable(environ[variable], environ)
                environ[variable] = stack.enter_context(server)
        typer.echo(f"Dagster's UI: http://127.0.0.1:{port}  (Ctrl-C stops it)")
        _serve(port, environ)


def _refuse_missing_webserver() -> None:
    if find_spec("dagster_webserver") is None:
        raise PreflightError(
            "Opening Dagster's UI",
            "its webserver is not installed",
            "pip install 'privaci-dagster[ui]'",
        )


def _environ_of(home: Path | None) -> dict[str, str]:
    """The variables of the demo, or of the environment's project."""
    if home is None:
        named = str(make_home(None, os.environ))
        return {**os.environ, HOME_VARIABLE: named}
    from privaci_dagster.cli.demo import demo_environ  # noqa: PLC0415 - it imports Dagster

    return demo_environ(home)


def _serve(port: int, environ: Mapping[str, str]) -> None:
    """Run Dagster until Ctrl-C or SIGTERM."""
    command = [sys.executable, *DAGSTER_DEV, "--host", "127.0.0.1", "--port", str(port)]
    # In its own session, Ctrl-C reaches only us; we stop it and wait for its end.
    process = subprocess.Popen(command, env=environ, start_new_session=True)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    restore_interrupts()
    try:
        process.wait()
    except KeyboardInterrupt:
        stop(process, STOP_SECONDS)


def stop(process: subprocess.Popen[bytes], seconds: float) -> None:
    """Interrupt a process that leads a session; after some time kill what is left of its group."""
    process.send_signal(signal.SIGINT)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def free_port() -> int:
    """A free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
