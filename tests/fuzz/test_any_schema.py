"""What Postgres accepts is copied whole: drawn schemas, judged by what `pg_dump | psql` makes.

The suite draws a few. `make fuzz` draws thousands, on each server of this machine; a failure is
made small there and printed as statements, to become a scenario.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import psycopg
import pytest
from fuzz.scripts import script_of
from fuzz.trial import MODES, judged, prepare, smaller
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from substrate.databases import Databases

COUNT = int(os.environ.get("PRIVACI_TEST_SCHEMAS", "6"))
FIRST = int(os.environ.get("PRIVACI_TEST_FIRST_SCHEMA", "0"))
HELD = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
# Most statements are taken: a generator that Postgres refuses would prove nothing.
TAKEN = 0.75


def drawn_for(databases: Databases, seed: int) -> list[str]:
    """The statements of a schema for what the server is, and for the extensions it offers."""
    with psycopg.connect(databases.maintenance) as connection:
        offered = connection.execute("SELECT name FROM pg_available_extensions").fetchall()
        version = connection.info.server_version // 10000
    return script_of(seed, version, frozenset(name for (name,) in offered))


def refuse_wrong(databases: Databases, seed: int) -> tuple[int, int]:
    """Fail with the fewest statements whose copy is wrong; else how many were drawn and taken."""
    statements = drawn_for(databases, seed)
    mode = MODES[seed % len(MODES)]
    verdict = judged(databases, statements, mode)
    if not verdict.wrong:
        return len(statements), len(verdict.accepted)

    def still_wrong(fewer: list[str]) -> bool:
        return bool(judged(databases, fewer, mode).wrong)

    fewest = smaller(verdict.accepted, still_wrong)
    shown = [*fewest, *(f"-- {line}" for line in judged(databases, fewest, mode).wrong)]
    pytest.fail(f"schema {seed}, {mode}:\n" + ";\n".join(shown), pytrace=False)


@pytest.mark.postgres
def test_drawn_schemas_are_copied_whole(databases: Databases) -> None:
    """Catalogs, rows, positions and large objects equal those of Postgres's own programs."""
    prepare(databases)
    counts = [refuse_wrong(databases, seed) for seed in range(FIRST, FIRST + COUNT)]
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
def test_drawn_schemas_on_every_server(every_server: Databases) -> None:
    """Each version of this machine."""
    prepare(every_server)
    for seed in range(FIRST, FIRST + COUNT):
        refuse_wrong(every_server, seed)
