"""What the HTTP door answers before any row is asked for, and what it logs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from fastapi.testclient import TestClient

from privaci_core.errors import CopyError, PolicyError, PreflightError
from privaci_core.testdata.errors import SeedFailed, UnknownScenario
from privaci_core.testdata.run_errors import WrongToken
from privaci_dagster.api.access import Access
from privaci_dagster.api.app import build_app
from privaci_dagster.api.bearers import MOST_FAILURES, bearers_of
from privaci_dagster.api.request_log import MOST_BYTES, RequestLog
from privaci_dagster.api.service import Service

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.unit
TOKEN = "0123456789abcdef-ci"
SECRET = "Marigold-Value"
LOGGED: list[str] = []


class Nothing:
    """Test data of no target: whatever is asked of it fails as it is told."""

    def __init__(self) -> None:
        """Fail in no known way."""
        self.error: Exception = ValueError(SECRET)

    def request(self, *_: Any, **__: Any) -> None:
        """Fail."""
        raise self.error

    reset = reset_all = request
    dsn = ""

    def refuse_unpublished(self) -> None:
        """Be up."""


@pytest.fixture
def nothing() -> Nothing:
    """What the door asks."""
    return Nothing()


def door(nothing: Nothing, *, open_reads: bool = False) -> TestClient:
    """A client of the door; its log goes into a list."""
    bearers = bearers_of(["ci=env://CI"], {"CI": TOKEN})
    service = Service(test_data=nothing)  # type: ignore[arg-type]
    app = build_app(service, Access(bearers=bearers, open_reads=open_reads), "1.0")
    assert isinstance(app, RequestLog)
    LOGGED.clear()
    app._write = LOGGED.append
    return TestClient(app, raise_server_exceptions=True)


@pytest.fixture
def client(nothing: Nothing) -> Iterator[TestClient]:
    """A client without a token."""
    with door(nothing) as client:
        yield client


def bearer(token: str = TOKEN) -> dict[str, str]:
    """A header with a token."""
    return {"authorization": f"Bearer {token}"}


WRITES = [
    ("POST", "/test-data/requests", {"scenario": "one"}),
    ("POST", "/test-data/runs/01/reset", {"cleanup_token": "x"}),
    ("POST", "/test-data/reset/all", None),
    ("POST", "/test-data/baseline/snapshot", None),
    ("POST", "/test-data/baseline/restore", None),
]
READS = [
    ("GET", path, None)
    for path in (
        "/catalog/scenarios",
        "/catalog/runs",
        "/audit/runs/01",
        "/ui/audit/01",
        "/metrics",
        "/test-data/baseline/list",
    )
]


@pytest.mark.parametrize(("method", "path", "body"), WRITES + READS)
def test_without_a_token_nothing_is_done(
    client: TestClient, method: str, path: str, body: dict[str, str] | None
) -> None:
    """Every path that writes or reads asks for a token first."""
    for headers in ({}, bearer("another-token-of-16")):
        answer = client.request(method, path, json=body, headers=headers)
        assert answer.status_code == 401
        assert answer.json()["detail"]["error"]["code"] == "UNAUTHORIZED"
        assert "www-authenticate" in answer.headers


def test_open_reads_still_ask_writers_for_a_token(nothing: Nothing) -> None:
    """With open reads metrics need no token, and a request still does."""
    client = door(nothing, open_reads=True)
    assert client.get("/metrics").status_code == 200
    assert client.post("/test-data/requests", json={"scenario": "one"}).status_code == 401


def test_health_and_docs_are_open(client: TestClient) -> None:
    """A probe has no token; the description of paths is no secret, and loads nothing."""
    assert client.get("/health").json() == {"status": "ok"}
    page = client.get("/docs")
    assert page.status_code == 200
    assert "/test-data/requests" in page.text
    assert "delivery.return_pytest_fixture" in page.text
    assert "<script" not in page.text
    assert "http" not in page.text.replace("httpx", "")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert client.get("/openapi.json").json()["paths"]["/test-data/requests"]


def test_guessing_is_slowed_down(client: TestClient) -> None:
    """An address that sent too many wrong tokens waits, with its right one too."""
    for _ in range(MOST_FAILURES):
        assert client.get("/metrics", headers=bearer("another-token-of-16")).status_code == 401
    answer = client.get("/metrics", headers=bearer())
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0


def test_a_browser_may_send_the_token_as_its_password(client: TestClient) -> None:
    """A page asks a browser for a password; a write does not take one."""
    asked = client.get("/ui/audit/01")
    assert asked.headers["www-authenticate"].startswith("Basic ")
    assert client.get("/metrics", auth=("ci", TOKEN)).status_code == 401
    # It got past the door, to the target's runs, of which there are none here.
    assert client.get("/ui/audit/01", auth=("ci", TOKEN)).status_code == 500


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (UnknownScenario("Looking", "there is none", "Did you mean b?"), 404, "SCENARIO_NOT_FOUND"),
        (SeedFailed("Making rows", "a key is taken", "Ask again."), 502, "SEED_FAILED"),
        (WrongToken("Resetting", "it is another's", "Give its own."), 403, "TOKEN_MISMATCH"),
        (PolicyError("Checking", "a table is missing", "Name it."), 422, "SCENARIO_INVALID"),
        (PreflightError("Connecting", "no answer", "Start it."), 503, "TARGET_UNREACHABLE"),
        (CopyError("Waiting", "all are busy", "Wait."), 500, "UNEXPECTED"),
        (ValueError(SECRET), 500, "UNEXPECTED"),
    ],
)
def test_errors_have_a_code_and_no_value(
    client: TestClient, nothing: Nothing, error: Exception, status: int, code: str
) -> None:
    """Each error is a status, a code and a sentence; the text of an unexpected one stays inside."""
    nothing.error = error
    answer = client.post("/test-data/requests", json={"scenario": "one"}, headers=bearer())
    assert answer.status_code == status
    found = answer.json()["detail"]["error"]
    assert found["code"] == code
    assert found["message"]
    assert SECRET not in answer.text + "".join(LOGGED)


def test_a_malformed_body_is_not_repeated(client: TestClient) -> None:
    """The answer names the fields that are wrong, and not what stood in them."""
    body = {"scenario": "one", "constraint": {"name": SECRET}, "delivery": {"seed_target": SECRET}}
    answer = client.post("/test-data/requests", json=body, headers=bearer())
    assert answer.status_code == 422
    assert SECRET not in answer.text
    fields = {each["field"] for each in answer.json()["detail"]["error"]["details"]}
    assert fields == {"constraint", "delivery.seed_target"}


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_has_a_limit(client: TestClient, *, chunked: bool) -> None:
    """A body above the limit is refused, whether or not it says how long it is."""
    body = b" " * (MOST_BYTES + 1)
    headers = bearer() | {"content-type": "application/json"}
    content = iter([body]) if chunked else body
    answer = client.post("/test-data/requests", content=content, headers=headers)
    assert answer.status_code == 413
    assert answer.json()["detail"]["error"]["code"] == "REQUEST_TOO_LARGE"


def test_each_request_is_a_line_of_json(client: TestClient) -> None:
    """The log names the request, the route, the status and the bearer, and no part of a path."""
    client.get(f"/audit/runs/{SECRET}?since={SECRET}", headers={"x-request-id": "mine-1"})
    client.get(f"/{SECRET}", headers={"x-request-id": "forged\\n{}"})
    first, second = (json.loads(line) for line in LOGGED)
    assert first["request_id"] == "mine-1"
    assert first["route"] == "/audit/runs/{run_id}"
    assert first["status"] == 401
    assert first["latency_ms"] >= 0
    assert second["request_id"].startswith("req_")
    assert second["status"] == 404
    assert SECRET not in "".join(LOGGED)


def test_without_a_store_baselines_are_not_served(client: TestClient) -> None:
    """The paths of baselines say what the service lacks, to whoever may ask."""
    for path in ("snapshot", "restore"):
        answer = client.post(f"/test-data/baseline/{path}", json={}, headers=bearer())
        assert answer.status_code == 501
        assert answer.json()["detail"]["error"]["code"] == "BASELINES_NOT_ENABLED"
    assert client.get("/test-data/baseline/list", headers=bearer()).status_code == 501


def test_requests_are_counted_without_what_clients_invent(
    client: TestClient, nothing: Nothing
) -> None:
    """A scenario that there is none of counts as unknown: a label must not grow without end."""
    nothing.error = UnknownScenario("Looking", "there is none", "Write one.")
    client.post("/test-data/requests", json={"scenario": SECRET}, headers=bearer())
    text = client.get("/metrics", headers=bearer()).text
    assert 'privaci_requests_total{scenario="unknown",status="scenario_not_found"} 1' in text
    assert SECRET not in text
