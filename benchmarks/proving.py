"""What a proof costs: keeping the ledger, and reading the target back, beside the raw pipe."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from psycopg import sql

from benchmarks.copying import FIVE, KEYS, MASKED, databases, fill, piped
from privaci_core.catalog.catalog import read_catalog
from privaci_core.policy import parse_policy
from privaci_core.postgres.session import source_session
from privaci_core.prove.checks import CHECK_NAMED
from privaci_core.prove.evidence import Evidence
from privaci_core.prove.ledgers import recorded_in, wanted
from privaci_core.prove.read_back import read_back
from privaci_core.prove.tables import OF_ROWS
from privaci_core.refresh.open import finished
from privaci_core.refresh.steps import copy_database
from privaci_core.stream.ledger import Layout, Sums
from privaci_core.stream.read import read_rows

if TYPE_CHECKING:
    from collections.abc import Callable

ROWS = 2_000_000
COLUMNS = ", ".join(f"{name}: {action}" for name, action in FIVE["five fakes"].items())
POLICY = parse_policy(MASKED % COLUMNS)
COPY_OUT = "COPY public.person TO STDOUT (FORMAT binary)"


def run(dsn: str, rounds: int) -> dict[str, float]:
    """Time each part, several rounds; print the best of each and its ratio to the pipe."""
    with databases(dsn) as (source, target):
        fill(source, ROWS)
        pipe = min(piped(source, target).seconds for _ in range(rounds))
        begun = time.perf_counter()
        copy_database(source, target, POLICY, KEYS)
        whole = time.perf_counter() - begun
        found = {
            "the pipe": pipe,
            "the whole refresh": whole,
            "the ledger's sums": min(_summed(target) for _ in range(rounds)),
            "reading back": min(_timed(lambda: _read_back(target)) for _ in range(rounds)),
            "all proofs of rows": min(_proofs(source, target) for _ in range(rounds)),
        }
    print(f"### The proof of {ROWS:,} rows x 12 columns\n")
    print("| part | seconds | of the pipe |\n|---|---|---|")
    for name, seconds in found.items():
        print(f"| {name} | {seconds:.2f} | {seconds / pipe:.2f} |")
    print()
    return {name: round(seconds / pipe, 3) for name, seconds in found.items()}


def _summed(dsn: str) -> float:
    """The time that the sums alone take, over all rows of the table."""
    seconds = 0.0
    with source_session(dsn) as connection:
        (relation,) = (each for each in read_catalog(connection).tables if each.name == "person")
        columns = read_catalog(connection).columns[relation.oid]
        names = tuple(column.name for column in columns)
        sums = Sums(Layout(columns=names, form="binary"), bytes(32))
        for rows in read_rows(connection, sql.SQL(COPY_OUT), "binary"):
            begun = time.perf_counter()
            sums.add(rows.buffer)
            seconds += time.perf_counter() - begun
    return seconds


def _read_back(dsn: str) -> None:
    with source_session(dsn) as connection:
        catalog = read_catalog(connection)
        recorded = recorded_in(connection, catalog)
    wants = {table: wanted(found.ledger, found.key) for table, found in recorded.items()}
    read_back(dsn, catalog, wants)


def _proofs(source: str, target: str) -> float:
    """The time of the checks that judge rows, in the order in which a run takes them."""
    with finished(source, target, POLICY, KEYS) as opened:
        evidence = Evidence(copy=opened.copy, source=opened.connections.source)
        begun = time.perf_counter()
        for name in sorted(OF_ROWS):
            CHECK_NAMED[name].verdict(evidence)
        return time.perf_counter() - begun


def _timed(work: Callable[[], None]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
