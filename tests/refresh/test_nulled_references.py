"""References that are set to NULL: the ledger follows, and nothing else of the rows may change."""

from __future__ import annotations

import psycopg
import pytest

from privaci_core.errors import PolicyError
from privaci_core.masks import Keys
from privaci_core.policy import parse_policy
from privaci_core.prove.checks import CHECK_NAMED
from privaci_core.prove.evidence import Evidence
from privaci_core.refresh.open import finished
from privaci_core.refresh.steps import copy_database

pytestmark = pytest.mark.postgres

KEYS = Keys.of(b"a salt of the test suite, long enough")
TABLES = """
CREATE TABLE person (id int PRIMARY KEY, email text, boss int REFERENCES person, tag text[]);
INSERT INTO person
SELECT n, 'nimue' || n || '@corp.example', nullif(n - 1, 0), ARRAY['a', NULL]
FROM generate_series(1, 40) AS n;
CREATE TABLE visit (
    id int, person int REFERENCES person, other int REFERENCES person, place text,
    PRIMARY KEY (id, place)
) PARTITION BY LIST (place);
CREATE TABLE visit_a PARTITION OF visit FOR VALUES IN ('a');
CREATE TABLE visit_b PARTITION OF visit FOR VALUES IN ('b');
INSERT INTO visit
SELECT n, n, 41 - n, CASE WHEN n % 2 = 0 THEN 'a' ELSE 'b' END FROM generate_series(1, 40) AS n;
"""
POLICY = """version: "1.0"
auto_detect: false
tables:
  public.person:
    where: id % 4 <> 0
    null_orphan_fks: true
    columns: {email: {action: hash}}
  public.visit: {null_orphan_fks: true, columns: {}}
"""


@pytest.fixture
def copied(source_db: str, target_db: str) -> tuple[str, str]:
    """A copy in which a quarter of the people is missing."""
    with psycopg.connect(source_db, autocommit=True) as source:
        source.execute(TABLES.encode())
    copy_database(source_db, target_db, parse_policy(POLICY), KEYS)
    return source_db, target_db


@pytest.mark.parametrize("remasks", [False, True])
def test_a_nulled_reference_is_in_the_ledger(copied: tuple[str, str], *, remasks: bool) -> None:
    """In partitions too, and where one row loses both of its references."""
    with finished(*copied, parse_policy(POLICY), KEYS) as opened:
        evidence = Evidence(
            copy=opened.copy,
            source=opened.connections.source,
            remasks=remasks,
        )
        assert CHECK_NAMED["rows_are_masked"].find(evidence).wrong == {}
        assert CHECK_NAMED["same_rows"].find(evidence).wrong == {}
        nulls = evidence.ledgers.found["public.visit"].columns
    assert (nulls["person"].nulls, nulls["other"].nulls) == (10, 10)


@pytest.mark.parametrize(
    "spoil",
    [
        "UPDATE visit SET person = NULL WHERE id = 1",
        "UPDATE visit SET person = 1 WHERE id = 4",
        "UPDATE person SET boss = NULL WHERE id = 2",
        "UPDATE person SET tag = '{}' WHERE id = 5",
    ],
)
def test_another_reference_that_changes_is_found(copied: tuple[str, str], spoil: str) -> None:
    """One more NULL, one fewer, and a value beside a nulled reference."""
    with psycopg.connect(copied[1], autocommit=True) as target:
        target.execute(spoil.encode())
    with finished(*copied, parse_policy(POLICY), KEYS) as opened:
        evidence = Evidence(copy=opened.copy, source=opened.connections.source)
        assert CHECK_NAMED["rows_are_masked"].find(evidence).wrong


@pytest.mark.parametrize("own", ["NOT NULL", ""])
def test_a_domain_that_is_never_null_is_refused_in_the_plan(
    source_db: str, target_db: str, own: str
) -> None:
    """Also where the domain below it says so; the copy ended in a traceback."""
    with psycopg.connect(source_db, autocommit=True) as source:
        source.execute(f"""
            CREATE DOMAIN below AS int {"" if own else "NOT NULL"};
            CREATE DOMAIN number AS below {own};
            CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (p number REFERENCES p);
            INSERT INTO p VALUES (1), (2); INSERT INTO c VALUES (1), (2);
        """)
    nulls = f"{POLICY.partition('tables')[0]}orphan_rows: 'null'\n"
    policy = parse_policy(f"{nulls}tables: {{public.p: {{where: id = 1}}}}\n")
    with pytest.raises(PolicyError, match="its column p is NOT NULL"):
        copy_database(source_db, target_db, policy, KEYS)
