"""Chooses how runs of test data are asked for: straight in the target, or from a service."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from privaci_dagster.system_user import system_user

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from privaci_dagster.project import Project

URL_VARIABLE = "PRIVACI_API_URL"
TOKEN_VARIABLE = "PRIVACI_API_TOKEN"  # noqa: S105 - the name of a variable


class RunClient(Protocol):
    """What every door offers, in the shapes of the HTTP door."""

    def scenarios(self) -> list[dict[str, Any]]:
        """All scenarios."""

    def request(self, scenario: str, constraints: Mapping[str, Any], **more: Any) -> dict[str, Any]:
        """Make the rows of a scenario; `more` are a seed, a ttl as text, a planner."""

    def reset(self, run: str, token: str) -> dict[str, Any]:
        """Take the rows of a run out again."""

    def reset_all(self, *, confirm: bool) -> dict[str, Any]:
        """Take the rows of every open run out again."""

    def runs(self, scenario: str | None = None) -> list[dict[str, Any]]:
        """The runs that the target knows."""

    def audit(self, run: str) -> dict[str, Any]:
        """A run and its events."""


@contextmanager
def opened_client(project: Project, invoker: str = "") -> Iterator[RunClient]:
    """A client of the service that a variable names, else of the target itself."""
    url = project.environ.get(URL_VARIABLE, "")
    if url:
        from privaci_dagster.run_client_http import HttpClient  # noqa: PLC0415 - one of two

        yield HttpClient(url=url, token=project.environ.get(TOKEN_VARIABLE, ""))
        return
    # The driver and the masks.
    from privaci_dagster.run_client_direct import direct_client  # noqa: PLC0415

    with direct_client(project, invoker or system_user()) as client:
        yield client
