"""What Dagster adds to a refresh of five hundred tables, and the time to the first of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

import psycopg

from benchmarks.copying import KEYS, UNMASKED, databases
from privaci_core.policy import parse_policy
from privaci_core.refresh.steps import copy_database

TABLES = 500
PRIVACI = Path(sys.executable).parent / "privaci"
# In a process of its own: the time beyond the imports of Dagster and ours.
DEFINE = """
import time
from pathlib import Path
from privaci_dagster.build import build_definitions
from privaci_dagster.project import Project
begun = time.perf_counter()
project = Project(policy_path=Path({policy!r}), lock_path=Path({lock!r}))
build_definitions(project).get_repository_def().get_all_jobs()
print(time.perf_counter() - begun)
"""


def run(dsn: str) -> dict[str, float]:
    """Measure, print, and return the figures."""
    with databases(dsn) as (source, target), tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "rules.yaml").write_text(UNMASKED)
        _create_tables(source)
        begun = time.perf_counter()
        copy_database(source, target, parse_policy(UNMASKED), KEYS)
        alone = time.perf_counter() - begun
        whole, first = refreshed(source, target, folder)
        found = {
            "definitions of 500 tables, s": _define(source, folder),
            "500 empty tables without Dagster, s": alone,
            "500 empty tables by privaci run, s": whole,
            "from the command to a first table, s": first,
            # From the first table to the end; the start is a figure of its own.
            "what Dagster adds, ms a table": 1000 * (whole - first - alone) / TABLES,
        }
    print("### Through Dagster\n\n| what | figure |\n|---|---|")
    for name, figure in found.items():
        print(f"| {name} | {figure:.2f} |")
    print()
    return {name: round(figure, 3) for name, figure in found.items()}


def _create_tables(source: str) -> None:
    with psycopg.connect(source, autocommit=True) as connection:
        for number in range(TABLES):
            connection.execute(f"CREATE TABLE t{number} (id int PRIMARY KEY, name text)")
        connection.execute("INSERT INTO t0 VALUES (1, 'one')")


def _environment(source: str, target: str, folder: Path) -> dict[str, str]:
    return {
        **os.environ,
        "SOURCE_DB_URL": source,
        "TARGET_DB_URL": target,
        "DAGSTER_HOME": str(folder / "dagster"),
        "ANONYMIZATION_SALT": "a salt of the benchmarks, long enough",
    }


def refreshed(source: str, target: str, folder: Path) -> tuple[float, float]:
    """Seconds of a whole refresh by the command line, and until its first table was loaded."""
    at, begun = time.time(), time.perf_counter()
    command = [PRIVACI, "run", "--config", folder / "rules.yaml", "--log-format", "json"]
    environ = _environment(source, target, folder)
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)
    whole = time.perf_counter() - begun
    events = (json.loads(line) for line in done.stderr.splitlines() if line.startswith("{"))
    first = next(event["at"] for event in events if event["event"] == "table loaded")
    return whole, datetime.fromisoformat(first).timestamp() - at


def _define(source: str, folder: Path) -> float:
    lock, policy = folder / "lock.json", folder / "rules.yaml"
    environ = _environment(source, "", folder)
    introspect = [PRIVACI, "introspect", "--lock", lock]
    subprocess.run(introspect, env=environ, capture_output=True, check=True)
    define = [sys.executable, "-c", DEFINE.format(policy=str(policy), lock=str(lock))]
    done = subprocess.run(define, capture_output=True, text=True, check=True)
    return float(done.stdout)
