"""Databases of many tables: no transaction takes more locks than a server has room for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from builders.copies import KEYS
from substrate.databases import run

from privaci_core.policy import parse_policy
from privaci_core.postgres.session import target_session
from privaci_core.prove.rows import source_rows
from privaci_core.refresh.open import opened
from privaci_core.sql import query

if TYPE_CHECKING:
    from privaci_core.postgres.session import Connection

pytestmark = pytest.mark.postgres

LOCKED_INDEXES = """
SELECT count(*) FROM pg_catalog.pg_locks JOIN pg_catalog.pg_class ON oid = relation
JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = relnamespace
WHERE pid = pg_catalog.pg_backend_pid() AND relkind = 'i' AND nspname = 'public'
"""


def locked_indexes(session: Connection) -> int:
    """How many indexes of tables a session holds."""
    ((count,),) = session.execute(LOCKED_INDEXES).fetchall()
    return int(count)


def test_the_snapshot_holds_tables_and_none_of_their_indexes(
    source_db: str, target_db: str
) -> None:
    """To sample, to try and to count locks indexes: thousands of them would fill the lock table."""
    indexes = ", ".join(f"c{n} text UNIQUE" for n in range(5))
    run(source_db, *(f"CREATE TABLE t{n} (id int PRIMARY KEY, {indexes})" for n in range(5)))
    where = parse_policy(
        'version: "1.0"\ntables: {public.t0: {where: "id > 3"}, public.t1: {where: "id > 3"}}\n'
    )
    with opened(source_db, target_db, where, KEYS) as refresh:
        source = refresh.connections.source
        assert source_rows(refresh.copy, source) == {f"public.t{n}": 0 for n in range(5)}
        assert locked_indexes(source) == 0


def test_partitions_are_dropped_before_their_table(target_db: str) -> None:
    """To drop a table of two thousand partitions by one statement takes ten thousand locks."""
    run(
        target_db,
        "CREATE TABLE p (id int) PARTITION BY RANGE (id)",
        "CREATE TABLE p_low PARTITION OF p FOR VALUES FROM (0) TO (10) PARTITION BY RANGE (id)",
        "CREATE TABLE p_low_1 PARTITION OF p_low FOR VALUES FROM (0) TO (5)",
        "CREATE TABLE z_1 PARTITION OF p FOR VALUES FROM (10) TO (20)",
    )
    with target_session(target_db, autocommit=True) as target:
        drops = [command for (command,) in target.execute(query("drop_objects"))]
    named = (command.split()[4] for command in drops if command.startswith("DROP TABLE"))
    tables = list(dict.fromkeys(named))
    assert tables[:2] == ["public.p_low_1", "public.z_1"]
    assert sorted(tables[2:]) == ["public.p", "public.p_low"]
