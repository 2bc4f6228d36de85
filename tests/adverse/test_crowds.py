"""Thousands of tables, of schemas and of partitions, copied by whole commands, again and again."""

from __future__ import annotations

import os
import resource
from typing import TYPE_CHECKING

import psycopg
import pytest
from adverse.commands import NOTHING, begun, ended
from fuzz.oracle import differences, things_of
from psycopg import sql

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SHARE = "PRIVACI_TEST_CROWDS"
pytestmark = [
    pytest.mark.e2e,
    pytest.mark.slow,
    pytest.mark.skipif(SHARE not in os.environ, reason="make crowds runs it"),
    pytest.mark.timeout(0),
]

# In kilobytes: a third more than docs/how-to/limits.md says of the largest.
MEMORY = 800_000
HASHED = "tables: {public.part: {columns: {who: {action: hash}}}}\n"
# No transaction may take more locks than a server has room for.
AT_ONCE = 200


def size(whole: int) -> int:
    """The size of a crowd: a part of it if PRIVACI_TEST_CROWDS says by what to divide it."""
    return whole // int(os.environ[SHARE])


def tables() -> Iterator[str]:
    """Tables of one row, each of which refers to the one before."""
    yield "CREATE TABLE t0 (id int PRIMARY KEY); INSERT INTO t0 VALUES (0);"
    for n in range(1, size(5000)):
        yield (
            f"CREATE TABLE t{n} (id int PRIMARY KEY, of_t int REFERENCES t{n - 1});"
            f" INSERT INTO t{n} VALUES ({n}, {n - 1});"
        )


def schemas() -> Iterator[str]:
    """Schemas with a table each."""
    for n in range(size(1000)):
        yield (
            f"CREATE SCHEMA s{n}; CREATE TABLE s{n}.t (id serial PRIMARY KEY, who text);"
            f" INSERT INTO s{n}.t (who) VALUES ('secret{n}');"
        )


def partitions() -> Iterator[str]:
    """Partitions of one table, with a masked column."""
    yield "CREATE TABLE part (id int PRIMARY KEY, who text) PARTITION BY RANGE (id);"
    for n in range(size(2000)):
        yield (
            f"CREATE TABLE part_{n} PARTITION OF part"
            f" FOR VALUES FROM ({n * 10}) TO ({n * 10 + 10});"
            f" INSERT INTO part VALUES ({n * 10}, 'secret{n}');"
        )


CROWDS = {"tables": (tables, ""), "schemas": (schemas, ""), "partitions": (partitions, HASHED)}


@pytest.mark.parametrize("crowd", CROWDS)
def test_a_crowd_is_copied_in_every_mode(
    source_db: str, target_db: str, tmp_path: Path, crowd: str
) -> None:
    """Each time whole, and in bounded memory."""
    made, rules = CROWDS[crowd]
    statements = list(made())
    with psycopg.connect(source_db, autocommit=True) as source:
        for first in range(0, len(statements), AT_ONCE):
            source.execute("".join(statements[first : first + AT_ONCE]).encode())
    first_copy = None
    for mode in ("drop_create", "drop_create", "truncate", "swap"):
        policy = NOTHING.replace("drop_create", mode) + rules
        assert ended(begun(tmp_path, source_db, target_db, policy), None) == (0, "")
        found = things_of(target_db)
        first_copy = first_copy or found
        assert differences(first_copy, found) == []
    if not rules:
        assert differences(things_of(source_db), first_copy) == []
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < MEMORY
    with psycopg.connect(target_db) as target:
        count = sql.SQL("SELECT count(*) FROM part WHERE who LIKE 'secret%'")
        assert not rules or target.execute(count).fetchone() == (0,)
