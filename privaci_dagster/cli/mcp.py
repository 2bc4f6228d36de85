"""The subcommand that serves test data to an agent over MCP."""

from __future__ import annotations

from importlib.metadata import version
from typing import Annotated

import typer

from privaci_dagster.cli.doors import opened, refuse_missing
from privaci_dagster.cli.home import HomeOption
from privaci_dagster.cli.options import Config, Prefix, ScenariosFolder, Target, environ_with
from privaci_dagster.project import POLICY_FILE, Project


def mcp(
    invoker: Annotated[
        str, typer.Option("--invoker", help="The agent's name in the trail.")
    ] = "agent",
    scenarios: ScenariosFolder = "",
    config: Config = POLICY_FILE,
    target: Target = "",
    prefix: Prefix = "",
    dagster_home: HomeOption = None,
) -> None:
    """Serve the scenarios of the target over MCP on stdin and stdout, until stdin ends."""
    refuse_missing("mcp", extra="mcp")
    from privaci_dagster.api.agents import build_agent_server  # noqa: PLC0415 - it needs the extra

    environ = environ_with(source="", target=target)
    project = Project(policy_path=config, scenarios=scenarios, prefix=prefix, environ=environ)
    with opened(project, dagster_home) as service:
        service.warm_up()
        build_agent_server(service, invoker, version("privaci-dagster")).run()
