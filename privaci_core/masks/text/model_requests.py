"""Sends requests to a language model's server over HTTP, and shows nothing of what they hold."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from http.client import HTTPException
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from privaci_core.errors import CopyError, PreflightError
from privaci_core.secrets import resolve

if TYPE_CHECKING:
    from collections.abc import Mapping
    from http.client import HTTPMessage
    from typing import IO

DOING = "Asking the language model"
DOCS = "docs/how-to/plugins.md"
SECONDS = 120
# Waits before the second, third and fourth try; a server may ask for another, not for more.
WAITS = (1.0, 4.0, 16.0)
BUSY = frozenset({408, 429, 500, 502, 503, 504})
LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
WHAT_TO_DO = {
    401: "Check the key of the server, and the variable that holds it.",
    403: "Check that the key may use this model.",
    404: "Check the server's address, and the name of the model.",
    429: "Ask the provider for a higher limit, or refine fewer columns.",
}


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: the key would go to another server."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> None:
        """Let the redirect be an error."""


OPENER = urllib.request.build_opener(_NoRedirects)


def setting(name: str, environ: Mapping[str, str], default: str = "") -> str:
    """What a variable holds; a missing one is named."""
    value = environ.get(name, "") or default
    if not value:
        raise PreflightError(DOING, f"{name} is not set", f"Set {name}.", DOCS)
    return value


def key_of(name: str, environ: Mapping[str, str]) -> str:
    """The key in a variable, or where its secret URI leads; empty if it is not set."""
    value = environ.get(name, "")
    return resolve(value, environ).reveal().strip() if value else ""


def post(address: str, body: Mapping[str, Any], headers: Mapping[str, str]) -> Any:
    """The JSON that a server answers; a busy one is asked again."""
    _refuse_unsafe(address, headers)
    octets = json.dumps(body).encode()
    known = {"Content-Type": "application/json", **headers}
    request = urllib.request.Request(address, octets, known)  # noqa: S310 - its scheme is checked above
    waits = [*WAITS]
    while True:
        asked = ""
        try:
            with OPENER.open(request, timeout=SECONDS) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            code, asked = error.code, error.headers.get("Retry-After", "")
            error.close()
            if code not in BUSY or not waits:
                raise failed(f"it answered with the status {code}", WHAT_TO_DO.get(code)) from None
        except (OSError, HTTPException, ValueError) as error:
            # A server that is away may be back; what is no JSON stays so.
            if isinstance(error, ValueError) or not waits:
                raise failed(type(error).__name__) from None
        wait = waits.pop(0)
        time.sleep(min(float(asked), max(WAITS)) if asked.isdecimal() else wait)


def failed(why: str, remedy: str | None = None) -> CopyError:
    """A request that failed, by what no answer's text is a part of."""
    return CopyError(DOING, why, remedy or "Check that the server can be reached from here.", DOCS)


def _refuse_unsafe(address: str, headers: Mapping[str, str]) -> None:
    """Refuse an address that would carry the key, or the texts, somewhere unexpected."""
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        remedy = "Write https://host/path."
        raise PreflightError(DOING, "its address is neither https:// nor http://", remedy, DOCS)
    has_key = any(name.lower() in {"authorization", "api-key"} for name in headers)
    if has_key and parts.scheme == "http" and parts.hostname not in LOCAL:
        why = "the key would be sent over a connection that is not encrypted"
        raise PreflightError(DOING, why, "Use https://, or a server that needs no key.", DOCS)
