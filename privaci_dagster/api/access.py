"""Lets a request in by its token, and says whose it is."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

# FastAPI reads the annotations of what it calls.
from fastapi import Request  # noqa: TC002

from privaci_dagster.api.bearers import Failures
from privaci_dagster.api.failures import Refused

if TYPE_CHECKING:
    from privaci_dagster.api.bearers import Bearers

ANYBODY = "anybody"
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="privaci"'}
# A browser asks for a name and a password; the password is the token.
BROWSER_CHALLENGE = {"WWW-Authenticate": 'Basic realm="privaci, with a token as the password"'}
NO_TOKEN = "Send the header Authorization: Bearer <token>, with one of the service's tokens."  # noqa: S105 - a sentence
WAIT = "Too many wrong tokens came from this address. Try again in {} seconds."


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Who may write and who may read."""

    bearers: Bearers
    open_reads: bool = False
    failures: Failures = field(default_factory=Failures)

    # These are coroutines: FastAPI would give each of them a thread otherwise.
    async def writer(self, request: Request) -> str:
        """The name of whoever writes."""
        return self._bearer(request, request.headers.get("authorization"), CHALLENGE)

    async def reader(self, request: Request) -> str:
        """The name of whoever reads."""
        if self.open_reads:
            return ANYBODY
        return self._bearer(request, request.headers.get("authorization"), CHALLENGE)

    async def browser(self, request: Request) -> str:
        """The name of whoever looks at a page: a page only reads, so a password does as well."""
        if self.open_reads:
            return ANYBODY
        given = request.headers.get("authorization")
        return self._bearer(request, _from_password(given), BROWSER_CHALLENGE)

    def _bearer(self, request: Request, header: str | None, challenge: dict[str, str]) -> str:
        address = request.client.host if request.client else ""
        seconds = self.failures.seconds_to_wait(address)
        if seconds:
            raise Refused(
                status=429,
                code="TOO_MANY_FAILURES",
                message=WAIT.format(seconds),
                headers={"Retry-After": str(seconds)},
            )
        name = self.bearers.name_of(header)
        if name is None:
            # Without a token nobody guesses: a browser's first request has none.
            if header:
                self.failures.add(address)
            raise Refused(status=401, code="UNAUTHORIZED", message=NO_TOKEN, headers=challenge)
        request.state.invoker = name
        return name


def _from_password(header: str | None) -> str | None:
    """A browser's password as a token; any other header as it is."""
    scheme, _, encoded = (header or "").partition(" ")
    if scheme.lower() != "basic":
        return header
    try:
        _, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return header
    return f"Bearer {password}"
