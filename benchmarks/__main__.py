"""Runs every benchmark on one server, prints tables, and with --record adds a line to the history."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parent.parent
HISTORY = Path(__file__).with_name("history.jsonl")
# The same server that the tests would take.
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from substrate.origin import brought_up, choose  # noqa: E402 - not importable before

from benchmarks import copying, detecting, graph, masking, texts  # noqa: E402
from privaci_core.postgres import embedded  # noqa: E402

DURABLE = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "max_wal_size": "1GB",
}


def main() -> None:
    """Run, print, and record."""
    arguments = _arguments()
    origin = choose(os.environ)
    print(
        f"PostgreSQL {origin.version} ({origin.said}), {os.cpu_count()} cores, Python {platform.python_version()}\n"
    )
    found: dict[str, dict[str, float]] = {}
    if arguments.only in {None, "masks"}:
        found["masks"] = masking.run()
    with tempfile.TemporaryDirectory() as folder, brought_up(origin, Path(folder)) as dsn:
        if arguments.only in {None, "detection"}:
            found["detection"] = detecting.run(dsn, arguments.databases)
        if arguments.only in {None, "texts"}:
            found["texts"] = texts.run(dsn)
        if arguments.only in {None, "graph"}:
            found["graph"] = graph.run(dsn)
    # As a server of production is set up: what makes the tests' own one quick would flatter us.
    embedded.SETTINGS.update(DURABLE)
    if arguments.only in {None, "copy"}:
        with tempfile.TemporaryDirectory() as folder, brought_up(origin, Path(folder)) as dsn:
            found["copy"] = copying.run(dsn, arguments.rows, arguments.rounds)
    if arguments.only in {None, "memory"}:
        with tempfile.TemporaryDirectory() as folder, brought_up(origin, Path(folder)) as dsn:
            found["memory"] = copying.memory(dsn)
    if arguments.record:
        commit = subprocess.run(
            ["git", "rev-parse", "--short", "HEAD"],  # noqa: S607
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        line = {
            "at": datetime.now(UTC).isoformat("T", "minutes"),
            "commit": commit.stdout.strip(),
            **found,
        }
        with HISTORY.open("a", encoding="utf-8") as history:
            history.write(json.dumps(line) + "\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--rows", type=int, default=2_000_000, help="rows of the copied table")
    parser.add_argument(
        "--rounds", type=int, default=3, help="how often each way is timed; the best counts"
    )
    parser.add_argument(
        "--only",
        choices=["masks", "detection", "texts", "graph", "copy", "memory"],
        help="one part alone",
    )
    parser.add_argument(
        "--databases",
        type=Path,
        help="a folder of dumps (pagila.sql.gz, ...) to judge detection on",
    )
    parser.add_argument(
        "--record", action="store_true", help="add the figures to benchmarks/history.jsonl"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
