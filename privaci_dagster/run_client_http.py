"""Asks a service for runs of test data over HTTP."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlsplit
from urllib.request import Request, urlopen

from privaci_core.errors import PreflightError
from privaci_core.testdata.errors import RequestError

if TYPE_CHECKING:
    from collections.abc import Mapping

SECONDS = 120
DOCS = "docs/how-to/test-data-api.md"
MOST_BYTES = 64 * 1024 * 1024


class ServiceRefusedError(RequestError):
    """The service refused a request, in its own words."""

    def __init__(self, context: str, code: str, message: str) -> None:
        super().__init__(context, f"{code}: {message}", "Do what the service says.", DOCS)
        self.code, self.status = code, 0  # type: ignore[misc]


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpClient:
    """A client of `privaci serve`."""

    url: str
    token: str = field(repr=False)

    def scenarios(self) -> list[dict[str, Any]]:
        """All scenarios."""
        return list(self._ask("GET", "/catalog/scenarios")["scenarios"])

    def request(self, scenario: str, constraints: Mapping[str, Any], **more: Any) -> dict[str, Any]:
        """Make the rows of a scenario."""
        given = {name: value for name, value in more.items() if value is not None}
        body = {"scenario": scenario, "constraints": dict(constraints), **given}
        return self._ask("POST", "/test-data/requests", body)

    def reset(self, run: str, token: str) -> dict[str, Any]:
        """Take the rows of a run out again."""
        path = f"/test-data/runs/{quote(run, safe='')}/reset"
        return self._ask("POST", path, {"cleanup_token": token})

    def reset_all(self, *, confirm: bool) -> dict[str, Any]:
        """Take the rows of every open run out again."""
        return self._ask(
            "POST", "/test-data/reset/all", {}, {"X-Confirm": "yes"} if confirm else {}
        )

    def runs(self, scenario: str | None = None) -> list[dict[str, Any]]:
        """The runs that the target knows."""
        asked = f"?scenario={quote(scenario, safe='')}" if scenario else ""
        return list(self._ask("GET", f"/catalog/runs{asked}")["runs"])

    def audit(self, run: str) -> dict[str, Any]:
        """A run and its events."""
        return self._ask("GET", f"/audit/runs/{quote(run, safe='')}")

    def _ask(
        self, method: str, path: str, body: Any = None, more: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        doing = f"Asking {_shown(self.url)} for {path.partition('?')[0]}"
        headers = {"Content-Type": "application/json", **(more or {})}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        content = None if body is None else json.dumps(body).encode()
        request = Request(  # noqa: S310 - the scheme is looked at
            self.url.rstrip("/") + path, data=content, headers=headers, method=method
        )
        try:
            with urlopen(request, timeout=SECONDS) as answer:  # noqa: S310 - see above
                found = json.loads(answer.read(MOST_BYTES))
        except HTTPError as error:
            raise _refused(doing, error) from None
        except (URLError, OSError, ValueError) as error:
            why = f"it does not answer as the service does ({type(error).__name__})"
            what_to_do = "Start it with privaci serve, and look at the variable PRIVACI_API_URL."
            raise PreflightError(doing, why, what_to_do, DOCS) from None
        return dict(found)


def _shown(url: str) -> str:
    """The address of a service without a password; refuses what is no address."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        why = "PRIVACI_API_URL is no http:// or https:// address"
        raise PreflightError("Asking the service of test data", why, "Correct it.", DOCS)
    return parts.hostname + (f":{parts.port}" if parts.port else "")


def _refused(doing: str, error: HTTPError) -> ServiceRefusedError:
    """What the service said of its refusal."""
    try:
        told = json.loads(error.read(MOST_BYTES))["detail"]["error"]
        return ServiceRefusedError(doing, str(told["code"]), str(told["message"]))
    except (ValueError, KeyError, TypeError, OSError):
        phrase = HTTPStatus(error.code).phrase if error.code in set(HTTPStatus) else "refused"
        return ServiceRefusedError(doing, str(error.code), phrase)
