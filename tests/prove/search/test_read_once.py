"""A large table is searched in parts, and its rows are read for search and ledgers at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from privaci_core.errors import CopyError
from privaci_core.masks import Keys
from privaci_core.policy import parse_policy
from privaci_core.prove import evidence as evidence_of
from privaci_core.prove.evidence import Evidence
from privaci_core.prove.rows import rows_are_masked, same_rows
from privaci_core.prove.search import search_target
from privaci_core.prove.search.no_originals import no_originals
from privaci_core.refresh.open import finished
from privaci_core.refresh.steps import copy_database

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from privaci_core.prove.verdict import Verdict

pytestmark = pytest.mark.postgres

KEYS = Keys.of(b"a salt of the test suite, long enough")
ROWS = 3000
# Many blocks; a table of one column more, one that was loaded as text, a partitioned one.
TABLES = f"""
CREATE TYPE mood AS ENUM ('glad');
CREATE TABLE person (id int PRIMARY KEY, email text, account bigint, number text);
INSERT INTO person SELECT n, 'nimue' || n || '@corp.example', 10000000 + n * 7654321::bigint,
    n FROM generate_series(1, {ROWS}) AS n;
CREATE TABLE felt AS SELECT ARRAY['glad'::mood] AS moods;
CREATE TABLE made (id int, email text, upper text GENERATED ALWAYS AS (upper(email)) STORED);
INSERT INTO made SELECT n, 'yseult' || n || '@corp.example' FROM generate_series(1, {ROWS}) AS n;
CREATE TABLE part (id int, email text) PARTITION BY RANGE (id);
CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM (0) TO (10);
CREATE TABLE part_2 (email text, id int);
ALTER TABLE part ATTACH PARTITION part_2 FOR VALUES FROM (10) TO (100000);
INSERT INTO part SELECT n, 'morgan' || n || '@corp.example' FROM generate_series(1, {ROWS}) AS n;
CREATE TABLE empty_one (id int, text text);
"""
POLICY = """version: "1.0"
auto_detect: false
tables:
  public.person:
    columns: {email: {action: fake, provider: email}, account: {action: hash}}
  public.made: {columns: {email: {action: hash}}}
  public.part: {columns: {email: {action: hash}}}
"""
# By chance one number in many is an account; a part of the table has too few to tell.
PLANTED = (
    "UPDATE person SET number = 'of nimue' || id || '@corp.example' WHERE id % 300 = 7",
    "UPDATE person SET number = 10000000 + (id + 1) * 7654321::bigint WHERE id % 300 = 8",
    "UPDATE part SET email = 'nimue' || id || '@corp.example' WHERE id = 8",
)
FOUND = {
    "public.part.email": {"public.person.email": 1},
    "public.person.number": {"public.person.account": 10, "public.person.email": 10},
}


@pytest.fixture
def copied(source_db: str, target_db: str) -> tuple[str, str, Any]:
    """A copy of some tables."""
    run(source_db, TABLES)
    policy = parse_policy(POLICY)
    copy_database(source_db, target_db, policy, KEYS)
    return source_db, target_db, policy


def run(dsn: str, *statements: str) -> None:
    """Change something."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


@pytest.fixture
def in_parts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every table is large; the statements that read them."""
    asked: list[str] = []
    statement = search_target.rows_statement

    def noted(*what: Any) -> Any:
        made = statement(*what)
        asked.append(made.as_string(None))
        return made

    monkeypatch.setattr(search_target, "SHARED_BYTES", 0)
    monkeypatch.setattr(search_target, "rows_statement", noted)
    return asked


def opened(copied: tuple[str, str, Any]) -> AbstractContextManager[Any]:
    """The copy, to be proved."""
    source, target, policy = copied
    return finished(source, target, policy, KEYS)


def searched(copied: tuple[str, str, Any]) -> Verdict:
    """What the search finds."""
    with opened(copied) as refresh:
        return no_originals(Evidence(copy=refresh.copy, source=refresh.connections.source))


def test_parts_find_what_one_session_finds(
    copied: tuple[str, str, Any], in_parts: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same counts; a server that cannot scan ranges of blocks reads each table whole."""
    run(copied[1], *PLANTED)
    parts = searched(copied)
    assert parts.wrong == FOUND
    assert sum('FROM ONLY "public"."person" WHERE ctid' in each for each in in_parts) == 4
    in_parts.clear()
    monkeypatch.setattr(search_target, "TID_RANGE_SCAN", 990000)
    assert searched(copied) == parts
    assert not any("ctid" in each for each in in_parts)


def test_rows_that_are_searched_are_not_read_again(
    copied: tuple[str, str, Any], in_parts: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """But where a column is computed, or the ledger was kept of rows in another form."""
    read: list[str] = []
    read_back = evidence_of.read_back

    def noted(dsn: str, catalog: Any, wants: Any, *more: Any) -> Any:
        read.extend(wants)
        return read_back(dsn, catalog, wants, *more)

    monkeypatch.setattr(evidence_of, "read_back", noted)
    with opened(copied) as refresh:
        evidence = Evidence(copy=refresh.copy, source=refresh.connections.source)
        assert no_originals(evidence).holds
        assert rows_are_masked(evidence).holds
        assert same_rows(evidence).holds
    assert in_parts
    assert sorted(read) == ["public.felt", "public.made"]


def test_what_changed_is_found_by_either_order(
    copied: tuple[str, str, Any], in_parts: list[str]
) -> None:
    """A value, a row, and values that have changed places, in each kind of table."""
    run(
        copied[1],
        "UPDATE person SET email = 'other@example.test' WHERE id = 2999",
        "DELETE FROM made WHERE id = 5",
        "UPDATE part SET email = (SELECT email FROM part AS o WHERE o.id = 21 - part.id)"
        " WHERE id IN (9, 12)",
    )
    found = []
    for first, second in ((no_originals, rows_are_masked), (rows_are_masked, no_originals)):
        with opened(copied) as refresh:
            evidence = Evidence(copy=refresh.copy, source=refresh.connections.source)
            found.append({check: check(evidence).wrong for check in (first, second)})
    assert found[0] == found[1]
    assert found[0][rows_are_masked].keys() == {"public.person", "public.made", "public.part"}
    assert in_parts


def test_a_part_whose_session_ends_is_told_in_a_sentence(
    copied: tuple[str, str, Any], in_parts: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No table is published of which a part was not searched."""
    read = search_target.read_rows

    def cut(connection: Any, *what: Any) -> Any:
        run(copied[1], f"SELECT pg_terminate_backend({connection.info.backend_pid}, 5000)")
        return read(connection, *what)

    monkeypatch.setattr(search_target, "read_rows", cut)
    with pytest.raises(CopyError, match="Searching the target for originals"):
        searched(copied)
    assert in_parts
