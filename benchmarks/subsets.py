"""The time to copy one per cent of a database of 12 tables, beside a full copy of it."""

from __future__ import annotations

import resource
import time
from typing import TYPE_CHECKING

import psycopg

from benchmarks.closure import closed_naively
from benchmarks.copying import KEYS, databases
from privaci_core.catalog.catalog import read_catalog
from privaci_core.choose.choose import choose_rows
from privaci_core.loading.streams import load_tables
from privaci_core.policy import parse_policy
from privaci_core.postgres.session import source_session
from privaci_core.prove.checks import verdicts
from privaci_core.prove.evidence import Evidence
from privaci_core.refresh.open import opened, plan_of
from privaci_core.refresh.steps import create_target, finish_target, publish_target

if TYPE_CHECKING:
    from privaci_core.choose.choose import Chosen
    from privaci_core.policy import Policy

# What refers to one another belongs to one company, whose rows follow in steps of {orgs}. Most
# foreign keys have no index.
TABLES = """
CREATE TABLE country (code int PRIMARY KEY, name text);
CREATE TABLE org (id int PRIMARY KEY, country int, name text);
CREATE TABLE category (id int PRIMARY KEY, parent int);
CREATE TABLE product (id int PRIMARY KEY, category int, name text);
CREATE TABLE person (id int PRIMARY KEY, org int, manager int, team int, email text, name text);
CREATE TABLE team (id int PRIMARY KEY, org int, lead int, name text);
CREATE TABLE purchase (id int PRIMARY KEY, person int, approved_by int, at timestamptz);
CREATE TABLE purchase_line (purchase int, line int, product int, note text,
    PRIMARY KEY (purchase, line));
CREATE TABLE payment (id int PRIMARY KEY, purchase int, line int, amount numeric(10, 2));
CREATE TABLE message (id int PRIMARY KEY, sender int, reply_to int, body text);
CREATE TABLE event (person int, at timestamptz, what text);
CREATE TABLE document (id uuid PRIMARY KEY, person int, message int, title text);
"""
FILL = """
INSERT INTO country SELECT n, 'Country ' || n FROM generate_series(0, 199) AS n;
INSERT INTO category SELECT n, CASE WHEN n > 0 THEN n / 5 END FROM generate_series(0, 499) AS n;
INSERT INTO product SELECT n, n % 500, 'Product ' || n FROM generate_series(0, 4999) AS n;
INSERT INTO org SELECT n, n % 200, 'Org ' || n FROM generate_series(0, {orgs} - 1) AS n;
INSERT INTO person SELECT n, n % {orgs}, CASE WHEN n >= {orgs} THEN n / {orgs} / 2 * {orgs}
    + n % {orgs} END, n % ({orgs} * 4), 'person' || n || '@corp.example.test', 'Person ' || n
    FROM generate_series(0, {people} - 1) AS n;
INSERT INTO team SELECT n, n % {orgs}, n, 'Team ' || n
    FROM generate_series(0, {orgs} * 4 - 1) AS n;
INSERT INTO purchase SELECT n, n % {people}, (n + {orgs}) % {people},
    timestamptz '2024-01-01' + n * interval '1 second'
    FROM generate_series(0, {people} * 3 - 1) AS n;
INSERT INTO purchase_line SELECT n % ({people} * 3), n / ({people} * 3), n % 5000, md5(n::text)
    FROM generate_series(0, {people} * 6 - 1) AS n;
INSERT INTO payment SELECT n, n % ({people} * 3), 0, n / 7.0
    FROM generate_series(0, {people} * 2 - 1) AS n;
INSERT INTO message SELECT n, n % {people}, CASE WHEN n >= {people} THEN n - {people} END,
    repeat(md5(n::text), 4) FROM generate_series(0, {people} * 3 - 1) AS n;
INSERT INTO event SELECT n % {people}, timestamptz '2024-01-01' + n * interval '1 second',
    'clicked ' || n FROM generate_series(0, {people} * 9 - 1) AS n;
INSERT INTO document SELECT md5(n::text)::uuid, n % {people}, n, 'Title ' || n
    FROM generate_series(0, {people} - 1) AS n;
"""
REFERENCES = {
    "org(country)": "country",
    "category(parent)": "category",
    "product(category)": "category",
    "person(org)": "org",
    "person(manager)": "person",
    "person(team)": "team",
    "team(org)": "org",
    "team(lead)": "person",
    "purchase(person)": "person",
    "purchase(approved_by)": "person",
    "purchase_line(purchase)": "purchase",
    "purchase_line(product)": "product",
    "payment(purchase, line)": "purchase_line",
    "message(sender)": "person",
    "message(reply_to)": "message",
    "event(person)": "person",
    "document(person)": "person",
    "document(message)": "message",
}
INDEXED = ("person(org)", "purchase(person)", "message(sender)", "document(person)")
# Of 26 rows for each person one is the person's own.
ROWS_PER_PERSON, PEOPLE_PER_ORG = 26, 40
FULL = """version: "1.0"
auto_detect: false
on_existing_data: drop_create
tables:
  public.person: {columns: {email: {action: fake, provider: email}, name: {action: hash}}}
"""
ONE_PERCENT = FULL + "subset: {start: [{table: public.org, percent: 1}]}\n"
# Each row refers to the one before; no index helps its children.
CHAIN_ROWS = 100_000
CHAIN = f"""
DROP TABLE IF EXISTS link;
CREATE TABLE link (id int PRIMARY KEY, before int);
INSERT INTO link SELECT n, nullif(n - 1, 0) FROM generate_series(1, {CHAIN_ROWS}) AS n;
ALTER TABLE link ADD FOREIGN KEY (before) REFERENCES link;
"""
CHAIN_START = 'subset: {{start: [{{table: public.link, where: "{}"}}]}}\n'
CHAIN_STARTS = ("id = 1", f"id = {CHAIN_ROWS // 2}", f"id = {CHAIN_ROWS}")


