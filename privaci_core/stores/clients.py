"""Makes the client of a store from its URL; credentials come from the cloud's own variables."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import unquote, urlsplit

from privaci_core.errors import PreflightError
from privaci_core.secrets import resolve
from privaci_core.secrets.resolve import is_reference
from privaci_core.stores.extra import DOCS, optional_module

if TYPE_CHECKING:
    from collections.abc import Mapping
    from urllib.parse import SplitResult

DOING = "Opening the store"
CLOUDS = ("s3", "gs", "az")
# These stay on this machine: nobody else reads what is written to them.
LOCAL = ("file", "memory")
# The clients read these variables too. They are passed on because a value may be the URI of a
# secret, and a command has variables of its own.
VARIABLES = {
    "s3": (
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
        "AWS_ENDPOINT_URL",
        "AWS_ENDPOINT_URL_S3",
    ),
    "gs": (
        "GOOGLE_APPLICATION_CREDENTIALS",
        "GOOGLE_SERVICE_ACCOUNT",
        "GOOGLE_SERVICE_ACCOUNT_KEY",
        "GOOGLE_BEARER_TOKEN",
        "GOOGLE_BASE_URL",
        "GOOGLE_SKIP_SIGNATURE",
    ),
    "az": (
        "AZURE_STORAGE_ACCOUNT_NAME",
        "AZURE_STORAGE_ACCOUNT_KEY",
        "AZURE_STORAGE_SAS_KEY",
        "AZURE_STORAGE_ENDPOINT",
        "AZURE_CLIENT_ID",
        "AZURE_CLIENT_SECRET",
        "AZURE_TENANT_ID",
    ),
}
# The name by which the client takes a variable, where it does not know the cloud's own.
ALIASES = {"AWS_ENDPOINT_URL_S3": "AWS_ENDPOINT_URL"}
# A busy store is asked again, for as long as one request's credentials last.
RETRIES, RETRY_SECONDS = 8, 60
# A request that makes no progress so long is repeated.
SILENT_SECONDS = 60


def client_of(url: str, environ: Mapping[str, str]) -> Any:
    """The client of the store that a URL names."""
    parts = urlsplit(url)
    if parts.scheme not in (*LOCAL, *CLOUDS):
        _refuse(f"a store has a URL of {', '.join(f'{name}://' for name in (*LOCAL, *CLOUDS))}")
    if parts.query or parts.fragment or parts.username is not None:
        _refuse("the URL holds more than a place", "Credentials belong into the cloud's variables.")
    stores = optional_module("obstore.store")
    if parts.scheme == "memory":
        return _in_memory(url)
    if parts.scheme == "file":
        return _on_disk(stores, parts)
    return _in_cloud(stores, url, parts.scheme, environ)


@cache
def _in_memory(_url: str) -> Any:
    """One store for each URL: it lasts as long as the process."""
    return optional_module("obstore.store").MemoryStore()


def _on_disk(stores: Any, parts: SplitResult) -> Any:
    if parts.netloc not in {"", "localhost"} or not parts.path.startswith("/"):
        _refuse("file:// is followed by an absolute path", "Write file:///path/to/folder.")
    try:
        return stores.LocalStore(unquote(parts.path), mkdir=True)
    except (OSError, ValueError, optional_module("obstore.exceptions").BaseError):
        return _refuse("the folder cannot be created", "Name a folder that this user may write.")


def _in_cloud(stores: Any, url: str, scheme: str, environ: Mapping[str, str]) -> Any:
    if not urlsplit(url).netloc:
        _refuse("the URL names no bucket or account")
    config = {
        ALIASES.get(name, name): _value(environ[name], environ)
        for name in VARIABLES[scheme]
        if environ.get(name)
    }
    is_plain = any(value.startswith("http://") for value in config.values())
    try:
        return stores.from_url(
            url,
            config={name.lower(): value for name, value in config.items()},
            client_options={"allow_http": is_plain, "timeout": timedelta(seconds=SILENT_SECONDS)},
            retry_config={
                "max_retries": RETRIES,
                "retry_timeout": timedelta(seconds=RETRY_SECONDS),
            },
        )
    except (ValueError, optional_module("obstore.exceptions").BaseError):
        # The client's text may quote a credential.
        return _refuse("its client refuses the URL or one of the cloud's variables")


def _value(text: str, environ: Mapping[str, str]) -> str:
    """The value of a variable, which may say where a secret is."""
    is_place = text.startswith(("http://", "https://"))
    return resolve(text, environ).reveal() if is_reference(text) and not is_place else text


def _refuse(cause: str, remedy: str = "Write s3://bucket/folder, for one.") -> NoReturn:
    raise PreflightError(DOING, cause, remedy, DOCS)
