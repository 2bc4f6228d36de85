"""Verifying masks the source again: what a whole table or a moment decided is decided alike."""

from __future__ import annotations

import psycopg
import pytest

from privaci_core.masks import Keys
from privaci_core.policy import parse_policy
from privaci_core.prove.checks import verdicts
from privaci_core.prove.evidence import Evidence
from privaci_core.refresh.open import finished
from privaci_core.refresh.steps import copy_database

pytestmark = pytest.mark.postgres

KEYS = Keys.of(b"a salt of the test suite, long enough")
SOURCE = """
CREATE TABLE visit (id int PRIMARY KEY, who text, at timestamptz);
INSERT INTO visit SELECT n, 'who number ' || n, clock_timestamp() + n * interval '20 ms'
    FROM generate_series(-2000, 2000) AS n;
CREATE TABLE word (id int, said text, part int) PARTITION BY RANGE (part);
CREATE TABLE word_1 PARTITION OF word FOR VALUES FROM (0) TO (10);
CREATE TABLE word_2 PARTITION OF word FOR VALUES FROM (10) TO (100);
INSERT INTO word SELECT n % 5, 'word ' || n % 7, n % 100 FROM generate_series(1, 3000) AS n;
"""
POLICY = parse_policy("""version: "1.0"
auto_detect: false
on_existing_data: swap
tables:
  public.visit: {where: at <= now(), columns: {who: {action: shuffle}}}
  public.word: {columns: {said: {action: shuffle}}}
""")


@pytest.mark.parametrize("remasks", [False, True])
def test_a_shuffle_and_a_moment_are_verified(
    source_db: str, target_db: str, *, remasks: bool
) -> None:
    """Rows that became old since the copy, and other sessions, make no difference."""
    with psycopg.connect(source_db, autocommit=True) as source:
        source.execute(SOURCE)
    copy_database(source_db, target_db, POLICY, KEYS)
    with finished(source_db, target_db, POLICY, KEYS) as opened:
        session = opened.connections.source
        found = verdicts(Evidence(copy=opened.copy, source=session, remasks=remasks))
    wrong = {name: dict(verdict.wrong) for name, verdict in found.items() if verdict.wrong}
    assert wrong == {}
    assert all(verdict.holds for verdict in found.values())
