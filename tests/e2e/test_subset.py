"""A subset is shown before it is copied, started from the command line, and copied."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest
from e2e.shop import RULES, Shop

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.e2e

SCHEMA = """
CREATE TABLE person (id int PRIMARY KEY, email text UNIQUE, boss int REFERENCES person);
CREATE TABLE visit (id int PRIMARY KEY, person int NOT NULL REFERENCES person);
INSERT INTO person SELECT n, 'n' || n || '@lake.example', nullif(n / 2, 0)
    FROM generate_series(1, 40) AS n;
INSERT INTO visit SELECT n, 1 + n % 40 FROM generate_series(1, 200) AS n;
"""
ONE = "public.person: id = 30"


@pytest.fixture
def shop(source_db: str, target_db: str, tmp_path: Path) -> Shop:
    """People with bosses, and their visits."""
    with psycopg.connect(source_db, autocommit=True) as connection:
        connection.execute(SCHEMA)
    return Shop(tmp_path, source_db, target_db)


def test_one_persons_bug_is_shown_copied_and_verified(shop: Shop) -> None:
    """Their visits, and the bosses above."""
    shown = shop.json("subset", "--subset-start", ONE)
    assert {each["table"]: each["rows"] for each in shown["tables"]} == {
        "public.person": 5,
        "public.visit": 5,
    }
    planned = shop.privaci("plan", "--subset-start", ONE)
    assert "starts with public.person" in planned.stdout, planned.stderr
    assert "starts with" not in shop.privaci("plan").stdout
    done = shop.privaci("run", "--subset-start", ONE, "--log-format", "none")
    assert done.returncode == 0, done.stderr
    assert "2 tables, 10 rows" in done.stdout
    with psycopg.connect(shop.target) as target:
        people = target.execute("SELECT id, email LIKE 'n%@lake%' FROM person ORDER BY 1")
        assert people.fetchall() == [(each, False) for each in (1, 3, 7, 15, 30)]
        visits = target.execute("SELECT count(*), min(person), max(person) FROM visit")
        assert visits.fetchall() == [(5, 30, 30)]
    verified = shop.privaci("verify", "--subset-start", ONE)
    assert verified.returncode == 0, verified.stdout + verified.stderr


def test_a_start_that_matches_nothing_is_refused(shop: Shop) -> None:
    """With the exit code of a policy that does not fit; nothing is written."""
    refused = shop.privaci("run", "--subset-start", "public.person: id = 99")
    assert (refused.returncode, "matches no row" in refused.stderr) == (3, True)
    assert "Traceback" not in refused.stderr


def test_a_subset_of_the_policy_is_drawn(shop: Shop) -> None:
    """The picture is a file beside the output."""
    shop.write(f"{RULES}subset: {{ start: [{{ table: public.person, rows: 4 }}] }}\n")
    planned = shop.privaci("plan")
    assert "starts with public.person: 4 of the rows" in planned.stdout, planned.stderr
    beside = shop.privaci("plan", "--format", "json")
    assert "starts with public.person" in beside.stderr
    shown = shop.privaci("subset", "--format", "markdown", "--picture", "subset.svg")
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout.startswith("# The subset")
    assert (shop.folder / "subset.svg").read_text().startswith("<svg")
