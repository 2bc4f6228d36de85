"""The time of a baseline, its restore and a backup, beside pg_dump, pg_restore and the raw pipe."""

from __future__ import annotations

import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from benchmarks.copying import KEYS, UNMASKED, databases, fill, piped
from benchmarks.processes import largest, processes
from privaci_core.baselines.backups import back_up, backups, drop_backups
from privaci_core.baselines.kept import drop
from privaci_core.baselines.restore import restore
from privaci_core.baselines.snapshot import snapshot
from privaci_core.ddl.dump import client_binaries
from privaci_core.policy import parse_policy
from privaci_core.refresh.steps import copy_database
from privaci_core.stores.store import open_store

if TYPE_CHECKING:
    from collections.abc import Callable

WAYS = (
    "raw pipe",
    "pg_dump -Fc",
    "pg_dump -Fc \\| wc -c",
    "backup",
    "pg_restore",
    "snapshot",
    "restore",
)
PIPED = WAYS[2]


def run(dsn: str, rows: int, rounds: int) -> dict[str, float]:
    """Time each way, several rounds; print the best of each, its ratio, and what it wrote."""
    with databases(dsn) as (source, target), tempfile.TemporaryDirectory() as name:
        size = fill(source, rows)
        print(f"### A baseline of {rows:,} rows x 12 columns, {size >> 20} MiB\n")
        folder = Path(name)
        found = dict.fromkeys(WAYS, float("inf"))
        for _ in range(rounds):
            for way, seconds in _round(source, target, folder).items():
                found[way] = min(found[way], seconds)
        sizes = {
            "pg_dump -Fc": (folder / "dump").stat().st_size,
            "snapshot": sum(path.stat().st_size for path in (folder / "kept").rglob("*.parquet")),
        }
    print("| way | seconds | ratio to the pipe | MiB written |\n|---|---|---|---|")
    for way, seconds in found.items():
        written = f"{sizes[way] >> 20}" if way in sizes else ""
        print(f"| {way} | {seconds:.2f} | {seconds / found['raw pipe']:.2f} | {written} |")
    peak = largest(processes())
    print(f"\nThe largest of our processes took {peak} MiB.\n")
    ratios = {way: round(seconds / found["raw pipe"], 3) for way, seconds in found.items()}
    share = round(sizes["snapshot"] / sizes["pg_dump -Fc"], 3)
    backup = round(found["backup"] / found[PIPED], 3)
    print(f"A backup takes {backup:.2f} of the time of pg_dump -Fc | wc -c.\n")
    return ratios | {"size to pg_dump's": share, "backup to pg_dump": backup, "peak MiB": peak}


def _round(source: str, target: str, folder: Path) -> dict[str, float]:
    """Each way once: the pipe fills the target, then a refresh publishes it."""
    found = {"raw pipe": piped(source, target).seconds}
    copy_database(source, target, parse_policy(UNMASKED), KEYS)
    with psycopg.connect(target, autocommit=True) as connection:
        programs = client_binaries(connection.info.server_version // 10000)
    dump = [programs / "pg_dump", "-Fc", "-n", "public", "-f", folder / "dump", target]
    found["pg_dump -Fc"] = _timed(lambda: subprocess.run(dump, check=True))
    whole = f'"{programs / "pg_dump"}" -Fc "$1" | wc -c >"$2"'
    counted = ["sh", "-ec", whole, "sh", target, folder / "counted"]
    found[PIPED] = _timed(lambda: subprocess.run(counted, check=True))
    store = open_store(f"file://{folder}/kept", {})
    found["backup"] = _timed(lambda: back_up(target, store))
    drop_backups(store, backups(store))
    drop(store, "bench")
    found["snapshot"] = _timed(lambda: snapshot(target, store, "bench"))
    found["restore"] = _timed(lambda: restore(target, store, "bench"))
    back = [programs / "pg_restore", "--clean", "--single-transaction", "-d", target]
    found["pg_restore"] = _timed(lambda: subprocess.run([*back, folder / "dump"], check=True))
    return found


def _timed(way: Callable[[], object]) -> float:
    begun = time.perf_counter()
    way()
    return time.perf_counter() - begun
