"""What Postgres accepts is copied whole: drawn schemas, judged by what `pg_dump | psql` makes.

The suite draws a few. `make fuzz` draws thousands, on each server of this machine; a failure is
made small there and printed as statements, to become a scenario.
"""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING

import psycopg
import pytest
from fuzz.encodings import ANY_BYTES, encoding_of
from fuzz.oracle import differences, things_of
from fuzz.scripts import drawn_script
from fuzz.trial import MODES, build, judged, prepare, smaller
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from substrate.databases import run

if TYPE_CHECKING:
    from substrate.databases import Databases

COUNT = int(os.environ.get("PRIVACI_TEST_SCHEMAS", "6"))
FIRST = int(os.environ.get("PRIVACI_TEST_FIRST_SCHEMA", "0"))
# So many in one test: a failure ends its test alone, and the workers are done at one time.
TOGETHER = 25
HELD = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
# Most statements are taken: a generator that Postgres refuses would prove nothing.
TAKEN = 0.75


@cache
def offered_by(maintenance: str) -> tuple[int, frozenset[str]]:
    """The version of a server, and the extensions it offers."""
    with psycopg.connect(maintenance) as connection:
        offered = connection.execute("SELECT name FROM pg_available_extensions").fetchall()
        version = connection.info.server_version // 10000
    return version, frozenset(name for (name,) in offered)


def drawn_for(databases: Databases, seed: int) -> list[str]:
    """The statements of a schema for what the server is, and for the extensions it offers."""
    more = ANY_BYTES if encoding_of(seed) == "SQL_ASCII" else ()
    return [*drawn_script(seed, *offered_by(databases.maintenance)), *more]


def refuse_wrong(databases: Databases, seed: int) -> tuple[int, int]:
    """Fail with the fewest statements whose copy is wrong; else how many were drawn and taken."""
    statements = drawn_for(databases, seed)
    mode, encoding = MODES[seed % len(MODES)], encoding_of(seed)
    verdict = judged(databases, statements, mode, encoding)
    if not verdict.wrong:
        return len(statements), len(verdict.accepted)

    def still_wrong(fewer: list[str]) -> bool:
        return bool(judged(databases, fewer, mode, encoding).wrong)

    fewest = smaller(verdict.accepted, still_wrong)
    shown = [*fewest, *(f"-- {line}" for line in judged(databases, fewest, mode, encoding).wrong)]
    pytest.fail(f"schema {seed}, {mode}, {encoding}:\n" + ";\n".join(shown), pytrace=False)


@pytest.mark.postgres
def test_drawn_schemas_are_copied_whole(databases: Databases) -> None:
    """Catalogs, rows, positions and large objects equal those of Postgres's own programs."""
    prepare(databases)
    counts = [refuse_wrong(databases, seed) for seed in range(FIRST, FIRST + min(COUNT, TOGETHER))]
    assert sum(taken for _, taken in counts) > TAKEN * sum(drawn for drawn, _ in counts)


@pytest.mark.postgres
@given(seed=st.integers(min_value=1_000_000))
@settings(max_examples=2, derandomize=True, suppress_health_check=HELD)
def test_seeds_of_any_size_are_copied_whole(databases: Databases, seed: int) -> None:
    """Seeds that hypothesis chooses."""
    prepare(databases)
    refuse_wrong(databases, seed)


@pytest.mark.postgres
@pytest.mark.skipif("PRIVACI_TEST_SCHEMAS" not in os.environ, reason="make fuzz runs it")
@pytest.mark.parametrize("first", range(FIRST, FIRST + COUNT, TOGETHER))
def test_drawn_schemas_on_every_server(every_server: Databases, first: int) -> None:
    """Each version of this machine."""
    prepare(every_server)
    for seed in range(first, min(first + TOGETHER, FIRST + COUNT)):
        refuse_wrong(every_server, seed)


WHOLE = (
    "CREATE TABLE person (id integer PRIMARY KEY, name text)",
    "INSERT INTO person VALUES (1, 'Ada'), (2, 'Ida')",
    "COMMENT ON TABLE person IS 'people'",
    "CREATE SEQUENCE number",
    "SELECT pg_catalog.lo_from_bytea(4711, '\\x00ff'::bytea)",
)
DAMAGES = {
    "definition": "COMMENT ON TABLE person IS NULL",
    "row": "UPDATE person SET name = 'Eva' WHERE id = 2",
    "position": "SELECT pg_catalog.nextval('number')",
    "large object": "SELECT pg_catalog.lo_put(4711, 0, '\\xff'::bytea)",
}


@pytest.mark.postgres
def test_the_oracle_sees_each_kind_of_difference(source_db: str, target_db: str) -> None:
    """Two databases that the same statements made are equal, until one of them is changed."""
    build(source_db, WHOLE)
    build(target_db, WHOLE)
    whole = things_of(source_db)
    assert not differences(whole, things_of(target_db))
    seen = whole
    for damage, statement in DAMAGES.items():
        run(target_db, statement)
        damaged = things_of(target_db)
        assert differences(seen, damaged), damage
        seen = damaged
