"""Reads a secret from HashiCorp Vault's KV version 2 engine, without a client library."""

from __future__ import annotations

import json
from http.client import HTTPException
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.error import HTTPError
from urllib.parse import quote, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from privaci_core.errors import PreflightError

if TYPE_CHECKING:
    from collections.abc import Mapping

DOCS = "docs/reference/policy.md#secrets"
DEFAULT_FIELD = "value"
SECONDS = 10.0
LARGEST_ANSWER = 1024 * 1024


class _StayHere(HTTPRedirectHandler):
    """Follows no redirect: the token must not reach another host."""

    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:
        return None


def read_vault(rest: str, environ: Mapping[str, str]) -> str:
    """The field that `vault://<mount>/<path>#<field>` names."""
    place, _, field = rest.partition("#")
    mount, _, path = place.strip("/").partition("/")
    if not mount or not path:
        _refuse("a vault:// URI names a mount and a path", "Write vault://<mount>/<path>#<field>.")
    answer = _ask(_request(f"v1/{quote(mount)}/data/{quote(path)}", environ))
    fields = _fields(answer)
    value = fields.get(field or DEFAULT_FIELD)
    if not isinstance(value, str):
        _refuse(
            f"the Vault secret has no text field `{field or DEFAULT_FIELD}`",
            "Name the field after a #.",
        )
    return value


def _request(path: str, environ: Mapping[str, str]) -> Request:
    address, token = environ.get("VAULT_ADDR", "").rstrip("/"), environ.get("VAULT_TOKEN", "")
    if urlsplit(address).scheme not in ("http", "https") or not token:
        _refuse(
            "VAULT_ADDR or VAULT_TOKEN is missing or malformed",
            "Set VAULT_ADDR to an http(s) URL, and a token.",
        )
    headers = {"X-Vault-Token": token, "X-Vault-Request": "true"}
    if environ.get("VAULT_NAMESPACE"):
        headers["X-Vault-Namespace"] = environ["VAULT_NAMESPACE"]
    return Request(f"{address}/{path}", headers=headers)  # noqa: S310 - the scheme was checked above


def _ask(request: Request) -> bytes:
    answer, problem = None, ""
    try:
        with build_opener(_StayHere).open(request, timeout=SECONDS) as response:
            answer = response.read(LARGEST_ANSWER)
    except HTTPError as error:
        problem = f"Vault answered with status {error.code}"
    except (OSError, HTTPException, ValueError) as error:
        problem = f"Vault cannot be reached ({type(error).__name__})"
    if answer is None:
        _refuse(problem, "Check VAULT_ADDR, the token's policy, and the mount and path.")
    return bytes(answer)


def _fields(answer: bytes) -> dict[str, Any]:
    try:
        fields = json.loads(answer)["data"]["data"]
    except (ValueError, KeyError, TypeError):
        fields = None
    if not isinstance(fields, dict):
        _refuse("Vault's answer is not that of a KV version 2 engine", "Name a mount of version 2.")
    return fields


def _refuse(cause: str, remedy: str) -> NoReturn:
    raise PreflightError("Reading a secret from Vault", cause, remedy, DOCS)
