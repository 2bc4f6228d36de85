"""Starts Azurite, Azure's own emulator of Blob Storage, where it is installed."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
import shutil
import subprocess
import urllib.request
from contextlib import contextmanager
from email.utils import formatdate
from typing import TYPE_CHECKING

import pytest
from substrate.object_storage import Bucket, free_port, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ACCOUNT, CONTAINER = "testaccount", "container"
VERSION = "2021-08-06"


@contextmanager
def serving_azure(folder: Path) -> Iterator[Bucket]:
    """A container of an Azure server; skips the test where `make stores` has not installed it."""
    program = shutil.which("azurite-blob")
    if program is None:
        pytest.skip("Azurite is not installed: make stores")
    folder.mkdir()
    port, key = free_port(), base64.b64encode(secrets.token_bytes(64)).decode()
    options = ["--blobPort", str(port), "--location", folder, "--silent", "--disableTelemetry"]
    with subprocess.Popen(
        [program, *options, "--skipApiVersionCheck"],
        stdout=subprocess.DEVNULL,
        env={**os.environ, "AZURITE_ACCOUNTS": f"{ACCOUNT}:{key}"},
    ) as server:
        try:
            wait_for(port)
            endpoint = f"http://127.0.0.1:{port}/{ACCOUNT}"
            _create_container(endpoint, key)
            environ = {
                "AZURE_STORAGE_ACCOUNT_NAME": ACCOUNT,
                "AZURE_STORAGE_ACCOUNT_KEY": key,
                "AZURE_STORAGE_ENDPOINT": endpoint,
            }
            yield Bucket(
                url=f"az://{CONTAINER}/kept", environ=environ, folder=folder, server=server
            )
        finally:
            server.kill()


def _create_container(endpoint: str, key: str) -> None:
    """Create the container, by a request that is signed as Azure wants it."""
    date = formatdate(usegmt=True)
    place = f"/{ACCOUNT}/{ACCOUNT}/{CONTAINER}\nrestype:container"
    signed = "PUT" + "\n" * 12 + f"x-ms-date:{date}\nx-ms-version:{VERSION}\n{place}"
    digest = hmac.new(base64.b64decode(key), signed.encode(), hashlib.sha256).digest()
    headers = {
        "x-ms-date": date,
        "x-ms-version": VERSION,
        "Authorization": f"SharedKey {ACCOUNT}:{base64.b64encode(digest).decode()}",
    }
    url = f"{endpoint}/{CONTAINER}?restype=container"
    request = urllib.request.Request(url, method="PUT", headers=headers)  # noqa: S310 - loopback
    with urllib.request.urlopen(request, timeout=30):  # noqa: S310 - the same
        pass
