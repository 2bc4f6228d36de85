"""What a table costs: time against the number of small tables, beside pg_dump and pg_restore."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from benchmarks.copying import KEYS, databases
from benchmarks.graph import refreshed
from privaci_core.ddl.dump import client_binaries
from privaci_core.demo import POLICY
from privaci_core.demo import fill as fill_demo
from privaci_core.policy import parse_policy
from privaci_core.refresh.steps import copy_database

if TYPE_CHECKING:
    from collections.abc import Sequence

COUNTS = (50, 100, 300, 1000)
ROWS = 1000
TABLE = """
CREATE TABLE t{number} (
    id int PRIMARY KEY, email text UNIQUE, name text, amount numeric(10, 2), at timestamptz,
    parent int{reference});
CREATE INDEX ON t{number} (at);
INSERT INTO t{number}
SELECT n, 'p' || n || 't{number}@corp.example.test', 'Name ' || n, n / 7.0,
       timestamptz '2020-01-01' + n * interval '1 hour', {parent}
FROM generate_series(1, {rows}) AS n;
"""
RULES = "version: '1.0'\nauto_detect: false\non_existing_data: drop_create\ntables:\n"
RULE = (
    "  public.t{number}: {{columns: {{email: {{action: fake, provider: email}},"
    " name: {{action: fake, provider: full_name}}}}}}\n"
)
Point = dict[str, float]


def run(dsn: str, counts: Sequence[int] = COUNTS) -> dict[str, float]:
    """Measure each number of tables, print the points and the line's slope between them."""
    points = {count: _point(dsn, count) for count in counts}
    print(
        f"### Tables of {ROWS:,} rows, two fakes each, a key, a unique column, an index, a parent"
    )
    print("\n| tables | pg_dump, pg_restore | copy_database | ratio | privaci run | ratio |")
    print("|---|---|---|---|---|---|")
    for count, point in points.items():
        plain, core, whole = (point[way] for way in ("plain", "core", "whole"))
        print(f"| {count} | {plain:.2f} s | {core:.2f} s | {core / plain:.1f}", end="")
        print(f" | {whole:.2f} s | {whole / plain:.1f} |")
    found = {
        f"{count} tables, {way}": round(seconds, 3)
        for count, point in points.items()
        for way, seconds in point.items()
    }
    return found | _slopes(points) | _demo(dsn)


def _slopes(points: dict[int, Point]) -> dict[str, float]:
    """Milliseconds that each table more costs: on a straight line they are the same everywhere."""
    print(
        "\n| from, to | pg_restore, ms a table | copy_database | privaci run |\n|---|---|---|---|"
    )
    found = {}
    for (few, less), (many, more) in zip(points.items(), list(points.items())[1:], strict=False):
        slopes = {way: 1000 * (more[way] - less[way]) / (many - few) for way in less}
        print(f"| {few}, {many} | " + " | ".join(f"{ms:.1f}" for ms in slopes.values()) + " |")
        found |= {f"{few} to {many}, {way}, ms": round(ms, 2) for way, ms in slopes.items()}
    print()
    return found


def _demo(dsn: str) -> dict[str, float]:
    """Seconds of the command on the demo's company, and to its first table that is loaded."""
    with databases(dsn) as (source, target), tempfile.TemporaryDirectory() as folder:
        fill_demo(source)
        shutil.copy(POLICY, Path(folder) / "rules.yaml")
        whole, first = refreshed(source, target, Path(folder))
    print(f"The demo takes {whole:.1f} s; its first table is loaded after {first:.1f} s.\n")
    return {"first row of the demo, s": round(first, 2), "the demo, s": round(whole, 2)}


def _point(dsn: str, count: int) -> Point:
    """Seconds of each way to copy so many tables, into an empty database each time."""
    rules = RULES + "".join(RULE.format(number=number) for number in range(count))
    with databases(dsn) as (source, target), tempfile.TemporaryDirectory() as folder:
        fill(source, count)
        plain = _dumped(source, target)
        _empty(dsn, target)
        begun = time.perf_counter()
        copy_database(source, target, parse_policy(rules), KEYS)
        core = time.perf_counter() - begun
        _empty(dsn, target)
        (Path(folder) / "rules.yaml").write_text(rules)
        whole, _ = refreshed(source, target, Path(folder))
    return {"plain": plain, "core": core, "whole": whole}


def fill(source: str, count: int) -> None:
    """Make so many tables, each with a reference to the one before."""
    with psycopg.connect(source) as connection:
        for number in range(count):
            reference = f" REFERENCES t{number - 1}" if number else ""
            parent = "n" if number else "NULL"
            made = TABLE.format(number=number, reference=reference, parent=parent, rows=ROWS)
            connection.execute(made.encode())
        connection.commit()
        connection.autocommit = True
        connection.execute("VACUUM ANALYZE")


def _empty(dsn: str, target: str) -> None:
    """Create the target's database again: to empty it would be part of the next measurement."""
    name = sql.Identifier(str(conninfo_to_dict(target)["dbname"]))
    with psycopg.connect(dsn, autocommit=True) as connection, suppress(psycopg.Error):
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(name))


def _dumped(source: str, target: str) -> float:
    """Seconds of a pipe of pg_dump and pg_restore, as an archive."""
    with psycopg.connect(source) as connection:
        folder = client_binaries(connection.info.server_version // 10000)
    begun = time.perf_counter()
    dump = [folder / "pg_dump", "--format=custom", source]
    with subprocess.Popen(dump, stdout=subprocess.PIPE) as dumping:
        restore = [folder / "pg_restore", f"--dbname={target}"]
        subprocess.run(restore, stdin=dumping.stdout, check=True)
    return time.perf_counter() - begun
