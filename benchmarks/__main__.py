"""Runs every benchmark on one server and prints tables; --record adds a line to the history."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).parent.parent
HISTORY = Path(__file__).with_name("history.jsonl")
# For the server that the tests would choose.
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from substrate.origin import brought_up, choose  # noqa: E402 - not importable before

from benchmarks import (  # noqa: E402 - not importable before
    baselines,
    copying,
    detecting,
    graph,
    kinds,
    masking,
    network,
    peers,
    planning,
    proving,
    requests,
    searching,
    sinks,
    stages,
    subsets,
    tables,
    texts,
)
from privaci_core.postgres import embedded  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from substrate.origin import Origin

PARTS = (
    "masks",
    "detection",
    "texts",
    "graph",
    "search",
    "tables",
    "plan",
    "copy",
    "stages",
    "network",
    "kinds",
    "proof",
    "subset",
    "testdata",
    "baseline",
    "sinks",
    "memory",
)
# Installs other tools first, so it is measured only when it is asked for.
PEERS = "peers"
DURABLE = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "max_wal_size": "1GB",
}


def main() -> None:
    """Run the parts that are asked for, print their tables, and record the figures."""
    arguments = _arguments()
    origin = choose(os.environ)
    version = f"PostgreSQL {origin.version} ({origin.said})"
    print(f"{version}, {os.cpu_count()} cores, Python {platform.python_version()}\n")
    parts = (arguments.only,) if arguments.only else PARTS
    found: dict[str, dict[str, float]] = {}
    if "masks" in parts:
        found["masks"] = masking.run()
    with _server(origin) as dsn:
        if "detection" in parts:
            found["detection"] = detecting.run(dsn, arguments.databases)
        if "texts" in parts:
            found["texts"] = texts.run(dsn)
        if "graph" in parts:
            found["graph"] = graph.run(dsn)
        if "search" in parts:
            found["search"] = searching.run(dsn)
    # The settings of a production server: those of the tests would flatter the ratios.
    embedded.SETTINGS.update(DURABLE)
    durable: dict[str, Callable[[str], dict[str, float]]] = {
        "tables": lambda dsn: tables.run(dsn, arguments.tables),
        "plan": lambda dsn: planning.run(dsn, arguments.rounds),
        "copy": lambda dsn: copying.run(dsn, arguments.rows, arguments.rounds),
        "stages": lambda dsn: stages.run(dsn, arguments.rows),
        "network": lambda dsn: network.run(dsn, arguments.rounds),
        "kinds": lambda dsn: kinds.run(dsn, arguments.rounds, arguments.kinds),
        "proof": lambda dsn: proving.run(dsn, arguments.rounds),
        "subset": lambda dsn: subsets.run(dsn, arguments.rows),
        "testdata": requests.run,
        "baseline": lambda dsn: baselines.run(dsn, arguments.rows, arguments.rounds),
        "sinks": lambda dsn: sinks.run(dsn, arguments.rows, arguments.rounds),
        "memory": copying.memory,
        PEERS: lambda dsn: peers.run(dsn, arguments.rows, arguments.rounds, arguments.tools),
    }
    for part, measured in durable.items():
        if part in parts:
            with _server(origin) as dsn:
                found[part] = measured(dsn)
    if arguments.record:
        _record(found)


@contextmanager
def _server(origin: Origin) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder, brought_up(origin, Path(folder)) as dsn:
        yield dsn


def _record(found: dict[str, dict[str, float]]) -> None:
    command = ["git", "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    at = datetime.now(UTC).isoformat("T", "minutes")
    with HISTORY.open("a", encoding="utf-8") as history:
        history.write(json.dumps({"at": at, "commit": commit.stdout.strip(), **found}) + "\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--rows", type=int, default=2_000_000, help="rows to copy")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each way; the best counts")
    parser.add_argument("--only", choices=(*PARTS, PEERS), help="one part alone")
    numbers = "numbers of small tables to copy"
    parser.add_argument("--tables", type=int, nargs="+", default=tables.COUNTS, help=numbers)
    parser.add_argument(
        "--kinds", nargs="+", choices=kinds.KINDS, help="some tables of kinds alone"
    )
    parser.add_argument("--tools", nargs="+", choices=peers.TOOLS, help="some of the peers alone")
    dumps = "a folder of dumps (pagila.sql.gz, ...) to judge detection on"
    parser.add_argument("--databases", type=Path, help=dumps)
    record = "add the figures to benchmarks/history.jsonl"
    parser.add_argument("--record", action="store_true", help=record)
    return parser.parse_args()


if __name__ == "__main__":
    main()
