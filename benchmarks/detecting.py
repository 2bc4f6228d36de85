"""Recall and precision of detection, against answer keys that people wrote."""

from __future__ import annotations

import gzip
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg
from psycopg.conninfo import make_conninfo

from benchmarks.detection.corpus import applications, held_back
from benchmarks.detection.judge import ROWS, judge
from privaci_core.catalog.catalog import read_catalog
from privaci_core.ddl.dump import client_binaries
from privaci_core.demo import fill
from privaci_core.demo.answer_key import answer_key
from privaci_core.detect.sample import read_contents
from privaci_core.detect.suspect import suspicions
from privaci_core.postgres.session import source_session

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from privaci_core.demo.answer_key import Personal
    from privaci_core.detect.suspect import Suspicion

# The personal columns of well-known sample databases: names, contacts and addresses.
KNOWN: dict[str, dict[str, str]] = {
    "pagila": {
        "public.actor": "first_name last_name",
        "public.address": "address address2 phone postal_code",
        "public.customer": "first_name last_name email",
        "public.staff": "first_name last_name email username password picture",
    },
    "northwind": {
        "public.customers": "contact_name address city postal_code phone fax",
        "public.employees": (
            "last_name first_name birth_date address city postal_code home_phone notes photo "
            "photo_path"
        ),
        "public.orders": "ship_name ship_address ship_city ship_postal_code",
        "public.shippers": "phone",
        "public.suppliers": "contact_name address city postal_code phone fax",
    },
    "chinook": {
        "public.Customer": "FirstName LastName Address City PostalCode Phone Fax Email",
        "public.Employee": "FirstName LastName BirthDate Address City PostalCode Phone Fax Email",
        "public.Invoice": "BillingAddress BillingCity BillingPostalCode",
    },
    "world": {},
}


def run(dsn: str, databases: Path | None) -> dict[str, float]:
    """Judge the demo company, and each dump in the folder that has an answer key."""
    figures = _on_the_corpus()
    print("### Detection, high and medium confidence against answer keys\n")
    print("| database | personal columns | found | recall | precision | high: recall | precision |")
    print("|---|---|---|---|---|---|---|")
    with _database(dsn) as demo:
        fill(demo, "mini")
        found = [_judge("the demo company", demo, _named(answer_key()))]
    for dump in sorted(databases.glob("*.sql.gz")) if databases else ():
        name = next((name for name in KNOWN if dump.name.startswith(name)), None)
        if name is not None:
            with _database(dsn) as database:
                _restore(dump, database)
                found.append(_judge(name, database, _known(name)))
    hits, taken, all_personal = (sum(rate[place] for rate in found) for place in range(3))
    print(f"\nTogether: recall {hits / all_personal:.3f}, precision {hits / taken:.3f}.\n")
    return {
        "recall": round(hits / all_personal, 3),
        "precision": round(hits / taken, 3),
        "databases": len(found),
        **figures,
    }


def _on_the_corpus() -> dict[str, float]:
    """What detection masks and names of judged columns, of which a third was never tuned on."""
    held = held_back()
    parts = {
        "tuned on": [each for each in applications() if each.name not in held],
        "held back": [each for each in applications() if each.name in held],
    }
    print("### Detection on the corpus of applications\n")
    print("| applications | rows | personal columns | masked | masked or named | precision |")
    print("|---|---|---|---|---|---|")
    figures: dict[str, float] = {}
    for part, some in parts.items():
        for rows in (ROWS, 0):
            score = judge(some, rows=rows)
            shown = " | ".join(f"{rate:.3f}" for rate in score.rates.values())
            print(f"| {len(some)} {part} | {rows} a table | {score.personal} | {shown} |")
            figures |= {f"{part}, {rows} rows, {name}": rate for name, rate in score.rates.items()}
    print("\nEach column counts in three spellings; precision is of what is masked.\n")
    return figures


def _named(keys: Iterable[Personal]) -> set[str]:
    return {f"{key.table}.{key.column}" for key in keys}


def _known(name: str) -> set[str]:
    tables = KNOWN[name].items()
    return {f"{table}.{column}" for table, columns in tables for column in columns.split()}


def _restore(dump: Path, database: str) -> None:
    psql = client_binaries(16) / "psql"
    script = gzip.decompress(dump.read_bytes())
    subprocess.run([psql, "-qX", database], input=script, capture_output=True, check=True)


def _judge(name: str, dsn: str, personal: set[str]) -> tuple[int, int, int]:
    suspected = _suspected(dsn)
    taken = {column for column, found in suspected.items() if found.confidence != "low"}
    sure = {column for column, found in suspected.items() if found.confidence == "high"}
    rates = [_rate(len(some & personal), whole) for some, whole in _pairs(personal, taken, sure)]
    print(f"| {name} | {len(personal)} | {len(taken & personal)} | {' | '.join(rates)} |")
    for missed in sorted(personal - taken):
        print(f"|   missed: {missed} | | | | | | |")
    for wrong in sorted(taken - personal):
        print(f"|   not personal: {wrong} ({suspected[wrong].kind}) | | | | | | |")
    return len(taken & personal), len(taken), len(personal)


def _pairs(personal: set[str], taken: set[str], sure: set[str]) -> list[tuple[set[str], int]]:
    return [(taken, len(personal)), (taken, len(taken)), (sure, len(personal)), (sure, len(sure))]


def _rate(part: int, whole: int) -> str:
    return f"{part / whole:.2f}" if whole else "-"


def _suspected(dsn: str) -> dict[str, Suspicion]:
    with source_session(dsn) as source:
        catalog = read_catalog(source)
        contents = read_contents(source, catalog, frozenset())
    return {
        f"{catalog.by_oid[oid].qualified}.{column}": found
        for (oid, column), found in suspicions(catalog, contents).items()
        if catalog.by_oid[oid].partition_of is None
    }


@contextmanager
def _database(dsn: str) -> Iterator[str]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS bench_detection")
        connection.execute("CREATE DATABASE bench_detection TEMPLATE template0")
        yield make_conninfo(dsn, dbname="bench_detection")
        connection.execute("DROP DATABASE bench_detection WITH (FORCE)")
