"""The time to copy a table, as a ratio to a raw pipe between two psql."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg
from psycopg.conninfo import make_conninfo

from benchmarks.processes import OURS, SOURCE, TARGET, largest, processes, spent
from privaci_core.ddl.dump import client_binaries
from privaci_core.loading.streams import load_tables
from privaci_core.masks import Keys
from privaci_core.policy import parse_policy
from privaci_core.refresh.open import opened
from privaci_core.refresh.steps import create_target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

KEYS = Keys.of(b"a salt of the benchmarks, long enough")
TABLE = """
CREATE TABLE person (
    id bigint, first_name text, last_name text, email text, phone text, street text,
    born date, score int, amount numeric(12, 2), active boolean, seen timestamptz, note text)
"""
# Two million of them are 662 MB as CSV.
FILL = """
INSERT INTO person
SELECT n,
       (ARRAY['Ada','Bo','Cy','Di','Ed','Flo','Gus','Hal'])[1 + n % 8] || n % 997,
       'Family' || n % 49999,
       'person' || n || '@org' || n % 100 || '.example',
       '+1555' || lpad(n::text, 7, '0'),
       n % 9999 || ' Harbor Road, Kestrel Bay',
       date '1950-01-01' + (n % 20000)::int,
       n % 1000,
       n / 7.0,
       n % 3 = 0,
       timestamptz '2020-01-01' + n * interval '1 minute',
       (SELECT left(string_agg(md5((n + word)::text), ' '), 183)
        FROM generate_series(0, 5) AS word)
FROM generate_series(1, {rows}) AS n
"""
# Statements that fill a table of 100 MB, one of 1 GB, and one whose notes are 5 MB each.
SIZES = {
    "100 MB": [FILL.format(rows=300_000)],
    "1 GB": [FILL.format(rows=3_000_000)],
    "200 fields of 5 MB": [
        FILL.format(rows=200),
        "UPDATE person SET note = repeat(md5(id::text), 160000)",
    ],
}
STARTS = 5
UNMASKED = 'version: "1.0"\nauto_detect: false\non_existing_data: drop_create\n'
MASKED = UNMASKED + "tables: {public.person: {columns: {%s}}}\n"
FIVE = {
    "five hashes": dict.fromkeys(
        ("first_name", "last_name", "email", "phone", "street"), "{action: hash}"
    ),
    "five fakes": {
        "first_name": "{action: fake, provider: first_name}",
        "last_name": "{action: fake, provider: last_name}",
        "email": "{action: fake, provider: email}",
        "phone": "{action: fake, provider: phone}",
        "street": "{action: fake, provider: street}",
    },
    "id, born, seen, amount, score": {
        "id": "{action: hash}",
        "born": "{action: fake, provider: dob}",
        "seen": "{action: date_shift}",
        "amount": "{action: noise, ratio: 0.1}",
        "score": "{action: noise, amount: 10}",
    },
}


@dataclass(frozen=True, slots=True)
class Run:
    """One copy: its time, the processor time by kind of process, our largest process's memory."""

    seconds: float
    cpu: dict[str, float]
    peak_mib: int


def run(dsn: str, rows: int, rounds: int) -> dict[str, float]:
    """Time every way, several rounds; print the best of each and its ratio to the pipe."""
    ways: dict[str, Callable[[str, str], Run]] = {"raw pipe": piped, "unmasked": way(UNMASKED)}
    for name, columns in FIVE.items():
        ways[name] = way(
            MASKED % ", ".join(f"{column}: {action}" for column, action in columns.items())
        )
    with databases(dsn) as (source, target):
        size = fill(source, rows)
        print(f"### A table of {rows:,} rows x 12 columns, {size >> 20} MiB\n")
        best = best_of(ways, source, target, rounds)
    print_runs(best, rows)
    start = min(_worker_start() for _ in range(STARTS))
    print(f"\nA worker starts in {start:.2f} s.\n")
    ratios = {name: round(one.seconds / best["raw pipe"].seconds, 3) for name, one in best.items()}
    return ratios | {
        "peak MiB": max(one.peak_mib for one in best.values()),
        "worker start": round(start, 3),
    }


def fill(source: str, rows: int) -> int:
    """Make the table; returns its bytes."""
    with psycopg.connect(source, autocommit=True) as connection:
        connection.execute(TABLE)
        connection.execute(FILL.format(rows=rows))
        connection.execute("VACUUM ANALYZE person")
        (size,) = connection.execute("SELECT pg_relation_size('person')").fetchone() or (0,)
    return int(size)


