"""Vault is asked over HTTP with the token, once, at one place, within bounds."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from privaci_core.errors import PreflightError
from privaci_core.secrets import resolve, vault

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.unit

SECRET = "not-to-be-seen-0123456789"
TOKEN = "token-not-to-be-seen"


class Vault(BaseHTTPRequestHandler):
    """A small Vault: one secret of KV version 2, and some ways to fail."""

    asked: ClassVar[list[Any]] = []

    def do_GET(self) -> None:
        """Answer as Vault does."""
        self.asked.append(
            (self.path, self.headers["X-Vault-Token"], self.headers["X-Vault-Namespace"])
        )
        answers = {
            "/v1/kv/data/team/salt": (
                200,
                json.dumps({"data": {"data": {"value": SECRET, "other": "o", "n": 1}}}),
            ),
            "/v1/kv/data/old": (200, json.dumps({"data": {"value": SECRET}})),
            "/v1/kv/data/odd": (200, f"<html>{SECRET}"),
            "/v1/kv/data/moved": (302, ""),
        }
        status, body = answers.get(self.path, (404, SECRET))
        self.send_response(status)
        self.send_header("Location", "/v1/kv/data/team/salt")
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_arguments: Any) -> None:
        """Say nothing on the terminal."""


@pytest.fixture
def environ() -> Iterator[dict[str, str]]:
    """The environment of a running server."""
    Vault.asked.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Vault)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield {
        "VAULT_ADDR": f"http://127.0.0.1:{server.server_port}/",
        "VAULT_TOKEN": TOKEN,
        "VAULT_NAMESPACE": "team",
    }
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_field_is_read(environ: dict[str, str]) -> None:
    """The field after the # is read, `value` where none is named, with token and namespace."""
    assert resolve("vault://kv/team/salt", environ).reveal() == SECRET
    assert resolve("vault://kv/team/salt#other", environ).reveal() == "o"
    assert Vault.asked[0] == ("/v1/kv/data/team/salt", TOKEN, "team")


@pytest.mark.parametrize(
    ("named", "cause"),
    [
        ("vault://kv/team/salt#none", "no text field `none`"),
        ("vault://kv/team/salt#n", "no text field `n`"),
        ("vault://kv/old", "not that of a KV version 2"),
        ("vault://kv/odd", "not that of a KV version 2"),
        ("vault://kv/gone", "status 404"),
        ("vault://kv/moved", "status 302"),
    ],
)
def test_failures_say_nothing_of_the_answer(
    environ: dict[str, str], named: str, cause: str
) -> None:
    """What Vault answers stays out of the refusal, and no redirect is followed with the token."""
    with pytest.raises(PreflightError, match=cause) as refused:
        resolve(named, environ)
    assert SECRET not in str(refused.value)
    assert TOKEN not in str(refused.value)
    assert len(Vault.asked) == 1


@pytest.mark.parametrize(
    "environ",
    [{}, {"VAULT_ADDR": "http://127.0.0.1:1"}, {"VAULT_ADDR": "file:///etc", "VAULT_TOKEN": TOKEN}],
)
def test_address_and_token_are_needed(environ: dict[str, str]) -> None:
    """Without an http address and a token nothing is asked."""
    with pytest.raises(PreflightError, match="VAULT_ADDR or VAULT_TOKEN"):
        resolve("vault://kv/x", environ)


def test_a_dead_address_fails_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that is not there is an error within the time bound."""
    monkeypatch.setattr(vault, "SECONDS", 1.0)
    with pytest.raises(PreflightError, match="cannot be reached"):
        resolve("vault://kv/x", {"VAULT_ADDR": "http://127.0.0.1:1", "VAULT_TOKEN": TOKEN})
