"""The rehearsal of a refresh, as people count tables."""

from __future__ import annotations

import psycopg
import pytest

from privaci_core.catalog.catalog import read_catalog
from privaci_core.masks import Keys
from privaci_core.plan.plan_copy import plan_copy
from privaci_core.policy import parse_policy
from privaci_core.postgres.session import source_session
from privaci_core.stream.dry_run import dry_run_tables

pytestmark = pytest.mark.postgres


def test_partitions_are_one_table(source_db: str) -> None:
    """Their rows and sizes together, largest table first; each partition is rehearsed by itself."""
    with psycopg.connect(source_db, autocommit=True) as connection:
        connection.execute("CREATE TABLE visit (id int, who text) PARTITION BY RANGE (id)")
        for number in range(3):
            bounds = f"FROM ({number * 100}) TO ({number * 100 + 100})"
            connection.execute(
                f"CREATE TABLE visit_{number} PARTITION OF visit FOR VALUES {bounds}"
            )
        connection.execute(
            "INSERT INTO visit SELECT n, 'secret' || n FROM generate_series(0, 249) AS n"
        )
        connection.execute("CREATE TABLE tiny AS SELECT 1 AS n")
    policy = parse_policy(
        "version: '1.0'\nauto_detect: false\n"
        "tables: {public.visit: {columns: {who: {action: hash}}}}"
    )
    with source_session(source_db) as source:
        catalog = read_catalog(source)
        found = dry_run_tables(
            source,
            catalog,
            plan_copy(catalog, policy),
            Keys.of(b"a salt, long enough for tests"),
            80,
        )
    assert [each.table for each in found] == ["public.visit", "public.tiny"]
    # Two partitions have more rows than were asked for; nothing has counted them yet.
    assert (found[0].read_rows, found[0].masked) == (80 + 80 + 50, ("who",))
