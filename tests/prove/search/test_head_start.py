"""The originals are read while the target is completed, and the search takes what was read."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg import sql

from privaci_core.errors import CopyError
from privaci_core.masks import Keys
from privaci_core.policy import parse_policy
from privaci_core.prove.evidence import Evidence
from privaci_core.prove.search import head_start as starting
from privaci_core.prove.search import no_originals as searching
from privaci_core.prove.search import originals
from privaci_core.prove.search.head_start import head_start
from privaci_core.refresh.open import finished
from privaci_core.refresh.steps import copy_database

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.postgres

KEYS = Keys.of(b"a salt of the test suite, long enough")
TABLES = """
CREATE TABLE person (id int PRIMARY KEY, email text, note text, other text);
INSERT INTO person SELECT n, 'nimue' || n || '@corp.example', 'met Nimue Lakewood at noon'
FROM generate_series(1, 200) AS n;
CREATE TABLE visit (id int PRIMARY KEY, person int REFERENCES person);
"""
POLICY = """version: "1.0"
auto_detect: false
tables:
  public.person: {columns: {email: {action: hash}, note: {action: ner_mask}}}
"""
PLANTED = "UPDATE person SET other = 'nimue7@corp.example with Nimue Lakewood' WHERE id = 9"
FOUND = {"public.person.other": {"public.person.email": 1, "public.person.note": 1}}
SETTLES = POLICY + "  public.visit: {orphan_rows: 'null'}\n"
SLOW = sql.SQL("COPY (SELECT '', pg_catalog.pg_sleep(60)::text) TO STDOUT (FORMAT binary)")
READING = (
    "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%'"
    " AND pid <> pg_backend_pid() AND datname = current_database()"
)


def run(dsn: str, statement: str) -> Any:
    """Change something, or ask."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        found = connection.execute(statement.encode())
        return found.fetchall() if found.description else None


def wait_until(source: str, *, reads: bool) -> None:
    """The slow reading of originals is there, or has ended."""
    while (run(source, READING) != [(0,)]) is not reads:
        time.sleep(0.02)


@pytest.fixture
def evidence(source_db: str, target_db: str) -> Iterator[Evidence]:
    """A copy with originals put back into it."""
    run(source_db, TABLES)
    policy = parse_policy(POLICY)
    copy_database(source_db, target_db, policy, KEYS)
    run(target_db, PLANTED)
    with finished(source_db, target_db, policy, KEYS) as opened:
        yield Evidence(copy=opened.copy, source=opened.connections.source)


def test_the_search_takes_what_was_read(
    evidence: Evidence, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And finds what it finds without; names that only the target tells of are added then."""
    without = searching.no_originals(evidence)
    assert without.wrong == FOUND
    with head_start(evidence):
        pass
    monkeypatch.delattr(searching, "read_originals")
    assert searching.no_originals(evidence) == without
    assert not evidence.originals


def test_an_error_meanwhile_ends_the_reading(
    evidence: Evidence, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told at once, whatever the source still has to send."""
    monkeypatch.setattr(originals, "originals_statement", lambda *_: SLOW)
    dsn = evidence.copy.ends.source

    def fail() -> None:
        wait_until(dsn, reads=True)
        raise CopyError("Adding a key", "it is there", "Remove it")

    with pytest.raises(CopyError, match="Adding a key"), head_start(evidence):
        fail()
    wait_until(dsn, reads=False)
    assert not evidence.originals


def test_no_other_query_follows_an_error(
    evidence: Evidence, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cancel that comes between two tables would end neither."""
    raised, ended = threading.Event(), list[BaseException]()

    def next_table(source: Any, *_: Any) -> None:
        raised.wait()
        try:
            source.execute("SELECT pg_catalog.pg_sleep(60)")
        except psycopg.OperationalError as error:
            ended.append(error)

    monkeypatch.setattr(starting, "read_originals", next_table)
    monkeypatch.setattr(psycopg.Connection, "cancel_safe", lambda *_, **__: raised.set())
    with pytest.raises(CopyError, match="Adding a key"), head_start(evidence):
        raise CopyError("Adding a key", "it is there", "Remove it")
    assert len(ended) == 1


def test_an_interrupt_ends_what_is_still_read(
    evidence: Evidence, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The target is complete by then, and only the source keeps the run."""

    def interrupted(_: Any) -> None:
        wait_until(dsn, reads=True)
        raise KeyboardInterrupt

    dsn = evidence.copy.ends.source
    monkeypatch.setattr(originals, "originals_statement", lambda *_: SLOW)
    monkeypatch.setattr(starting, "wait", interrupted)
    with pytest.raises(KeyboardInterrupt), head_start(evidence):
        pass
    wait_until(dsn, reads=False)
    assert not evidence.originals


def test_a_source_that_ends_the_reading_is_told_in_a_sentence(
    evidence: Evidence, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The snapshot has ended with it, so nothing else is asked of the source."""
    monkeypatch.setattr(originals, "originals_statement", lambda *_: SLOW)
    number = evidence.source.info.backend_pid
    told = pytest.raises(CopyError, match=r"Reading originals of public\.person")
    with told, head_start(evidence):
        run(evidence.copy.ends.source, f"SELECT pg_terminate_backend({number}, 5000)")
    assert not evidence.originals


def test_what_settles_orphans_has_the_source_alone(source_db: str, target_db: str) -> None:
    """It asks the source while the target is completed."""
    run(source_db, TABLES)
    policy = parse_policy(SETTLES)
    copy_database(source_db, target_db, policy, KEYS)
    with finished(source_db, target_db, policy, KEYS) as opened:
        evidence = Evidence(copy=opened.copy, source=opened.connections.source)
        with head_start(evidence):
            assert evidence.source.execute("SELECT 1").fetchone() == (1,)
        assert not evidence.originals
