"""The commands and the fixture of pytest ask a service, where a variable names one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from doors.served import TOKEN, serving

from privaci_core.errors import PreflightError
from privaci_core.testdata.errors import RequestError
from privaci_dagster.project import Project
from privaci_dagster.run_client import opened_client

if TYPE_CHECKING:
    from pathlib import Path

    from testdata.runs import Desk

pytestmark = pytest.mark.e2e


def project(url: str, token: str = TOKEN) -> Project:
    """What a command knows: the service alone, and no target."""
    return Project(environ={"PRIVACI_API_URL": url, "PRIVACI_API_TOKEN": token})


def test_a_run_through_the_service(desk: Desk, tmp_path: Path) -> None:
    """A client makes, lists, resets and audits a run by the service, as it does by itself."""
    before = desk.state()
    with serving(desk.dsn, tmp_path) as served, opened_client(project(served.url)) as client:
        assert [each["scenario_id"] for each in client.scenarios()] == ["denied"]
        answer = client.request("denied", {"year": 2025}, seed="s", ttl="2h", planner="rule")
        run, token = answer["test_run_id"], answer["cleanup"]["cleanup_token"]
        assert [each["test_run_id"] for each in client.runs("denied")] == [run]
        with pytest.raises(RequestError, match="TOKEN_MISMATCH"):
            client.reset(run, "tdt_wrong")
        with pytest.raises(RequestError, match="CONFIRM_REQUIRED"):
            client.reset_all(confirm=False)
        assert client.reset(run, token)["removed"] == {"public.claim": 2, "public.provider": 1}
        assert client.reset_all(confirm=True)["cleared_record_count"] == 0
        assert client.audit(run)["events"][-1]["action"] == "reset_completed"
        with (
            opened_client(project(served.url, "a-wrong-token-of-16")) as stranger,
            pytest.raises(RequestError, match="UNAUTHORIZED"),
        ):
            stranger.scenarios()
    assert desk.state() == before


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "file:///etc/passwd", "nonsense"])
def test_a_service_that_is_not_there(url: str) -> None:
    """A wrong address is a sentence, and nothing but http is opened."""
    with (
        opened_client(project(url)) as client,
        pytest.raises(PreflightError, match="PRIVACI_API_URL"),
    ):
        client.scenarios()
