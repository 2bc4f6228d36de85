"""Starts real servers of objects on this machine's loopback, with a bucket for each test."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ACCESS_KEY, SECRET_KEY = "accesskey01", "secretkey0123456789"
START_SECONDS = 60


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """A bucket of the server: its URL, the variables of its clients, and its folder on disk."""

    url: str
    environ: dict[str, str]
    folder: Path
    server: subprocess.Popen[bytes]


@contextmanager
def serving(folder: Path) -> Iterator[Bucket]:
    """An S3 server of a folder, until it is no longer needed."""
    with _rclone(folder, "--auth-key", f"{ACCESS_KEY},{SECRET_KEY}") as (server, address, name):
        environ = {
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": address,
        }
        yield Bucket(url=f"s3://{name}/kept", environ=environ, folder=folder / name, server=server)


@contextmanager
def serving_google(folder: Path) -> Iterator[Bucket]:
    """A server that Google's clients speak to: their XML API is S3's, with a token for a signature.

    The emulator on PyPI speaks JSON alone, which no client in Rust does.
    """
    with _rclone(folder) as (server, address, name):
        environ = {"GOOGLE_BASE_URL": address, "GOOGLE_BEARER_TOKEN": SECRET_KEY}
        yield Bucket(url=f"gs://{name}/kept", environ=environ, folder=folder / name, server=server)


@contextmanager
def _rclone(folder: Path, *options: str) -> Iterator[tuple[subprocess.Popen[bytes], str, str]]:
    """The process, the address and the bucket of a server on a folder."""
    port, name = free_port(), f"b-{uuid.uuid4().hex[:8]}"
    (folder / name).mkdir(parents=True)
    program = Path(sys.executable).with_name("rclone")
    command = [shutil.which("rclone") or program, "serve", "s3", "--config", folder / "none"]
    words = [*command, "--addr", f"127.0.0.1:{port}", *options, folder]
    with subprocess.Popen(words, stderr=subprocess.DEVNULL) as server:
        try:
            wait_for(port)
            yield server, f"http://127.0.0.1:{port}", name
        finally:
            server.kill()


@pytest.fixture(params=["s3", "gs", "az"])
def any_bucket(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bucket]:
    """A bucket of each cloud whose server this machine has."""
    # It builds on this module.
    from substrate.azure_storage import serving_azure  # noqa: PLC0415

    servers = {"s3": serving, "gs": serving_google, "az": serving_azure}
    with servers[request.param](tmp_path / "cloud") as found:
        yield found


@pytest.fixture
def bucket(tmp_path: Path) -> Iterator[Bucket]:
    """A bucket of an S3 server."""
    with serving(tmp_path / "s3") as found:
        yield found


def free_port() -> int:
    """A free port of the loopback."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def wait_for(port: int) -> None:
    """Wait until a server answers on a port."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        with socket.socket() as asked:
            if asked.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError("the server did not start")
