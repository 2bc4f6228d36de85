"""What repeats an allowed column is no alarm; what repeats another is one, whatever is allowed."""

from __future__ import annotations

import psycopg
import pytest
from substrate.databases import run

from privaci_core.masks import Keys
from privaci_core.policy import parse_policy
from privaci_core.prove.evidence import Evidence
from privaci_core.prove.search.no_originals import no_originals
from privaci_core.refresh.open import finished
from privaci_core.refresh.steps import copy_database

pytestmark = pytest.mark.postgres

KEYS = Keys.of(b"a salt of the test suite, long enough")
SCHEMA = """
CREATE TABLE person (id int PRIMARY KEY, email text);
CREATE TABLE note (id int PRIMARY KEY, text text, aside text);
CREATE TABLE other (id int PRIMARY KEY, text text);
CREATE TABLE part (id int, text text) PARTITION BY RANGE (id);
CREATE TABLE part_1 PARTITION OF part FOR VALUES FROM (0) TO (99);
INSERT INTO person SELECT n, 'nimue' || n || '@corp.example' FROM generate_series(1, 9) AS n;
INSERT INTO note SELECT id, email, 'x' FROM person;
INSERT INTO other SELECT n, 'nothing' FROM generate_series(1, 9) AS n;
INSERT INTO part SELECT n, 'nothing' FROM generate_series(1, 9) AS n;
"""
POLICY = parse_policy(
    """version: "1.0"
auto_detect: false
tables:
  public.person: {columns: {email: {action: hash}}}
  public.note: {columns: {text: {action: passthrough}}}
"""
)
ADDRESS, EMAIL = "'nimue7@corp.example'", "public.person.email"
STALE = "UPDATE {0} SET text = 'nimue7@corp.example'; ANALYZE {0}; UPDATE {0} SET text = 'nothing'"
# What a target may have beside what it should, and where it is found.
OTHERS = {
    "a materialized view": (
        f"CREATE MATERIALIZED VIEW seen AS SELECT {ADDRESS}::text AS who",
        {"public.seen.who", "the definition of materialized view public.seen"},
    ),
    "a generated column": (
        f"ALTER TABLE other ADD g text GENERATED ALWAYS AS ({ADDRESS}) STORED",
        {"public.other.g", "the default of column g of table public.other"},
    ),
    "statistics of another table": (STALE.format("other"), {"the statistics of public.other.text"}),
    "statistics of another column": (
        f"UPDATE note SET aside = {ADDRESS}; ANALYZE note; UPDATE note SET aside = 'x'",
        {"the statistics of public.note.aside"},
    ),
    "an index's statistics": (
        "CREATE INDEX lowered ON other (lower(text)); " + STALE.format("other"),
        {"the statistics of public.lowered.lower", "the statistics of public.other.text"},
    ),
    "extended statistics": (
        "CREATE STATISTICS together (mcv) ON id, text FROM other; " + STALE.format("other"),
        {"the statistics of public.together", "the statistics of public.other.text"},
    ),
    "statistics of expressions": (
        "CREATE STATISTICS upper_case ON upper(text) FROM other; " + STALE.format("other"),
        {"the statistics of public.upper_case", "the statistics of public.other.text"},
    ),
}
REPEATED = """
CREATE VIEW between AS SELECT upper(text) AS who FROM note;
CREATE MATERIALIZED VIEW seen AS SELECT who FROM between;
ALTER TABLE note ADD g text GENERATED ALWAYS AS (lower(text)) STORED;
CREATE INDEX lowered ON note (lower(text));
CREATE STATISTICS together (mcv) ON id, text FROM note;
CREATE STATISTICS upper_case ON upper(text) FROM note;
ANALYZE
"""


def wrong_after(source: str, target: str, statements: str) -> dict[str, object]:
    """Where originals are in a copy that was changed."""
    run(source, SCHEMA)
    copy_database(source, target, POLICY, KEYS)
    run(target, *statements.split("; "))
    with finished(source, target, POLICY, KEYS) as opened:
        evidence = Evidence(copy=opened.copy, source=opened.connections.source)
        return dict(no_originals(evidence).wrong)


@pytest.mark.parametrize("place", OTHERS)
def test_what_repeats_no_allowed_column_is_found(
    source_db: str, target_db: str, place: str
) -> None:
    """Though the same originals stand in a column that `passthrough` allows."""
    statements, places = OTHERS[place]
    found = wrong_after(source_db, target_db, statements)
    assert found.keys() == places
    assert all(EMAIL in origins for origins in found.values())  # type: ignore[attr-defined]


def test_what_repeats_an_allowed_column_is_no_alarm(source_db: str, target_db: str) -> None:
    """By a view, an expression, a generated column, an index, and in every kind of statistics."""
    assert wrong_after(source_db, target_db, REPEATED.strip().replace(";\n", "; ")) == {}


def test_a_parent_repeats_its_partitions(source_db: str, target_db: str) -> None:
    """Its statistics are named where no partition has the original."""
    stays = "UPDATE part SET text = 'nimue7@corp.example'; ANALYZE part"
    found = wrong_after(source_db, target_db, stays)
    assert found.keys() == {"public.part.text"}
    with psycopg.connect(target_db, autocommit=True) as target:
        target.execute("UPDATE part SET text = 'nothing'")
    with finished(source_db, target_db, POLICY, KEYS) as opened:
        evidence = Evidence(copy=opened.copy, source=opened.connections.source)
        found = dict(no_originals(evidence).wrong)
    assert "the statistics of public.part.text" in found
