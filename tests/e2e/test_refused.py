"""A refused publication on the command line: what is said, and what is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest
from e2e.shop import RULES, Shop
from substrate.databases import name_of, run

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.e2e

TABLES = (
    "CREATE TABLE person (id int PRIMARY KEY, email text UNIQUE, note text)",
    """INSERT INTO person SELECT n, 'secret' || n || '@corp.example', 'nothing'
       FROM generate_series(1, 50) AS n""",
    "UPDATE person SET note = 'write to ' || email WHERE id = 7",
)


@pytest.mark.parametrize(
    ("mode", "fate", "said", "tables"),
    [
        ("drop_create", "keep", "the target is closed to other roles", 1),
        ("drop_create", "empty", "the target is empty, and closed to other roles", 0),
        ("swap", "empty", "serves its old rows; the refused copy was dropped", 0),
    ],
)
def test_a_refused_run_says_who_can_read_the_target(  # noqa: PLR0913, PLR0917 - what differs
    source_db: str, target_db: str, tmp_path: Path, mode: str, fate: str, said: str, tables: int
) -> None:
    """After the checks that refused it; no value is shown."""
    run(source_db, *TABLES)
    shop = Shop(tmp_path, source_db, target_db)
    shop.write(RULES.replace("drop_create", mode))
    done = shop.privaci("run", "--log-format", "none", "--on-failed-proof", fate)
    assert done.returncode == 1
    assert "the check no_originals failed" in done.stderr
    assert said in done.stderr
    assert "secret7" not in done.stderr
    with psycopg.connect(target_db) as target:
        count = "SELECT count(*) FROM pg_class WHERE relname = 'person'"
        assert target.execute(count).fetchone() == (tables,)
        limit = "SELECT datconnlimit FROM pg_database WHERE datname = current_database()"
        assert target.execute(limit).fetchone() == (-1 if mode == "swap" else 0,)
        beside = "SELECT count(*) FROM pg_database WHERE datname = %s"
        assert target.execute(beside, [f"{name_of(target_db)}_next"]).fetchone() == (0,)
