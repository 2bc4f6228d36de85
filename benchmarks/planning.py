"""The time to plan five hundred tables with rows: their catalog, their samples, the decisions."""

from __future__ import annotations

import subprocess
import tempfile
import time
from pathlib import Path

from benchmarks.copying import UNMASKED, databases
from benchmarks.graph import PRIVACI, environment
from benchmarks.tables import ROWS, fill

TABLES = 500
DETECTED = UNMASKED.replace("auto_detect: false", "auto_detect: true")


def run(dsn: str, rounds: int) -> dict[str, float]:
    """The best of some rounds of `privaci plan`, which samples every table."""
    with databases(dsn) as (source, target), tempfile.TemporaryDirectory() as folder:
        fill(source, TABLES)
        (Path(folder) / "rules.yaml").write_text(DETECTED)
        seconds = min(_planned(source, target, Path(folder)) for _ in range(rounds))
    print(f"`privaci plan` of {TABLES} tables of {ROWS:,} rows takes {seconds:.1f} s.\n")
    return {f"plan of {TABLES} tables, s": round(seconds, 2)}


def _planned(source: str, target: str, folder: Path) -> float:
    begun = time.perf_counter()
    subprocess.run(
        [PRIVACI, "plan", "--config", folder / "rules.yaml"],
        env=environment(source, target, folder),
        capture_output=True,
        check=True,
    )
    return time.perf_counter() - begun
