"""The subcommand that opens Dagster's UI on a project, with its embedded servers up beside it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path  # noqa: TC003 - typer reads annotations when the program runs
from typing import Annotated

import typer

from privaci_core.errors import PreflightError
from privaci_core.postgres.embedded import reachable
from privaci_dagster.cli.home import use_home
from privaci_dagster.project import SOURCE_VARIABLE, TARGET_VARIABLE

STOP_SECONDS = 30


def ui(
    port: Annotated[int, typer.Option(help="The port to listen on; a free one where it is 0.")] = 0,
    home: Annotated[
        Path | None, typer.Option(help="The demo's folder; else the environment's project.")
    ] = None,
) -> None:
    """Open Dagster's webserver and daemon on the project, until Ctrl-C."""
    if find_spec("dagster_webserver") is None:
        raise PreflightError(
            "Opening Dagster's UI",
            "its webserver is not installed",
            "pip install 'privaci-dagster[ui]'",
        )
    if home is not None:
        from privaci_dagster.cli.demo import use_demo  # noqa: PLC0415 - the demo needs this module's neighbour only here

        use_demo(home)
    else:
        use_home()
    with ExitStack() as held:
        for variable in (SOURCE_VARIABLE, TARGET_VARIABLE):
            if os.environ.get(variable):
                os.environ[variable] = held.enter_context(reachable(os.environ[variable]))
        port = port or free_port()
        typer.echo(f"Dagster's UI: http://127.0.0.1:{port}  (Ctrl-C stops it)")
        command = [sys.executable, "-m", "dagster", "dev", "-m", "privaci_dagster.definitions"]
        # In a session of its own: Ctrl-C reaches us alone, and we end it and wait until it has gone.
        process = subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--port", str(port)], start_new_session=True
        )
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            process.wait()
        except KeyboardInterrupt:
            process.send_signal(signal.SIGINT)
            process.wait(STOP_SECONDS)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
