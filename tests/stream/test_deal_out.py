"""A shuffle is one over the whole table, however its rows are read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg import sql

from privaci_core.catalog.catalog import read_catalog
from privaci_core.errors import CopyError
from privaci_core.masks import Keys
from privaci_core.plan.plan_copy import plan_copy
from privaci_core.policy import parse_policy
from privaci_core.postgres.session import source_session
from privaci_core.refresh.steps import copy_database
from privaci_core.stream import deal_out
from privaci_core.stream.copy_table import bind_table, copy_rows
from privaci_core.stream.ledger import KEY_BYTES, Ledger
from privaci_core.stream.tally import Tally

if TYPE_CHECKING:
    from privaci_core.policy import Policy

pytestmark = pytest.mark.postgres

KEYS = Keys.of(b"a salt of the test suite, long enough")
HEAD = 'version: "1.0"\nauto_detect: false\non_existing_data: drop_create\n'


def policy(columns: str, more: str = "") -> Policy:
    """A policy that shuffles columns of the table."""
    return parse_policy(HEAD + f"tables: {{public.t: {{columns: {{{columns}}} {more}}}}}\n")


SHUFFLED = "who: {action: shuffle}"


def made(dsn: str, *statements: str) -> None:
    """Run statements in the source."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)  # type: ignore[call-overload]


def rows_in(dsn: str, columns: str = "id, who") -> list[tuple[Any, ...]]:
    """The rows of the table."""
    with psycopg.connect(dsn) as connection:
        return connection.execute(f"SELECT {columns} FROM t ORDER BY 1, 2").fetchall()  # type: ignore[call-overload, no-any-return]


def copied(source: str, target: str, rules: Policy, columns: str = "id, who") -> list[Any]:
    """The target's rows after a copy."""
    copy_database(source, target, rules, KEYS)
    return rows_in(target, columns)


def test_blocks_of_one_row_are_shuffled(source_db: str, target_db: str) -> None:
    """Four rows, each a block of its own: none keeps its value, and none is lost."""
    made(
        source_db,
        "CREATE TABLE t (id int PRIMARY KEY, who text, body text)",
        "ALTER TABLE t ALTER body SET STORAGE EXTERNAL",
        "INSERT INTO t SELECT n, 'who' || n, repeat('x', 5000000) FROM generate_series(1, 4) AS n",
    )
    before = rows_in(source_db)
    large = copied(source_db, target_db, policy(SHUFFLED))
    assert sorted(who for _, who in large) == sorted(who for _, who in before)
    assert not {*large} & {*before}
    assert copied(source_db, target_db, policy(SHUFFLED, ", batch_size: 1")) == large


def ledgers(source: str, rules: Policy, *cuts: str) -> Ledger:
    """The sum of what the parts of a table become, each read by a session of its own."""
    found = Ledger()
    for part in cuts:
        with source_session(source) as session:
            (table,) = plan_copy(read_catalog(session), rules).tables
            tally = Tally(table, bytes(KEY_BYTES))
            stream = bind_table(session, table, KEYS)
            copy_rows(session, lambda _, b: (0, sum(map(len, b))), tally, stream, sql.SQL(part))
            found += tally.ledger()
    return found


@pytest.mark.parametrize("more", ["", "who: {action: shuffle, seed_alias: a}, "])
def test_every_cut_deals_alike(source_db: str, more: str) -> None:
    """Chunks, sessions and block sizes make no difference to any row."""
    made(
        source_db,
        "CREATE TABLE t (a int, id bigint, who text, place text, PRIMARY KEY (a, id))",
        "INSERT INTO t SELECT n % 7, n, nullif('who' || n % 50, 'who7'), 'place' || n % 9"
        " FROM generate_series(1, 5000) AS n",
    )
    rules = policy(f"{more or SHUFFLED + ', '} place: {{action: shuffle, seed_alias: a}}")
    whole = ledgers(source_db, rules, "true")
    assert whole == ledgers(source_db, rules, "id % 3 = 0", "id % 3 = 1", "id % 3 = 2")
    small = policy(
        f"{more or SHUFFLED + ', '} place: {{action: shuffle, seed_alias: a}}", ", batch_size: 7"
    )
    assert whole == ledgers(source_db, small, "id > 2500", "id <= 2500")
    with source_session(source_db) as session:
        (table,) = plan_copy(read_catalog(session), rules).tables
    assert not table.in_one_piece
    untouched = ledgers(source_db, parse_policy(HEAD), "true")
    assert whole.columns["who"].sum == untouched.columns["who"].sum
    assert whole.columns["place"].sum == untouched.columns["place"].sum
    assert whole.whole != untouched.whole


