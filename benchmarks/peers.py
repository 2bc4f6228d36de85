"""The whole command on one large table, beside other tools that a registry installs.

Each tool copies the same table with the same five columns faked, its key included, with the
settings that were quickest for it. Each is installed once, into a folder of its own under .cache.
"""

from __future__ import annotations

import json
import math
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

import psycopg
from psycopg.conninfo import conninfo_to_dict

from benchmarks.copying import FIVE, MASKED, databases, fill, piped
from benchmarks.graph import refreshed
from privaci_core.ddl.dump import client_binaries

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Way = Callable[[str, str, Path], float]

HOMES = Path(__file__).parent.parent / ".cache" / "peers"
KEY = "ALTER TABLE person ADD PRIMARY KEY (id)"
RULES = MASKED % ", ".join(f"{column}: {action}" for column, action in FIVE["five fakes"].items())
# bauta's own proposal for this table (`bauta discover`), but for the note: copied here as it is.
# Chunks of 20,000 and partitions by itself were the quickest of what was tried.
BAUTA = {
    "workers": 2,
    "defaults": {
        "sourceConnection": "source",
        "targetConnection": "target",
        "insertStrategy": "upsert",
        "partitions": "auto",
        "chunkSize": 20_000,
        "masking": {"key": "${MASKING_KEY}"},
    },
    "jobs": {
        "person": {
            "sourceQuery": 'SELECT * FROM "person"',
            "targetTableFinal": '"person"',
            "masking": {
                "defaultStrategy": "keep",
                "columns": {
                    "first_name": {"strategy": "fakeFirstName"},
                    "last_name": {"strategy": "fakeLastName"},
                    "email": {"strategy": "email"},
                    "phone": {"strategy": "digits"},
                    "street": {"strategy": "fakeStreetAddress"},
                },
            },
        }
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A tool as its registry names it."""

    package: str
    command: str
    # The oldest Python that it supports.
    python: tuple[int, int]

    def program(self) -> Path | None:
        """Its program, installed if it is not; None without a Python for it."""
        home = HOMES / self.package.replace("[", "-").replace("]", "").replace("==", "-")
        program = home / "bin" / self.command
        python = _python(self.python)
        if not program.exists() and python:
            subprocess.run([python, "-m", "venv", home], check=True)
            pip = [home / "bin" / "python", "-m", "pip", "install", "--quiet", self.package]
            subprocess.run(pip, check=True)
        return program if program.exists() else None


PRIVACI = Peer(package="privaci==1.3.0", command="privaci", python=(3, 12))
BAUTA_PEER = Peer(package="bauta[native,postgresql]==0.2.7", command="bauta", python=(3, 10))


NAMES = {
    "pipe": "raw pipe, then the key",
    "dump": "pg_dump -Fc -Z0, pg_restore",
    "here": "here",
    "privaci": "PrivaCI 1.3.0",
    "bauta": "bauta 0.2.7, native masker",
}
TOOLS = tuple(NAMES)


def run(dsn: str, rows: int, rounds: int, tools: Sequence[str] | None = None) -> dict[str, float]:
    """Time the tools, several rounds; print the best of each and its ratio to the pipe."""
    chosen = [name for name in TOOLS if name == "pipe" or name in (tools or TOOLS)]
    found = {name: _way_of(name) for name in chosen}
    ways = {NAMES[name]: way for name, way in found.items() if way}
    with databases(dsn) as (source, target), tempfile.TemporaryDirectory() as scratch:
        fill(source, rows)
        with psycopg.connect(source, autocommit=True) as connection:
            connection.execute(KEY)
            connection.execute("VACUUM ANALYZE person")
        best = dict.fromkeys(ways, math.inf)
        for _ in range(rounds):
            for name, way in ways.items():
                best[name] = min(best[name], _timed_once(way, source, target, Path(scratch)))
    pipe = best[NAMES["pipe"]]
    print(f"### Whole commands, {rows:,} rows x 12 columns, five faked, with the key\n")
    print("| tool | seconds | ratio |\n|---|---|---|")
    for name, seconds in best.items():
        print(f"| {name} | {seconds:.2f} | {seconds / pipe:.2f} |")
    print()
    return {name: round(seconds / pipe, 3) for name, seconds in best.items()} | {"pipe, s": pipe}


def _way_of(name: str) -> Way | None:
    if name in PEERS:
        return _peer(*PEERS[name])
    return {"pipe": _pipe, "dump": _dump, "here": _ours}[name]


def _timed_once(way: Way, source: str, target: str, scratch: Path) -> float:
    """Seconds of one copy into an empty target; one that lacks rows ends the comparison."""
    with psycopg.connect(target, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS person")
        connection.execute("DROP SCHEMA IF EXISTS _privaci CASCADE")
        connection.execute("CHECKPOINT")
    folder = scratch / secrets.token_hex(4)
    folder.mkdir()
    seconds = way(source, target, folder)
    there, copied = map(_count, (source, target))
    if copied != there:
        raise SystemExit(f"A tool copied {copied:,} of {there:,} rows; its time would say nothing.")
    return seconds


def _count(dsn: str) -> int:
    with psycopg.connect(dsn) as connection:
        (rows,) = connection.execute("SELECT count(*) FROM person").fetchone() or (0,)
    return int(rows)


def _pipe(source: str, target: str, _: Path) -> float:
    copied = piped(source, target).seconds
    begun = time.perf_counter()
    with psycopg.connect(target, autocommit=True) as connection:
        connection.execute(KEY)
    return copied + time.perf_counter() - begun


def _dump(source: str, target: str, _: Path) -> float:
    with psycopg.connect(source) as connection:
        tools = client_binaries(connection.info.server_version // 10000)
    begun = time.perf_counter()
    dump = [tools / "pg_dump", "-Fc", "-Z0", "-d", source]
    with subprocess.Popen(dump, stdout=subprocess.PIPE) as reader:
        subprocess.run([tools / "pg_restore", "-d", target], stdin=reader.stdout, check=True)
    return time.perf_counter() - begun


def _ours(source: str, target: str, folder: Path) -> float:
    (folder / "rules.yaml").write_text(RULES)
    return refreshed(source, target, folder)[0]


def _peer(peer: Peer, way: Callable[[Path, str, str, Path], float]) -> Way | None:
    program = peer.program()
    if program is None:
        version = ".".join(map(str, peer.python))
        print(f"{peer.package} is left out: it needs a Python {version} or later on PATH.\n")
        return None
    return lambda source, target, folder: way(program, source, target, folder)


def _privaci(program: Path, source: str, target: str, folder: Path) -> float:
    rules = folder / "mask-rules.yaml"
    rules.write_text(RULES)
    environ = {
        **os.environ,
        "SOURCE_DB_URL": _url(source),
        "TARGET_DB_URL": _url(target),
        "ANONYMIZATION_SALT": secrets.token_hex(32),
    }
    return _timed([program, "run", "--config", rules], environ, folder)


def _bauta(program: Path, source: str, target: str, folder: Path) -> float:
    configuration = folder / "configuration"
    configuration.mkdir()
    connections = {"source": _connection(source), "target": _connection(target)}
    # JSON is YAML.
    (configuration / "connections.yaml").write_text(json.dumps(connections))
    (configuration / "jobs.yaml").write_text(json.dumps(BAUTA))
    environ = {**os.environ, "MASKING_KEY": secrets.token_hex(32)}
    schema = ["schema", "--connection", "source", "--target", "target", "--table", "person"]
    made = _timed([program, *schema, "--apply", "--quiet"], environ, folder)
    return made + _timed([program, "run", "--force", "--quiet"], environ, folder)


def _timed(command: list[str | Path], environ: dict[str, str], folder: Path) -> float:
    begun = time.perf_counter()
    subprocess.run(command, env=environ, cwd=folder, capture_output=True, check=True)
    return time.perf_counter() - begun


def _connection(dsn: str) -> dict[str, str | int]:
    parts = conninfo_to_dict(dsn)
    return {
        "type": "postgresql",
        "host": str(parts["host"]),
        "port": int(parts.get("port") or 5432),
        "user": str(parts["user"]),
        "password": str(parts.get("password") or "none"),
        "database": str(parts["dbname"]),
    }


def _url(dsn: str) -> str:
    parts = {name: str(value) for name, value in conninfo_to_dict(dsn).items()}
    user, password = quote(parts.pop("user")), parts.pop("password", None)
    secret = f":{quote(password)}" if password else ""
    database = quote(parts.pop("dbname"))
    return f"postgresql://{user}{secret}@/{database}?{urlencode(parts)}"


def _python(oldest: tuple[int, int]) -> str | None:
    """A Python of that version or later: this one, or one on PATH."""
    if sys.version_info[:2] >= oldest:
        return sys.executable
    later = (f"python3.{minor}" for minor in range(oldest[1], oldest[1] + 4))
    return next(filter(None, map(shutil.which, later)), None)


PEERS: dict[str, tuple[Peer, Callable[[Path, str, str, Path], float]]] = {
    "privaci": (PRIVACI, _privaci),
    "bauta": (BAUTA_PEER, _bauta),
}