def run(dsn: str, rows: int) -> dict[str, float]:
    """Time the choosing of rows, the copy of them with its checks, a full copy, a naive closure."""
    with databases(dsn) as (source, _):
        chains = {where: _follow_chain(source, where) for where in CHAIN_STARTS}
    with databases(dsn) as (source, target):
        counted = fill(source, rows)
        one, whole = parse_policy(ONE_PERCENT), parse_policy(FULL)
        chosen, choosing = _choose(source, one)
        orgs = chosen.rows["public.org"]
        kept = sum(len(each) for each in chosen.rows.values() if each is not None)
        subset = _refresh(source, target, one)
        full = _refresh(source, target, whole)
        naive_rows, naive = closed_naively(source, orgs, REFERENCES)
    print(f"### One per cent of {counted:,} rows in 12 tables, with circles of keys\n")
    print("| what | rows | seconds |\n|---|---|---|")
    print(f"| choosing | {kept:,} | {choosing:.2f} |")
    print(f"| a naive closure by temporary tables | {naive_rows:,} | {naive:.2f} |")
    print(f"| subset: choose, load, keys, proofs | {kept:,} | {subset:.2f} |")
    print(f"| full copy: load, keys, proofs | {counted:,} | {full:.2f} |")
    for where, seconds in chains.items():
        print(f"| choosing a chain of rows from {where} | {CHAIN_ROWS:,} | {seconds:.2f} |")
    print()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    print(f"A subset takes {subset / full:.3f} of a full copy. Our process peaked at {peak} MiB.\n")
    return {
        "choosing, s": round(choosing, 2),
        "naive closure, s": round(naive, 2),
        "share of a full copy": round(subset / full, 3),
        "longest chain, s": round(max(chains.values()), 2),
    }


def fill(source: str, rows: int) -> int:
    """Make the tables and their keys; returns how many rows there are."""
    orgs = max(rows // ROWS_PER_PERSON // PEOPLE_PER_ORG, 100)
    with psycopg.connect(source, autocommit=True) as connection:
        connection.execute(TABLES)
        connection.execute(FILL.format(orgs=orgs, people=orgs * PEOPLE_PER_ORG).encode())
        for reference, parent in REFERENCES.items():
            child, columns = reference.removesuffix(")").split("(")
            connection.execute(
                f"ALTER TABLE {child} ADD FOREIGN KEY ({columns}) REFERENCES {parent}".encode()
            )
        for columns in INDEXED:
            connection.execute(f"CREATE INDEX ON {columns}".encode())
        connection.execute("VACUUM ANALYZE")
        query = "SELECT sum(reltuples)::bigint FROM pg_class WHERE relkind = 'r' AND oid > 16384"
        ((count,),) = connection.execute(query).fetchall()
    return int(count)


def _follow_chain(source: str, where: str) -> float:
    """The seconds that choosing a chain of rows takes, from one of them on."""
    with psycopg.connect(source, autocommit=True) as connection:
        connection.execute(CHAIN)
    policy = parse_policy(FULL.split("tables:", maxsplit=1)[0] + CHAIN_START.format(where))
    chosen, seconds = _choose(source, policy)
    assert chosen.counts() == {"public.link": CHAIN_ROWS}  # noqa: S101 - a wrong set has no time
    return seconds


def _choose(source: str, policy: Policy) -> tuple[Chosen, float]:
    """The rows of a subset, and the seconds that choosing them took."""
    with source_session(source) as session:
        catalog = read_catalog(session)
        plan = plan_of(session, catalog, policy)
        begun = time.perf_counter()
        found = choose_rows(session, catalog, plan, KEYS)
        return found, time.perf_counter() - begun


def _refresh(source: str, target: str, policy: Policy) -> float:
    """The seconds of a refresh, with all checks that block its publication."""
    begun = time.perf_counter()
    with opened(source, target, policy, KEYS) as refresh:
        copy, connections = refresh.copy, refresh.connections
        create_target(copy, connections.source, refresh.earlier)
        for _ in load_tables(copy, connections, copy.plan.tables):
            pass
        connections.sessions.close()
        finish_target(copy, connections.source, refresh.earlier)
        found = verdicts(Evidence(copy=copy, source=connections.source))
        publish_target(copy, connections)
    wrong = [name for name, verdict in found.items() if not verdict.holds]
    assert not wrong, wrong  # noqa: S101 - a copy that is wrong has no time
    return time.perf_counter() - begun
