"""Mistakes of a person who begins: each is named, and none is called unexpected."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import psycopg
import pytest
from e2e.shop import RULES, Shop
from psycopg.conninfo import make_conninfo

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

pytestmark = pytest.mark.e2e

PEOPLE = """
CREATE TABLE person (id int PRIMARY KEY, email text);
INSERT INTO person SELECT n, 'nimue' || n || '@corp.example' FROM generate_series(1, 30) AS n;
"""


@pytest.fixture
def shop(source_db: str, target_db: str, tmp_path: Path) -> Shop:
    """Thirty people, and a target that is still empty."""
    with psycopg.connect(source_db, autocommit=True) as connection:
        connection.execute(PEOPLE)
    return Shop(tmp_path, source_db, target_db)


def test_verify_says_that_no_refresh_made_the_rows(shop: Shop) -> None:
    """A database that another tool filled, or nothing, is no copy that somebody has damaged."""
    done = shop.privaci("verify")
    assert done.returncode == 1
    assert "no refresh has published rows in" in done.stderr
    assert "`privaci run` makes the copy" in done.stderr


def test_an_earlier_plan_is_read_before_the_source(shop: Shop) -> None:
    """One that is not there ends the command with what to do, without a connection."""
    done = shop.privaci("plan", "--against", "plan.json", SOURCE_DB_URL="postgresql://127.0.0.1:1/")
    assert done.returncode == 2
    assert "error: Reading plan.json" in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("init", "--force", "--output", "taken"), "error: Writing taken"),
        (("introspect", "--lock", "missing/lock.json"), "error: Writing the lock file missing/"),
    ],
)
def test_a_file_that_cannot_be_written_is_named(
    shop: Shop, words: Sequence[str], said: str
) -> None:
    """It is a mistake of the one who names it, not an unexpected error."""
    (shop.folder / "taken").mkdir()
    done = shop.privaci(*words)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Name another" in done.stderr


@pytest.mark.parametrize(
    "words",
    [("run", "--tables", ""), ("run", "--tables", " , "), ("run", "--subset-start", "")],
)
def test_a_choice_that_names_nothing_is_refused(shop: Shop, words: Sequence[str]) -> None:
    """An unset variable of a script would otherwise replace the whole target."""
    done = shop.privaci(*words)
    assert done.returncode == 2
    assert "it names nothing" in done.stderr
    with psycopg.connect(shop.target) as connection:
        found = connection.execute("SELECT to_regclass('public.person')").fetchone()
    assert found == (None,)


def test_a_dry_run_asks_for_the_right_to_swap(shop: Shop) -> None:
    """A refresh would end at its first step, so a rehearsal does too."""
    role = f"no_createdb_{uuid.uuid4().hex[:8]}"
    shop.write(RULES.replace("drop_create", "swap"))
    with psycopg.connect(shop.target, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {role} LOGIN")
        connection.execute(f"GRANT CREATE ON DATABASE {connection.info.dbname} TO {role}")
        done = shop.privaci("dry-run", TARGET_DB_URL=make_conninfo(shop.target, user=role))
        connection.execute(f"DROP OWNED BY {role}")
        connection.execute(f"DROP ROLE {role}")
    assert done.returncode == 2
    assert "the user may not create databases" in done.stderr
