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
from privaci_dagster.cli.home import make_home

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

ASSETS = 300
# A job of assets that do nothing, in steps of a hundred with a check each: the price of Dagster.
BARE = """
import sys, time
import dagster as dg
specs = [dg.AssetSpec(f"a{{number}}") for number in range({assets})]

def step(number, part):
    @dg.multi_asset(specs=part, can_subset=True, name=f"step_{{number}}")
    def load():
        for spec in part:
            yield dg.MaterializeResult(asset_key=spec.key, metadata={{"rows": 1}})
    return load

@dg.multi_asset_check(specs=[dg.AssetCheckSpec("ok", asset=spec.key) for spec in specs])
def check():
    for spec in specs:
        yield dg.AssetCheckResult(asset_key=spec.key, check_name="ok", passed=True)

parts = [specs[at : at + 100] for at in range(0, len(specs), 100)]
steps = [step(number, part) for number, part in enumerate(parts)]
job = dg.define_asset_job("all", executor_def=dg.in_process_executor)
job = dg.Definitions(assets=steps, asset_checks=[check], jobs=[job]).resolve_job_def("all")
home = {home!r}
opened = dg.DagsterInstance.from_config(home) if home else dg.DagsterInstance.ephemeral()
quiet = {{"loggers": {{"console": {{"config": {{"log_level": "CRITICAL"}}}}}}}}
begun = time.process_time()
job.execute_in_process(instance=opened, run_config=quiet)
print(1000 * (time.process_time() - begun) / len(specs))
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
            **_bare(folder),
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


def environment(source: str, target: str, folder: Path) -> dict[str, str]:
    """The variables of a command of ours that works on two databases."""
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
    environ = environment(source, target, folder)
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)
    whole = time.perf_counter() - begun
    events = (json.loads(line) for line in done.stderr.splitlines() if line.startswith("{"))
    first = next(event["at"] for event in events if event["event"] == "table loaded")
    return whole, datetime.fromisoformat(first).timestamp() - at


def _bare(folder: Path) -> dict[str, float]:
    """Milliseconds of computing an asset with a check, by where its events are stored."""
    theirs = folder / "theirs"
    theirs.mkdir()
    (theirs / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    homes = {"memory": "", "our home": make_home(folder / "ours", {}), "Dagster's home": theirs}
    found = {}
    for name, home in homes.items():
        code = BARE.format(assets=ASSETS, home=str(home))
        line = [sys.executable, "-W", "ignore", "-c", code]
        done = subprocess.run(line, capture_output=True, text=True, check=True)
        found[f"an asset and its check that do nothing, stored in {name}, ms"] = float(done.stdout)
    return found


def _define(source: str, folder: Path) -> float:
    lock, policy = folder / "lock.json", folder / "rules.yaml"
    environ = environment(source, "", folder)
    introspect = [PRIVACI, "introspect", "--lock", lock]
    subprocess.run(introspect, env=environ, capture_output=True, check=True)
    define = [sys.executable, "-c", DEFINE.format(policy=str(policy), lock=str(lock))]
    done = subprocess.run(define, capture_output=True, text=True, check=True)
    return float(done.stdout)
