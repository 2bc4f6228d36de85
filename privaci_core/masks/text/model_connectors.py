"""Connects `ai_refine` to servers of language models: OpenAI's protocol, Azure's, and Bedrock's."""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from privaci_core.errors import PreflightError
from privaci_core.masks.text.model_answers import question_of, task_of, temperature_of, texts_in
from privaci_core.masks.text.model_requests import DOCS, DOING, failed, key_of, post, setting

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

OPENAI = "https://api.openai.com/v1"
AZURE_KEY, ENTRA_TOKEN = "AZURE_OPENAI_API_KEY", "AZURE_OPENAI_AD_TOKEN"
API_VERSION = "2024-10-21"
# How long a call of Bedrock may take, and how often the client tries it.
CONNECT_SECONDS, READ_SECONDS, ATTEMPTS = 10, 120, 4


class OpenAi:
    """Asks a server that speaks OpenAI's protocol, such as vLLM, Ollama or LiteLLM."""

    def refine(
        self, texts: Sequence[str], *, model: str, params: Mapping[str, str]
    ) -> Sequence[str]:
        """As many texts, in their order."""
        base = setting("OPENAI_BASE_URL", os.environ, OPENAI).rstrip("/")
        key = key_of("OPENAI_API_KEY", os.environ)
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        body = {"model": model, **_chat(texts, params)}
        return _said(post(f"{base}/chat/completions", body, headers))


class AzureOpenAi:
    """Asks a deployment of Azure OpenAI; the model of the policy is its name."""

    def refine(
        self, texts: Sequence[str], *, model: str, params: Mapping[str, str]
    ) -> Sequence[str]:
        """As many texts, in their order."""
        base = setting("AZURE_OPENAI_ENDPOINT", os.environ).rstrip("/")
        version = quote(params.get("api_version", API_VERSION), safe="")
        place = f"openai/deployments/{quote(model, safe='')}/chat/completions"
        where = f"{base}/{place}?api-version={version}"
        return _said(post(where, _chat(texts, params), _azure_headers(os.environ)))


class Bedrock:
    """Asks a model of Amazon Bedrock; AWS's own client finds credentials, and signs."""

    def refine(
        self, texts: Sequence[str], *, model: str, params: Mapping[str, str]
    ) -> Sequence[str]:
        """As many texts, in their order."""
        client = _bedrock(params.get("region") or None)
        settings: dict[str, Any] = {"temperature": temperature_of(params)}
        if "max_tokens" in params:
            settings["maxTokens"] = _whole(params["max_tokens"])
        try:
            answer = client.converse(
                modelId=model,
                system=[{"text": task_of(params)}],
                messages=[{"role": "user", "content": [{"text": question_of(texts)}]}],
                inferenceConfig=settings,
            )
            said = "".join(part.get("text", "") for part in answer["output"]["message"]["content"])
        except Exception as error:  # noqa: BLE001 - a client's message may hold what was sent
            code = getattr(error, "response", {}).get("Error", {}).get("Code")
            why = f"Bedrock failed ({code if code and code.isalnum() else type(error).__name__})"
            remedy = "Check the region, the model's id, and the right bedrock:InvokeModel."
            raise failed(why, remedy) from None
        return texts_in(said)


def _azure_headers(environ: Mapping[str, str]) -> dict[str, str]:
    """A key, or a token of Entra, which is read again for each request: it ends after an hour."""
    if token := key_of(ENTRA_TOKEN, environ):
        return {"Authorization": f"Bearer {token}"}
    if key := key_of(AZURE_KEY, environ):
        return {"api-key": key}
    why = f"neither {AZURE_KEY} nor {ENTRA_TOKEN} is set"
    remedy = f"Set {ENTRA_TOKEN} to a token of Entra, or to the secret URI of a file that holds it."
    raise PreflightError(DOING, why, remedy, DOCS)


def _chat(texts: Sequence[str], params: Mapping[str, str]) -> dict[str, Any]:
    """A question in OpenAI's form."""
    messages = [
        {"role": "system", "content": task_of(params)},
        {"role": "user", "content": question_of(texts)},
    ]
    body: dict[str, Any] = {"messages": messages, "temperature": temperature_of(params)}
    if "max_tokens" in params:
        body["max_tokens"] = _whole(params["max_tokens"])
    # Some servers know no other form than text.
    if params.get("response_format") != "text":
        body["response_format"] = {"type": "json_object"}
    return body


def _said(answer: Any) -> list[str]:
    try:
        said = answer["choices"][0]["message"]["content"]
    except (KeyError, IndexError, TypeError):
        raise failed("its answer has no message", "Check that it speaks this protocol.") from None
    return texts_in(said)


def _whole(text: str) -> int:
    if not text.isdecimal():
        raise failed("max_tokens is not a whole number", "Write one, or leave it out.")
    return int(text)


def _bedrock(region: str | None) -> Any:
    try:
        boto3, config = import_module("boto3"), import_module("botocore.config")
    except ModuleNotFoundError:
        raise PreflightError(
            DOING,
            "the client of AWS is not installed",
            'Install it: pip install "privaci-dagster[aws]".',
            DOCS,
        ) from None
    bounds = config.Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"total_max_attempts": ATTEMPTS, "mode": "standard"},
    )
    region = region or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    try:
        return boto3.client("bedrock-runtime", region_name=region, config=bounds)
    except Exception as error:  # noqa: BLE001 - as above
        raise failed(type(error).__name__, "Set AWS_REGION and AWS's credentials.") from None
