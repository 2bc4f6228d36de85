"""Starts a real S3 server on this machine's loopback, with a bucket of its own for each test."""

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
START_SECONDS = 20


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
    port, name = _free_port(), f"b-{uuid.uuid4().hex[:8]}"
    (folder / name).mkdir(parents=True)
    program = Path(sys.executable).with_name("rclone")
    command = [shutil.which("rclone") or program, "serve", "s3", "--config", folder / "none"]
    options = ["--addr", f"127.0.0.1:{port}", "--auth-key", f"{ACCESS_KEY},{SECRET_KEY}"]
    with subprocess.Popen([*command, *options, folder], stderr=subprocess.DEVNULL) as server:
        try:
            _wait_for(port)
            environ = {
                "AWS_ACCESS_KEY_ID": ACCESS_KEY,
                "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
                "AWS_REGION": "us-east-1",
                "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
            }
            yield Bucket(
                url=f"s3://{name}/kept", environ=environ, folder=folder / name, server=server
            )
        finally:
            server.kill()


@pytest.fixture
def bucket(tmp_path: Path) -> Iterator[Bucket]:
    """A bucket of an S3 server."""
    with serving(tmp_path / "s3") as found:
        yield found


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _wait_for(port: int) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        with socket.socket() as asked:
            if asked.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError("the S3 server did not start")
