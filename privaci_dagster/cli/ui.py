"""The subcommand that opens Dagster's UI on a project while its embedded servers run."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.request import urlopen

import typer

from privaci_core.errors import PreflightError
from privaci_core.postgres.embedded import reachable
from privaci_dagster.cli.home import make_home
from privaci_dagster.cli.options import Source, Target
from privaci_dagster.cli.startup import restore_interrupts
from privaci_dagster.project import SOURCE_VARIABLE, TARGET_VARIABLE
from privaci_dagster.project_variables import HOME_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Mapping

STOP_SECONDS = 30
POLL_SECONDS = 0.1
# In Dagster's home.
LOG = "ui.log"
DAGSTER_DEV = ("-m", "dagster", "dev", "-m", "privaci_dagster.definitions")


def ui(
    port: Annotated[int, typer.Option(help="The port to listen on; 0 takes a free one.")] = 0,
    home: Annotated[
        Path | None, typer.Option(help="The demo's folder; else the environment's project.")
    ] = None,
    source: Source = "",
    target: Target = "",
) -> None:
    """Open Dagster's webserver and daemon on the project, until Ctrl-C."""
    _refuse_missing_webserver()
    given = {SOURCE_VARIABLE: source, TARGET_VARIABLE: target} if home is None else {}
    environ = {**_environ_of(home), **given}
    port = port or free_port()
    with ExitStack() as stack:
        # Code locations start and stop; the servers run for as long as the UI does.
        for variable in (SOURCE_VARIABLE, TARGET_VARIABLE):
            if environ.get(variable):
                server = reachable(environ[variable], environ)
                environ[variable] = stack.enter_context(server)
        _serve(port, environ, Path(environ[HOME_VARIABLE], LOG))


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


def _serve(port: int, environ: Mapping[str, str], log: Path) -> None:
    """Run Dagster until Ctrl-C or SIGTERM; what it prints goes to a file."""
    command = [sys.executable, *DAGSTER_DEV, "--host", "127.0.0.1", "--port", str(port)]
    # In its own session, Ctrl-C reaches only us; we stop it and wait for its end.
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env=environ, start_new_session=True, stdout=output, stderr=output
        )
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    restore_interrupts()
    try:
        _wait_until_it_answers(process, port)
        if process.poll() is None:
            typer.echo(f"Dagster's UI: http://127.0.0.1:{port}  (Ctrl-C stops it)")
        code = process.wait()
    except KeyboardInterrupt:
        stop(process, STOP_SECONDS)
        return
    if code:
        raise PreflightError("Serving Dagster's UI", f"it ended with {code}", f"Read {log}.")


def _wait_until_it_answers(process: subprocess.Popen[bytes], port: int) -> None:
    """Wait for the webserver's first answer, or for its end."""
    while process.poll() is None:
        with suppress(OSError), urlopen(f"http://127.0.0.1:{port}/server_info", timeout=5):
            return
        time.sleep(POLL_SECONDS)


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
