"""Connectors of language models: real requests to a server that speaks the provider's protocol."""

from __future__ import annotations

import json
import socket
import sys
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from privaci_core.errors import CopyError, PreflightError
from privaci_core.masks.text import model_requests
from privaci_core.masks.text.recordings import Recording
from privaci_core.policy.plugin_kinds import plugin_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

pytestmark = pytest.mark.unit
KEY = "the server's key"  # pragma: allowlist secret
# The one of AWS's documentation, in two parts, so that no scanner takes it for a key.
ACCESS = "AKIA" + "IOSFODNN7EXAMPLE"
TEXTS = ["Ada  called", 'a "quote"']
ANSWERS = [text.upper() for text in TEXTS]


@dataclass(kw_only=True)
class Model:
    """A server that answers in capitals, in the form of the provider that is asked for."""

    address: str = ""
    # The statuses of the next answers; then it answers.
    statuses: list[int] = field(default_factory=list)
    requests: list[tuple[str, dict[str, str], dict[str, Any]]] = field(default_factory=list)
    # What it says in place of the texts, and in place of an answer.
    said: str = ""
    octets: bytes = b""

    def answer(self, path: str, headers: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
        """An answer in the provider's form."""
        self.requests.append((path, headers, body))
        message = body["messages"][-1]["content"]
        is_bedrock = path.endswith("/converse")
        question = json.loads(message[0]["text"] if is_bedrock else message)
        texts = json.dumps({"texts": [text.upper() for text in question["texts"]]})
        said = self.said or texts
        if is_bedrock:
            content = {"role": "assistant", "content": [{"text": said}]}
            usage = {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2}
            return {"output": {"message": content}, "stopReason": "end_turn", "usage": usage}
        return {"choices": [{"message": {"role": "assistant", "content": said}}]}


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> Iterator[Model]:
    """A local server, which the variables of every provider name."""
    model = Model()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status = model.statuses.pop(0) if model.statuses else 200
            answer = json.dumps(model.answer(self.path, dict(self.headers), body)).encode()
            answer = model.octets or answer
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.send_header("Location", f"{model.address}/elsewhere")
            self.send_header("Retry-After", "0")
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    model.address = f"http://127.0.0.1:{server.server_port}"
    variables = {
        "OPENAI_BASE_URL": f"{model.address}/v1/",
        "OPENAI_API_KEY": "env://KEPT",
        "AZURE_OPENAI_ENDPOINT": model.address,
        "AZURE_OPENAI_API_KEY": KEY,
        "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": model.address,
        "AWS_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": ACCESS,
        "AWS_SECRET_ACCESS_KEY": KEY,
        "AWS_EC2_METADATA_DISABLED": "true",
        "KEPT": KEY,
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(model_requests, "WAITS", (0.0, 0.0, 0.0))
    yield model
    server.shutdown()
    server.server_close()


def refined(provider: str, texts: Sequence[str] = TEXTS, **params: str) -> list[str]:
    """What a built-in connector answers."""
    connector = plugin_of("llm_connector", provider)
    return list(connector.refine(texts, model="a/model", params=params))


@pytest.mark.parametrize(
    ("provider", "path", "header", "value"),
    [
        ("openai", "/v1/chat/completions", "Authorization", f"Bearer {KEY}"),
        (
            "azure_openai",
            "/openai/deployments/a%2Fmodel/chat/completions?api-version=2024-10-21",
            "Api-Key",
            KEY,
        ),
        (
            "aws_bedrock",
            "/model/a%2Fmodel/converse",
            "Authorization",
            f"AWS4-HMAC-SHA256 Credential={ACCESS}/",
        ),
    ],
)
def test_a_connector_speaks_its_providers_protocol(
    model: Model, provider: str, path: str, header: str, value: str
) -> None:
    """Path, key or signature, and the texts of the answer in their order."""
    assert refined(provider, max_tokens="500") == ANSWERS
    ((asked, headers, body),) = model.requests
    assert asked == path
    assert headers[header].startswith(value)
    settings = body["inferenceConfig"] if provider == "aws_bedrock" else body
    assert settings["temperature"] == 0
    assert settings["maxTokens" if provider == "aws_bedrock" else "max_tokens"] == 500
    assert "made up" in json.dumps(body)


def test_settings_of_the_policy_are_sent(model: Model) -> None:
    """Another style, another temperature, and an answer that is plain text in a fence."""
    model.said = '```json\n{"texts": ["a", "b"]}\n```'
    found = refined("openai", instructions="Be brief.", temperature="0.5", response_format="text")
    assert found == ["a", "b"]
    ((_, _, body),) = model.requests
    assert body["messages"][0]["content"].startswith("You get a JSON object")
    assert "Be brief." in body["messages"][0]["content"]
    assert (body["temperature"], "response_format" in body) == (0.5, False)


@pytest.mark.parametrize("provider", ["openai", "azure_openai"])
def test_a_busy_server_is_asked_again(model: Model, provider: str) -> None:
    """A few times, then the copy ends; a server that refuses is asked once."""
    model.statuses = [429, 503]
    assert refined(provider) == ANSWERS
    for statuses, asked in (([500] * 9, 4), ([401], 1), ([307], 1)):
        model.requests.clear()
        model.statuses = list(statuses)
        with pytest.raises(CopyError, match=f"status {statuses[0]}") as error:
            refined(provider)
        assert len(model.requests) == asked
        assert KEY not in str(error.value)


def test_azure_takes_a_token_that_is_renewed(
    model: Model, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Instead of a key; its file is read for each request, so that another program can renew it."""
    token = tmp_path / "token"
    monkeypatch.setenv("AZURE_OPENAI_AD_TOKEN", token.as_uri())
    monkeypatch.setenv("PRIVACI_SECRET_FILE_ROOTS", str(tmp_path))
    for value in ("first", "second"):
        token.write_text(f"{value}\n")
        assert refined("azure_openai") == ANSWERS
    sent = [headers for _, headers, _ in model.requests]
    assert [each["Authorization"] for each in sent] == ["Bearer first", "Bearer second"]
    assert not any("Api-Key" in each for each in sent)


def test_bedrocks_refusal_is_told_by_its_code(model: Model) -> None:
    """Without the text that AWS sends with it."""
    model.statuses = [403]
    with pytest.raises(CopyError, match=r"Bedrock failed \(") as error:
        refined("aws_bedrock")
    assert "ADA" not in str(error.value)


@pytest.mark.parametrize("said", ["no JSON: Ada", "{}", '{"texts": [1]}', '{"texts": "Ada"}'])
def test_an_answer_of_another_form_is_refused(model: Model, said: str) -> None:
    """Its text is shown nowhere."""
    model.said = said
    for provider in ("openai", "aws_bedrock"):
        with pytest.raises(CopyError, match="not the JSON that it was asked for") as error:
            refined(provider)
        assert "Ada" not in str(error.value)


@pytest.mark.parametrize(
    ("octets", "why"), [(b"Ada", "JSONDecodeError"), (b'{"choices": []}', "has no message")]
)
def test_what_is_no_answer_is_refused(model: Model, octets: bytes, why: str) -> None:
    """It is not asked for again, and shown nowhere."""
    model.octets = octets
    with pytest.raises(CopyError, match=why) as error:
        refined("openai")
    assert "Ada" not in str(error.value)
    assert len(model.requests) == 1


def test_a_server_that_is_away_is_asked_again(
    monkeypatch: pytest.MonkeyPatch, model: Model
) -> None:
    """A few times, then the copy ends."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setenv("OPENAI_BASE_URL", f"http://127.0.0.1:{closed.getsockname()[1]}")
        waits: list[float] = []
        monkeypatch.setattr(model_requests.time, "sleep", waits.append)
        with pytest.raises(CopyError, match="URLError"):
            refined("openai")
    assert waits == list(model_requests.WAITS)
    assert model.requests == []


@pytest.mark.parametrize("name", ["temperature", "max_tokens"])
@pytest.mark.parametrize("provider", ["openai", "aws_bedrock"])
def test_a_setting_that_is_no_number_is_refused(model: Model, provider: str, name: str) -> None:
    """Before anything is sent."""
    with pytest.raises(CopyError, match=f"{name} is not a"):
        refined(provider, **{name: "much"})
    assert model.requests == []


def test_bedrock_needs_its_client_and_a_region(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is missing is named, with what installs or sets it."""
    monkeypatch.delenv("AWS_REGION")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    with pytest.raises(CopyError, match="NoRegionError"):
        refined("aws_bedrock")
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(PreflightError, match="client of AWS is not installed"):
        refined("aws_bedrock")
    assert model.requests == []


def test_a_key_is_not_sent_in_the_clear(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over http:// a key goes to this machine alone; nothing goes to another scheme."""
    for address, why in (
        ("http://model.example.test/v1", "not encrypted"),
        ("file:///etc", "neither https"),
    ):
        monkeypatch.setenv("OPENAI_BASE_URL", address)
        with pytest.raises(PreflightError, match=why):
            refined("openai")
    monkeypatch.delenv("AZURE_OPENAI_API_KEY")
    with pytest.raises(
        PreflightError, match="neither AZURE_OPENAI_API_KEY nor AZURE_OPENAI_AD_TOKEN is set"
    ):
        refined("azure_openai")
    assert model.requests == []


def test_a_missing_setting_is_named(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is sent."""
    monkeypatch.delenv("AZURE_OPENAI_ENDPOINT")
    with pytest.raises(PreflightError, match="AZURE_OPENAI_ENDPOINT is not set"):
        refined("azure_openai")
    assert model.requests == []


def test_a_recording_has_no_key_and_no_question(model: Model, tmp_path: Path) -> None:
    """Answers alone, under digests: what was sent is in no line of it."""
    recording = Recording(path=tmp_path / "answers.jsonl", about="openai", records=True)
    answers = recording.instead_of(lambda texts: refined("openai", texts))
    assert list(answers(TEXTS)) == ANSWERS
    lines = (tmp_path / "answers.jsonl").read_text()
    assert [json.loads(line).keys() for line in lines.splitlines()] == [{"asked", "said"}] * 2
    assert KEY not in lines
    assert "Ada" not in lines
    assert len(model.requests) == 1
