"""`privaci mcp`, spoken to by the package's own client, as an agent starts it."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from doors.served import environ_of
from mcp import Client, StdioServerParameters, stdio_client
from testdata.shop import publish

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from substrate.databases import Databases

pytestmark = pytest.mark.e2e
TOOLS = {"list_scenarios", "describe_scenario", "request", "reset", "audit"}


def with_agent(target: str, folder: Path, speak: Callable[[Client], Awaitable[None]]) -> None:
    """Speak to a server that is started for it."""
    server = StdioServerParameters(
        command=str(Path(sys.executable).parent / "privaci"),
        args=["mcp", "--invoker", "agent:checkout"],
        env=environ_of(target, folder),
    )

    async def run() -> None:
        async with Client(stdio_client(server)) as client:
            await speak(client)

    asyncio.run(run())


def test_an_agent_has_five_tools_and_nothing_else(databases: Databases, tmp_path: Path) -> None:
    """It lists, describes, requests, resets and reads the trail; an error is a sentence."""
    dsn = databases.create(databases.template("shop", publish))

    async def speak(client: Client) -> None:
        assert {tool.name for tool in (await client.list_tools()).tools} == TOOLS

        async def call(tool: str, **given: Any) -> Any:
            answer = await client.call_tool(tool, given)
            assert not answer.is_error, answer
            found = answer.structured_content
            return found.get("result", found)

        (scenario,) = await call("list_scenarios")
        assert scenario["scenario_id"] == "denied"
        described = await call("describe_scenario", scenario="denied")
        assert described["rows"]["claim"]["create"] == "public.claim"
        made = await call("request", scenario="denied", constraints={"amount": 7})
        run, token = made["test_run_id"], made["cleanup"]["cleanup_token"]
        wrong = await client.call_tool("reset", {"test_run_id": run, "cleanup_token": "x"})
        assert wrong.is_error
        assert "TOKEN_MISMATCH" in str(wrong.content)
        done = await call("reset", test_run_id=run, cleanup_token=token)
        assert done["removed"] == {"public.claim": 2, "public.provider": 1}
        trail = await call("audit", test_run_id=run)
        assert {event["invoker"] for event in trail["events"]} == {"agent:checkout"}
        assert trail["events"][-1]["action"] == "reset_completed"

    try:
        with_agent(dsn, tmp_path, speak)
        with psycopg.connect(dsn) as connection:
            found = connection.execute("SELECT count(*) FROM public.claim").fetchone()
        assert found == (9,)
    finally:
        databases.drop(dsn)
