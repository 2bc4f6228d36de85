"""Gives a run's counts to Prometheus: served on a port while it runs, or pushed to a gateway."""

from __future__ import annotations

import base64
import threading
import urllib.request
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit, urlunsplit

import typer

from privaci_core.errors import PreflightError
from privaci_core.secrets import resolve
from privaci_dagster.api.metrics import CONTENT_TYPE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from privaci_dagster.cli.run_metrics import RunMetrics

PATH = "/metrics"
JOB = "/metrics/job/privaci"
SCHEMES = ("http://", "https://")
PUSH_SECONDS, TIMEOUT_SECONDS = 15.0, 5


@contextmanager
def served(metrics: RunMetrics, port: int) -> Iterator[int]:
    """Serve the counts on a port, of all addresses, until the run has ended; yields the port."""
    try:
        server = ThreadingHTTPServer(("", port), _handler(metrics.text))
    except (OSError, OverflowError) as error:
        raise PreflightError(
            f"Serving metrics on port {port}",
            type(error).__name__,
            "Choose a port that is free: --prometheus-port.",
        ) from None
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


def _handler(text: Callable[[], str]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """Answers with the counts, and logs nothing."""

        def do_GET(self) -> None:
            """The counts, on one path."""
            body = text().encode() if self.path.partition("?")[0] == PATH else b""
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", CONTENT_TYPE)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing on stderr."""

    return Handler


@contextmanager
def pushed(metrics: RunMetrics, address: str, environ: Mapping[str, str]) -> Iterator[None]:
    """Push the counts to a gateway while the run lasts, and when it has ended."""
    gateway = _gateway(address, environ)
    ended = threading.Event()
    pusher = threading.Thread(target=_push_until, args=(metrics, gateway, ended), daemon=True)
    pusher.start()
    try:
        yield
    finally:
        ended.set()
        pusher.join()


def _gateway(address: str, environ: Mapping[str, str]) -> urllib.request.Request:
    """The request of each push, whose address may be a secret's."""
    url = address if address.startswith(SCHEMES) else resolve(address, environ).reveal()
    parts = urlsplit(url)
    if not url.startswith(SCHEMES) or not parts.hostname:
        why = f"the gateway's address does not begin with {' or '.join(SCHEMES)}"
        raise PreflightError("Pushing metrics", why, "Correct --prometheus-push.")
    path = parts.path.rstrip("/")
    host = parts.netloc.rpartition("@")[2]
    bare = urlunsplit((parts.scheme, host, path if "/job/" in path else f"{path}{JOB}", "", ""))
    request = urllib.request.Request(bare, method="PUT")  # noqa: S310 - its scheme is checked above
    request.add_header("Content-Type", CONTENT_TYPE)
    if parts.username:
        words = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        request.add_header("Authorization", f"Basic {base64.b64encode(words.encode()).decode()}")
    return request


def _push_until(
    metrics: RunMetrics, gateway: urllib.request.Request, ended: threading.Event
) -> None:
    """Push at once, every few seconds, and a last time; a gateway that fails stops no run."""
    _push(metrics, gateway)
    while not ended.wait(PUSH_SECONDS):
        _push(metrics, gateway)
    failed = _push(metrics, gateway)
    if failed:
        typer.echo(f"warning: the metrics were not pushed: {failed}", err=True)


def _push(metrics: RunMetrics, gateway: urllib.request.Request) -> str:
    """The kind of error that a push failed with; its text may hold the address."""
    gateway.data = metrics.text().encode()
    try:
        with urllib.request.urlopen(gateway, timeout=TIMEOUT_SECONDS):  # noqa: S310 - as above
            return ""
    except (OSError, ValueError) as error:
        return type(error).__name__