def test_rows_without_a_key_take_turns(source_db: str, target_db: str) -> None:
    """Equal rows get different values: none is given twice, and none is lost."""
    made(
        source_db,
        "CREATE TABLE t (id int, who text)",
        "INSERT INTO t SELECT n % 3, 'who' || n % 4 FROM generate_series(1, 600) AS n",
        "INSERT INTO t SELECT 1, 'who1' FROM generate_series(1, 300) AS n",
    )
    found = copied(source_db, target_db, policy(SHUFFLED, ", batch_size: 11"))
    assert sorted(who for _, who in found) == sorted(who for _, who in rows_in(source_db))
    assert found != rows_in(source_db)
    with source_session(source_db) as session:
        (table,) = plan_copy(read_catalog(session), policy(SHUFFLED)).tables
    assert table.in_one_piece


def test_partitions_trade_with_one_another(source_db: str, target_db: str) -> None:
    """A partition of one row gets a value of another partition."""
    made(
        source_db,
        "CREATE TABLE t (id int PRIMARY KEY, who text) PARTITION BY RANGE (id)",
        "CREATE TABLE t_1 PARTITION OF t FOR VALUES FROM (1) TO (2)",
        "CREATE TABLE t_2 PARTITION OF t FOR VALUES FROM (2) TO (100)",
        "INSERT INTO t SELECT n, 'who' || n FROM generate_series(1, 40) AS n",
    )
    found = copied(source_db, target_db, policy(SHUFFLED))
    assert sorted(who for _, who in found) == sorted(who for _, who in rows_in(source_db))
    assert not {*found} & {*rows_in(source_db)}


def test_a_condition_deals_among_its_own_rows(source_db: str, target_db: str) -> None:
    """The other rows keep theirs, which nobody else gets."""
    made(
        source_db,
        "CREATE TABLE t (id int PRIMARY KEY, who text)",
        "INSERT INTO t SELECT n, 'who' || n FROM generate_series(1, 100) AS n",
    )
    found = copied(source_db, target_db, policy("who: {action: shuffle, when: id > 50}"))
    before = rows_in(source_db)
    assert found[:50] == before[:50]
    assert sorted(found[50:], key=lambda row: row[1]) != sorted(before[50:], key=lambda row: row[1])
    assert {who for _, who in found[50:]} == {who for _, who in before[50:]}
    assert not {*found[50:]} & {*before[50:]}


@pytest.mark.parametrize(
    ("rows", "why"), [(1, "its only row would keep it"), (3, "each of its 3 rows would keep it")]
)
def test_a_column_of_one_value_is_refused(
    source_db: str, target_db: str, rows: int, why: str
) -> None:
    """There is nothing to trade; the value is not shown."""
    made(
        source_db,
        "CREATE TABLE t (id int PRIMARY KEY, who text)",
        f"INSERT INTO t SELECT n, 'Olga Unseen' FROM generate_series(1, {rows}) AS n",
        "INSERT INTO t VALUES (98, NULL), (99, '')",
    )
    with pytest.raises(CopyError, match=why) as refused:
        copied(source_db, target_db, policy(SHUFFLED))
    assert "Shuffling public.t.who" in str(refused.value)
    assert "Olga" not in str(refused.value)


def test_a_column_that_memory_cannot_hold_is_refused(
    source_db: str, target_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bound is said."""
    made(
        source_db,
        "CREATE TABLE t (id int PRIMARY KEY, who text)",
        "INSERT INTO t SELECT n, 'who' || n FROM generate_series(1, 100) AS n",
    )
    monkeypatch.setattr(deal_out, "MOST_BYTES", 1000)
    with pytest.raises(CopyError, match="holds the column in memory"):
        copied(source_db, target_db, policy(SHUFFLED))
