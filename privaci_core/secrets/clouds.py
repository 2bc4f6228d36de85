"""Reads a secret from AWS Secrets Manager or Azure Key Vault; their clients are optional."""

from __future__ import annotations

import json
from importlib import import_module
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import parse_qs

from privaci_core.errors import PreflightError

if TYPE_CHECKING:
    from collections.abc import Mapping

DOCS = "docs/reference/policy.md#secrets"
CONNECT_SECONDS, READ_SECONDS = 5, 10


def read_aws(rest: str, environ: Mapping[str, str]) -> str:
    """The secret that `aws-sm://<name or ARN>[?region=..][#<field of a JSON secret>]` names."""
    place, _, field = rest.partition("#")
    name, _, query = place.partition("?")
    if not name:
        _refuse("an aws-sm:// URI names a secret", "Write aws-sm://<name or ARN>#<field>.")
    boto3, config = _client("boto3", "aws"), _client("botocore.config", "aws")
    region = parse_qs(query).get(
        "region", [environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION")]
    )[0]
    bounds = config.Config(
        connect_timeout=CONNECT_SECONDS, read_timeout=READ_SECONDS, retries={"max_attempts": 2}
    )
    try:
        client = boto3.client("secretsmanager", region_name=region, config=bounds)
        text = client.get_secret_value(SecretId=name).get("SecretString")
    except Exception as error:  # noqa: BLE001 - a client's message may hold the secret
        text, problem = None, f"AWS Secrets Manager failed ({type(error).__name__})"
    else:
        problem = "the AWS secret is not text"
    if not isinstance(text, str):
        _refuse(
            problem,
            "Check the name, the region and the role's permission secretsmanager:GetSecretValue.",
        )
    return _field(text, field) if field else text


def read_azure(rest: str, _environ: Mapping[str, str]) -> str:
    """The secret that `azure-kv://<vault>/<secret>[/<version>]` names."""
    vault, _, place = rest.strip("/").partition("/")
    name, _, version = place.partition("/")
    if not vault or not name:
        _refuse(
            "an azure-kv:// URI names a vault and a secret", "Write azure-kv://<vault>/<secret>."
        )
    keyvault, identity = (
        _client("azure.keyvault.secrets", "azure"),
        _client("azure.identity", "azure"),
    )
    host = vault if "." in vault else f"{vault}.vault.azure.net"
    bounds = {"connection_timeout": CONNECT_SECONDS, "read_timeout": READ_SECONDS, "retry_total": 1}
    try:
        client = keyvault.SecretClient(
            f"https://{host}", identity.DefaultAzureCredential(), **bounds
        )
        text = client.get_secret(name, version or None).value
    except Exception as error:  # noqa: BLE001 - as for AWS
        text, problem = None, f"Azure Key Vault failed ({type(error).__name__})"
    else:
        problem = "the Azure secret is not text"
    if not isinstance(text, str):
        _refuse(problem, "Check the vault, the name and the identity's permission to get secrets.")
    return text


def _client(module: str, extra: str) -> Any:
    try:
        return import_module(module)
    except ImportError:
        raise PreflightError(
            "Reading a secret from a cloud",
            f"the client library of the extra `{extra}` is not installed",
            f"Run: pip install 'privaci-dagster[{extra}]'",
            DOCS,
        ) from None


def _field(text: str, field: str) -> str:
    try:
        value = json.loads(text).get(field)
    except (ValueError, AttributeError):
        value = None
    if not isinstance(value, str):
        _refuse(
            f"the secret has no text field `{field}`",
            "Name a field of the JSON object that the secret holds.",
        )
    return value


def _refuse(cause: str, remedy: str) -> NoReturn:
    raise PreflightError("Reading a secret from a cloud", cause, remedy, DOCS)
