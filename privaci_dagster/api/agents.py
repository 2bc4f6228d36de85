"""Offers test data to agents over MCP: five tools, and no way to other rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError

from privaci_core.postgres.unexpected import explained
from privaci_dagster.api.failures import DOING, code_of, message_of
from privaci_dagster.api.shapes import DataRequest

if TYPE_CHECKING:
    from collections.abc import Callable

    from privaci_dagster.api.service import Service

Result = TypeVar("Result")
INSTRUCTIONS = (
    "Makes rows for tests in a masked copy of a database, and takes them out again. Look at the"
    " scenarios, request one, test with the data that it answers, then reset the run with its"
    " cleanup token. All people in the data are made up."
)


def build_agent_server(service: Service, invoker: str, version: str) -> MCPServer:
    """The server of a target; every request and reset is told in the trail as this invoker's."""
    server = MCPServer("privaci", version=version, instructions=INSTRUCTIONS, log_level="ERROR")

    # What an agent reads of a tool is its docstring.
    @server.tool()
    def list_scenarios() -> list[dict[str, Any]]:
        """List the scenarios: names, descriptions, tags, and constraints with their defaults."""
        return _told(service.scenarios)

    @server.tool()
    def describe_scenario(scenario: str) -> dict[str, Any]:
        """Describe one scenario in full: which rows it finds and creates, and its validators."""
        return _told(service.scenario, scenario)

    @server.tool()
    def request(
        scenario: str, constraints: dict[str, Any] | None = None, seed: str | None = None
    ) -> dict[str, Any]:
        """Make the rows of a scenario; answers with their values and the run's cleanup token."""
        asked = DataRequest(scenario=scenario, constraints=constraints or {}, seed=seed)
        return _told(service.request, asked, invoker)

    @server.tool()
    def reset(test_run_id: str, cleanup_token: str) -> dict[str, Any]:
        """Take the rows of a run out again; says how many rows of which table went."""
        return _told(service.reset, test_run_id, cleanup_token, invoker)

    @server.tool()
    def audit(test_run_id: str) -> dict[str, Any]:
        """Tell every step of a run: who did what when, and what became of it."""
        return _told(service.audit, test_run_id)

    return server


def _told(function: Callable[..., Result], *arguments: Any) -> Result:
    """What a function gives; an error as its code and a sentence, without a value."""
    try:
        return function(*arguments)
    except Exception as error:  # noqa: BLE001 - the text of an unexpected one may hold a value
        shown = explained(DOING, error)
        raise ToolError(f"{code_of(shown)}: {message_of(shown)}") from None
