"""The user of the system is named in trails, and may have no name."""

from __future__ import annotations

from contextlib import nullcontext

import pytest

from privaci_dagster import run_client_direct
from privaci_dagster.project import Project
from privaci_dagster.run_client import opened_client

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("error", [KeyError, OSError])
def test_a_user_without_a_name_asks_for_test_data(
    monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    """As in a container; which error it is depends on the version of Python."""

    def nameless() -> str:
        raise error

    monkeypatch.setattr("getpass.getuser", nameless)
    monkeypatch.setattr(run_client_direct, "direct_client", lambda _, who: nullcontext(who))
    with opened_client(Project(environ={})) as invoker:
        assert str(invoker) == "an unnamed user"
