"""Runs the application in a server that logs nothing but its requests."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

import uvicorn

from privaci_core.errors import PreflightError

if TYPE_CHECKING:
    from collections.abc import Callable

    from privaci_dagster.api.request_log import Application

# How long requests may still take when the server ends.
GRACE_SECONDS = 30
DOCS = "docs/how-to/test-data-api.md"


class _Server(uvicorn.Server):
    """Says when it is ready."""

    ready: Callable[[], object] = bool

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say so."""
        await super().startup(sockets)
        if self.started:
            self.ready()


def run_server(app: Application, listening: socket.socket, ready: Callable[[], object]) -> None:
    """Serve until a signal ends it; requests that have begun are answered first."""
    config = uvicorn.Config(
        app,
        # Its own log would repeat paths, and the text of errors.
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        # Whoever sends X-Forwarded-For could send wrong tokens from any address.
        proxy_headers=False,
        lifespan="off",
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    server = _Server(config)
    server.ready = ready
    server.run([listening])


def listen(host: str, port: int) -> socket.socket:
    """A socket at an address, or a refusal that says why not."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
    except OSError as error:
        why = os.strerror(error.errno) if error.errno and error.errno > 0 else "no such address"
        raise PreflightError(
            f"Listening on {host}:{port}", why, "Name another: --host and --port.", DOCS
        ) from None
    return listening
