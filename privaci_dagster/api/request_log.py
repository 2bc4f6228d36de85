"""Logs each request as a line of JSON, limits its size, and ends what nothing else caught."""

from __future__ import annotations

import json
import re
import secrets
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from fastapi import HTTPException

from privaci_dagster.api.failures import answer_to

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    # What ASGI's specification calls them.
    Scope = MutableMapping[str, Any]
    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    Application = Callable[[Scope, Receive, Send], Awaitable[None]]

HEADER = b"x-request-id"
# A client's own name for a request; anything else could forge a line of the log.
NAMED = re.compile(rb"[A-Za-z0-9._-]{1,64}")
MOST_BYTES = 1_000_000
TOO_LARGE = 413


@dataclass(slots=True, kw_only=True)
class _Exchange:
    """One request and what became of it."""

    scope: Scope
    request: str
    received: int = 0
    status: int = 0
    started: float = field(default_factory=time.perf_counter)


class RequestLog:
    """Wraps an application; no path, query, header or body reaches the log."""

    def __init__(self, app: Application, write: Callable[[str], object] | None = None) -> None:
        """Log to stderr, or by another function."""
        self._app = app
        self._write = write or _to_stderr

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and log it when it has ended."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(scope=scope, request=_name_of(scope))
        scope.setdefault("state", {})["request_id"] = exchange.request
        try:
            await self._answered(exchange, receive, _marked(exchange, send))
        finally:
            self._write(json.dumps(_line(exchange)))

    async def _answered(self, exchange: _Exchange, receive: Receive, send: Send) -> None:
        scope = exchange.scope
        try:
            await self._app(scope, _limited(exchange, receive), send)
        except Exception as error:  # noqa: BLE001 - its text, and the server's own log, may hold a value
            # The framework answers and raises again, for a server that would print the lines.
            if not exchange.status:
                await answer_to(error)(scope, receive, send)


def _limited(exchange: _Exchange, receive: Receive) -> Receive:
    """The request's body, up to the limit."""

    async def limited() -> Message:
        message = await receive()
        exchange.received += len(message.get("body", b""))
        if exchange.received > MOST_BYTES:
            # FastAPI passes no other kind on from here.
            raise HTTPException(TOO_LARGE)
        return message

    return limited


def _marked(exchange: _Exchange, send: Send) -> Send:
    """The answer, which names its request."""

    async def marked(message: Message) -> None:
        if message["type"] == "http.response.start":
            exchange.status = message["status"]
            message["headers"] = [*message["headers"], (HEADER, exchange.request.encode())]
        await send(message)

    return marked


def _name_of(scope: Scope) -> str:
    given = dict(scope["headers"]).get(HEADER, b"")
    return given.decode() if NAMED.fullmatch(given) else f"req_{secrets.token_hex(8)}"


def _line(exchange: _Exchange) -> dict[str, Any]:
    """What is told of a request: its route with the names of parts, not with what they held."""
    route = exchange.scope.get("route")
    return {
        "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "event": "request",
        "request_id": exchange.request,
        "method": exchange.scope["method"],
        "route": getattr(route, "path", ""),
        "status": exchange.status,
        "latency_ms": round(1000 * (time.perf_counter() - exchange.started), 2),
        "invoker": exchange.scope.get("state", {}).get("invoker", ""),
    }


def _to_stderr(line: str) -> None:
    sys.stderr.write(f"{line}\n")