def best_of(
    ways: dict[str, Callable[[str, str], Run]], source: str, target: str, rounds: int
) -> dict[str, Run]:
    """The quickest run of each way."""
    best: dict[str, Run] = {}
    for _ in range(rounds):
        for name, way in ways.items():
            one = way(source, target)
            best[name] = min(best.get(name, one), one, key=lambda run: run.seconds)
    return best


def print_runs(best: dict[str, Run], rows: int) -> None:
    """Print a row of a table for each way."""
    print(f"| way | seconds | ratio | rows/s | CPU s: {SOURCE} | {OURS} | {TARGET} | MiB |")
    print("|---|---|---|---|---|---|---|---|")
    for name, one in best.items():
        cpu = " | ".join(f"{one.cpu.get(whose, 0):.1f}" for whose in (SOURCE, OURS, TARGET))
        ratio = one.seconds / best["raw pipe"].seconds
        times = f"{one.seconds:.2f} | {ratio:.2f} | {rows / one.seconds:,.0f}"
        print(f"| {name} | {times} | {cpu} | {one.peak_mib or ''} |")


def memory(dsn: str) -> dict[str, float]:
    """The memory of our largest process, for tables of several sizes."""
    policy = MASKED % ", ".join(
        f"{column}: {action}" for column, action in FIVE["five fakes"].items()
    )
    print("### Memory, five columns faked\n")
    print("| table | seconds | MiB of the largest process |\n|---|---|---|")
    found = {}
    for name, statements in SIZES.items():
        with databases(dsn) as (source, target):
            with psycopg.connect(source, autocommit=True) as connection:
                for statement in (TABLE, *statements):
                    connection.execute(statement)
            one = way(policy)(source, target)
        print(f"| {name} | {one.seconds:.1f} | {one.peak_mib} |")
        found[name] = one.peak_mib
    print()
    return found


def _worker_start() -> float:
    """Seconds until a new process is ready for its first task."""
    begun = time.perf_counter()
    code = "import privaci_core.loading.worker; print(flush=True)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None  # noqa: S101 - it is a pipe
        process.stdout.readline()
        return time.perf_counter() - begun


def way(policy: str) -> Callable[[str, str], Run]:
    """Our copy under a policy."""
    return lambda source, target: loaded(source, target, policy)


def loaded(source: str, target: str, policy: str) -> Run:
    """Load the rows by a policy."""
    with opened(source, target, parse_policy(policy), KEYS) as refresh:
        copy, connections = refresh.copy, refresh.connections
        create_target(copy, connections.source, refresh.earlier)
        before, begun = processes(), time.perf_counter()
        for _ in load_tables(copy, connections, copy.plan.tables):
            pass
        seconds, after = time.perf_counter() - begun, processes()
        return Run(seconds, spent(before, after), largest(after))


def pipe_of(table: str, definition: str, form: str = "binary") -> Callable[[str, str], Run]:
    """The raw pipe between two psql, of a table that is made before."""

    def timed(source: str, target: str) -> Run:
        with psycopg.connect(target, autocommit=True) as connection:
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public")
            connection.execute(definition)
            psql = client_binaries(connection.info.server_version // 10000) / "psql"
        begun = time.perf_counter()
        out = [psql, "-qXc", f"COPY {table} TO STDOUT (FORMAT {form})", source]
        into = [psql, "-qXc", f"COPY {table} FROM STDIN (FORMAT {form})", target]
        with subprocess.Popen(out, stdout=subprocess.PIPE) as reader:
            subprocess.run(into, stdin=reader.stdout, check=True)
        return Run(time.perf_counter() - begun, {}, 0)

    return timed


piped = pipe_of("person", TABLE)


@contextmanager
def databases(dsn: str) -> Iterator[tuple[str, str]]:
    """Two empty databases of a server, dropped in the end."""
    names = ("bench_source", "bench_target")
    with psycopg.connect(dsn, autocommit=True) as connection:
        for name in names:
            connection.execute(f"DROP DATABASE IF EXISTS {name}")
            connection.execute(f"CREATE DATABASE {name} TEMPLATE template0")
        yield make_conninfo(dsn, dbname=names[0]), make_conninfo(dsn, dbname=names[1])
        for name in names:
            connection.execute(f"DROP DATABASE {name}")
