"""`now()` in a predicate: one moment for all readers, checks, resumed runs and `verify`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import psycopg
import pytest

from privaci_core.masks import Keys
from privaci_core.policy import parse_policy
from privaci_core.refresh.open import finished, opened
from privaci_core.refresh.steps import copy_database, create_target
from privaci_core.target.claim import Claim

if TYPE_CHECKING:
    from collections.abc import Callable

    from privaci_core.policy import Policy

pytestmark = pytest.mark.postgres

KEYS = Keys.of(b"a salt of the test suite, long enough")
# A row for each hundredth of a second, some minutes around the present.
ROWS = """
CREATE TABLE t AS SELECT n AS id, clock_timestamp() + n * interval '10 ms' AS at
    FROM generate_series(-20000, 20000) AS n
"""
UP_TO_NOW = "SELECT count(*) FROM t WHERE at <= (SELECT at FROM _privaci.moment)"


def policy(existing: str) -> Policy:
    """Rows up to the present alone."""
    return parse_policy(
        f'version: "1.0"\nauto_detect: false\non_existing_data: {existing}\n'
        "tables: {public.t: {where: at <= now()}}\n"
    )


@pytest.fixture
def source(source_db: str) -> str:
    """A table in which each moment chooses other rows."""
    with psycopg.connect(source_db, autocommit=True) as connection:
        connection.execute(ROWS)
    return source_db


def test_all_sessions_choose_the_same_rows(source: str, target_db: str) -> None:
    """The reader of rows and the checks, which connect later, agree; the target says on what."""
    rows = copy_database(source, target_db, policy("swap"), KEYS).tables["public.t"].rows
    with psycopg.connect(target_db) as target:
        assert target.execute(UP_TO_NOW).fetchone() == (rows,)
        assert target.execute("SELECT count(*) FROM t").fetchone() == (rows,)


def test_verifying_later_means_the_same_moment(source: str, target_db: str) -> None:
    """What became old or new since then is no difference."""
    copy_database(source, target_db, policy("drop_create"), KEYS)
    with finished(source, target_db, policy("drop_create"), KEYS) as opened_again:
        found = opened_again.copy.plan.moment
    with psycopg.connect(target_db) as target:
        assert target.execute("SELECT at FROM _privaci.moment").fetchone() == (found,)


def test_a_resumed_run_means_the_moment_of_the_first(source: str, target_db: str) -> None:
    """Some chunks were loaded then; the others must be chosen alike."""
    claims: Callable[[str], Claim] = lambda run: Claim(refresh="r", run=run)  # noqa: E731
    with opened(source, target_db, policy("drop_create"), KEYS, claim=claims("first")) as first:
        create_target(first.copy, first.connections.source, first.earlier)
        moment = first.copy.plan.moment
    time.sleep(0.01)
    again = Claim(refresh="r", run="second", resumes=True)
    with opened(source, target_db, policy("drop_create"), KEYS, claim=again) as second:
        assert second.earlier.resumes
        assert second.copy.plan.moment == moment
        assert moment is not None


def test_a_copy_without_now_leaves_no_moment(source: str, target_db: str) -> None:
    """And removes that of an earlier refresh."""
    copy_database(source, target_db, policy("drop_create"), KEYS)
    whole = parse_policy('version: "1.0"\nauto_detect: false\non_existing_data: drop_create\n')
    copy_database(source, target_db, whole, KEYS)
    with psycopg.connect(target_db) as target:
        assert target.execute("SELECT to_regclass('_privaci.moment')").fetchone() == (None,)
