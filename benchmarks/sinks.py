"""The time and the memory of a load whose rows go into files, too, beside one without files."""

from __future__ import annotations

import multiprocessing
import tempfile
from typing import TYPE_CHECKING

from benchmarks.copying import MASKED, Run, databases, fill, loaded

if TYPE_CHECKING:
    from pathlib import Path

WAYS = ("no files", "csv", "jsonl", "parquet")
# As people mask a table of customers.
THREE = (
    "email: {action: fake, provider: email}, phone: {action: fake, provider: phone},"
    " last_name: {action: hash}"
)
# Each way has a process of its own: memory that one took would count for the next.
APART = multiprocessing.get_context("spawn")


def run(dsn: str, rows: int, rounds: int) -> dict[str, float]:
    """Time each way, several rounds; print the best of each, its ratio, and its largest process."""
    best: dict[str, Run] = {}
    with databases(dsn) as (source, target), APART.Pool(1, maxtasksperchild=1) as pool:
        size = fill(source, rows)
        print(f"### Files of {rows:,} rows x 12 columns, {size >> 20} MiB, three masked\n")
        for _ in range(rounds):
            for way in WAYS:
                one = pool.apply(_loaded, (source, target, way))
                best[way] = min(best.get(way, one), one, key=lambda run: run.seconds)
    print("| files | seconds | ratio to no files | MiB |\n|---|---|---|---|")
    for way, one in best.items():
        ratio = one.seconds / best["no files"].seconds
        print(f"| {way} | {one.seconds:.2f} | {ratio:.2f} | {one.peak_mib} |")
    print()
    ratios = {way: round(one.seconds / best["no files"].seconds, 3) for way, one in best.items()}
    return ratios | {f"{way} MiB": float(one.peak_mib) for way, one in best.items()}


def _loaded(source: str, target: str, way: str) -> Run:
    with tempfile.TemporaryDirectory() as folder:
        return loaded(source, target, MASKED % THREE + _sink(way, folder))


def _sink(way: str, folder: str | Path) -> str:
    if way == "no files":
        return ""
    return f"sink: {{ format: {way}, url: 'file://{folder}' }}\n"
