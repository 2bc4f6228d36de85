"""Finds the Postgres of the suite: a named URL, a container, an installed server, a wheel."""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import psycopg
import pytest
from substrate.named_url import URL_VARIABLE

from privaci_core.postgres.embedded import VERSIONS, running, server_binaries

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

IMAGE = "postgres:16-alpine"
ENGINE_SECONDS = 1


@dataclass(frozen=True)
class Origin:
    """Where a server comes from, and how it is brought up under a folder of the session's own."""

    kind: Literal["url", "container", "installed", "embedded"]
    said: str
    version: str
    binaries: Path | None = None


def pytest_configure(config: pytest.Config) -> None:
    """Choose where Postgres comes from, once a session."""
    if not hasattr(config, "workerinput"):
        config.stash[ORIGIN] = choose(os.environ)


ORIGIN = pytest.StashKey[Origin]()


def pytest_report_header(config: pytest.Config) -> str | None:
    """Say which Postgres the suite runs on; a worker says nothing."""
    origin = config.stash.get(ORIGIN, None)
    if origin is None:
        return None
    others = ", ".join(str(found) for found in found_versions())
    return f"postgres: {origin.said}, version {origin.version}; on this machine: {others}"


def choose(
    environ: Mapping[str, str],
    engine_answers: Callable[[], bool] | None = None,
    folder: Path | None = None,
) -> Origin:
    """The first of: a named URL, a container if an engine answers, installed binaries, a wheel."""
    if url := environ.get(URL_VARIABLE):
        with psycopg.connect(url, connect_timeout=5) as connection:
            version = connection.execute("SHOW server_version").fetchone()
        return Origin("url", f"the server of {URL_VARIABLE}", str(version and version[0]))
    if (engine_answers or docker_answers)():
        return Origin("container", f"a container of {IMAGE}", IMAGE.split(":")[1])
    installed = installed_binaries() if folder is None else sorted(folder.glob("*/bin"))
    if installed:
        return Origin(
            "installed",
            f"the binaries in {installed[-1]}",
            version_of(installed[-1]),
            installed[-1],
        )
    binaries = server_binaries()
    return Origin("embedded", "the embedded server", version_of(binaries), binaries)


def docker_answers() -> bool:
    """Whether a Docker engine is there to run containers."""
    client = shutil.which("docker")
    if client is None:
        return False
    try:
        done = subprocess.run(
            [client, "version"], capture_output=True, timeout=ENGINE_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def installed_binaries() -> list[Path]:
    """The folders of installed server binaries, oldest first."""
    return sorted(
        (
            folder
            for folder in Path("/usr/lib/postgresql").glob("*/bin")
            if (folder / "initdb").exists()
        ),
        key=lambda folder: int(folder.parent.name),
    )


def version_of(binaries: Path) -> str:
    """The version that a server binary reports."""
    said = subprocess.run(
        [binaries / "postgres", "--version"], capture_output=True, text=True, check=True
    ).stdout
    return said.split()[2]


def found_versions() -> dict[int, Path]:
    """Every major version that this machine can start, installed ones first."""
    wheel = {version: server_binaries(version) for version in VERSIONS}
    return wheel | {int(folder.parent.name): folder for folder in installed_binaries()}


@contextmanager
def brought_up(origin: Origin, folder: Path) -> Iterator[str]:
    """The DSN of a maintenance database; all workers of a session share one server."""
    if origin.kind == "url":
        yield os.environ[URL_VARIABLE]
    elif origin.kind == "container":
        # It looks for an engine when it is imported.
        from testcontainers.community.postgres import PostgresContainer  # noqa: PLC0415

        with PostgresContainer(IMAGE, driver=None) as container:
            yield container.get_connection_url()
    else:
        with running(folder, origin.binaries) as server:
            yield server.dsn()
