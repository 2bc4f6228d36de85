"""The search for originals: megabytes a second on one core, and what more tables cost."""

from __future__ import annotations

import random
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import psycopg
import pyarrow as pa
from psycopg.conninfo import make_conninfo

from privaci_core.compiled.search import FOR_ALL, Fingerprints, Tally
from privaci_core.masks import Keys
from privaci_core.policy import parse_policy
from privaci_core.prove.search.originals import collect_originals
from privaci_core.prove.search.search_target import search_target
from privaci_core.prove.search.words import fold_table
from privaci_core.refresh.open import finished

if TYPE_CHECKING:
    from collections.abc import Iterator

KEYS = Keys.of(b"a salt of the benchmarks, long enough")
ORIGINALS, WORDS, TABLES = 1_000_000, 5_000_000, 300
PROSE = (
    *("the", "patient", "was", "seen", "on", "Monday", "2026-11-26", "by", "Dr.", "Person"),
    *("about", "order", "4711229", "again"),
)
RULE = "  public.t{}: {{columns: {{email: {{action: fake, provider: email}},"
RULE += " name: {{action: fake, provider: full_name}}}}}}\n"


def run(dsn: str) -> dict[str, float]:
    """Search prose for a million originals, then 300 small tables and twice as many."""
    found = {"MB/s": _speed()}
    for tables in (TABLES, 2 * TABLES):
        found[f"{tables} tables, s"] = _tables(dsn, tables)
    print(f"### The search for originals ({ORIGINALS:,} in prose; tables of 1,000 rows)\n")
    print("| MB/s a core | " + " | ".join(list(found)[1:]) + " | times |\n|---|---|---|---|")
    small, large = list(found.values())[1:]
    print(f"| {found['MB/s']:.0f} | {small:.2f} | {large:.2f} | {large / small:.2f} |\n")
    return {name: round(value, 2) for name, value in found.items()}


def _speed() -> float:
    chance = random.Random(7)  # noqa: S311 - not for secrets
    numbers = chance.sample(range(10**9), ORIGINALS)
    mails = [f"u{number:x}.{number % 97}@corp{number % 1000}.example" for number in numbers]
    index = Fingerprints(fold_table(), 1, 1 << 24)
    index.add(0, pa.array(mails, pa.large_string()), np.zeros(ORIGINALS, np.uint8))
    index.seal(np.zeros(1, np.uint8))
    text = " ".join(chance.choices(PROSE, k=WORDS)).encode()
    begun = time.process_time()
    index.search_text(text, Tally(1, 1), FOR_ALL)
    return len(text) / 1e6 / (time.process_time() - begun)


def _tables(dsn: str, count: int) -> float:
    """The seconds that collecting and searching take: two fakes in each of so many tables."""
    rules = "".join(RULE.format(number) for number in range(count))
    policy = parse_policy(f'version: "1.0"\nauto_detect: false\ntables:\n{rules}')
    with (
        _filled(dsn, count, "corp.example") as source,
        _filled(dsn, count, "example.test") as target,
        finished(source, target, policy, KEYS) as opened,
    ):
        copy, session = opened.copy, opened.connections.source
        begun = time.perf_counter()
        originals = collect_originals(session, session, copy.plan, copy.catalog)
        search_target(copy.ends.target, copy.plan, originals)
        return time.perf_counter() - begun


@contextmanager
def _filled(dsn: str, count: int, domain: str) -> Iterator[str]:
    name = f"bench_search_{domain.replace('.', '_')}"
    with psycopg.connect(dsn, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}".encode())
    filled = make_conninfo(dsn, dbname=name)
    with psycopg.connect(filled, autocommit=True) as connection:
        for number in range(count):
            columns = f"n AS id, 'n' || n * {number + 1} || '@{domain}' AS email"
            columns += f", 'Nimue {domain[:5]}' || n AS name, 'nothing of note' AS note"
            rows = f"SELECT {columns} FROM generate_series(1, 1000) AS n"
            connection.execute(f"CREATE TABLE t{number} AS {rows}".encode())
    yield filled
    with psycopg.connect(dsn, autocommit=True) as server:
        server.execute(f"DROP DATABASE {name} (FORCE)".encode())
