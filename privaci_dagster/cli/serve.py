"""The subcommand that serves test data over HTTP."""

from __future__ import annotations

from dataclasses import replace
from importlib.metadata import version
from typing import Annotated

import typer

from privaci_dagster.cli.doors import opened, refuse_missing
from privaci_dagster.cli.home import HomeOption
from privaci_dagster.cli.options import Config, Prefix, ScenariosFolder, Target, environ_with
from privaci_dagster.project import POLICY_FILE, Project

PORT = 8765
Tokens = Annotated[
    list[str],
    typer.Option(
        "--token",
        help="A bearer token, as name=secret URI; may be given again. Else PRIVACI_API_TOKENS.",
    ),
]


def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen on; 0 takes a free one.")] = PORT,
    token: Tokens = [],  # noqa: B006 - typer reads it and never changes it
    open_reads: Annotated[
        bool, typer.Option("--open-reads", help="Let everybody read: catalog, trail and metrics.")
    ] = False,
    scenarios: ScenariosFolder = "",
    config: Config = POLICY_FILE,
    target: Target = "",
    prefix: Prefix = "",
    dagster_home: HomeOption = None,
) -> None:
    """Serve the scenarios of the target over HTTP, until Ctrl-C."""
    refuse_missing("fastapi", "uvicorn", extra="serve")
    from privaci_dagster.api.access import Access  # noqa: PLC0415 - they need the extra
    from privaci_dagster.api.app import build_app  # noqa: PLC0415
    from privaci_dagster.api.bearers import bearers_of  # noqa: PLC0415
    from privaci_dagster.api.http_server import listen, run_server  # noqa: PLC0415

    environ = environ_with(source="", target=target)
    named = Project.of_environment(environ)
    project = replace(named, policy_path=config, scenarios=scenarios, prefix=prefix)
    access = Access(bearers=bearers_of(token, environ), open_reads=open_reads)
    with listen(host, port) as listening, opened(project, dagster_home) as service:
        app = build_app(service, access, version("privaci-dagster"))
        shown, number = listening.getsockname()[:2]
        at = f"[{shown}]" if ":" in shown else shown

        def ready() -> None:
            typer.echo(f"Test data: http://{at}:{number}")
            service.warm_up()

        run_server(app, listening, ready)
