"""Orphans of keys over periods: several rows of the parent together cover a row of the child."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest
from builders.copies import KEYS
from substrate.databases import run
from substrate.origin import found_versions

from privaci_core.errors import CopyError
from privaci_core.policy import parse_policy
from privaci_core.postgres.embedded import create_database, running
from privaci_core.prove.checks import CHECK_NAMED
from privaci_core.prove.evidence import Evidence
from privaci_core.refresh.open import finished
from privaci_core.refresh.steps import copy_database

if TYPE_CHECKING:
    from collections.abc import Iterator

    from privaci_core.policy import Policy

pytestmark = pytest.mark.postgres

FIRST_VERSION = 18
KEY = "REFERENCES term (id, PERIOD at)"
TABLES = (
    "CREATE TABLE term (id int4range, at daterange, PRIMARY KEY (id, at WITHOUT OVERLAPS))",
    (
        "INSERT INTO term SELECT int4range(n, n + 1), span FROM generate_series(1, 3) AS n,"
        " (VALUES ('[2020-01-01,2020-02-01)'::daterange), ('[2020-02-01,2020-03-01)')) AS v (span)"
    ),
    f"CREATE TABLE stay (no int, id int4range, at daterange, FOREIGN KEY (id, PERIOD at) {KEY})",
    (
        "INSERT INTO stay SELECT n, int4range(n, n + 1), '[2020-01-20,2020-02-10)'"
        " FROM generate_series(1, 3) AS n"
    ),
)


@pytest.fixture(scope="module")
def ends(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Stays that each need two terms, and a database to copy them to."""
    versions = found_versions()
    if max(versions) < FIRST_VERSION:
        pytest.skip("no server here has keys over periods")
    with running(tmp_path_factory.mktemp("server"), versions[max(versions)]) as server:
        create_database(server, "a")
        create_database(server, "b")
        run(server.dsn("a"), *TABLES)
        yield server.dsn("a"), server.dsn("b")


def policy(orphan_rows: str) -> Policy:
    """One person's terms are left out, and the half of another one's."""
    left_out = "lower(id) = 1 OR lower(id) = 2 AND lower(at) > '2020-01-15'"
    return parse_policy(
        f'version: "1.0"\nauto_detect: false\non_existing_data: drop_create\n'
        f'orphan_rows: "{orphan_rows}"\ntables: {{public.term: {{where: "NOT ({left_out})"}}}}\n'
    )


@pytest.mark.parametrize(
    ("orphan_rows", "left"),
    [
        ("drop", [(3, False, False)]),
        # The period itself says when the row is true, and stays.
        ("null", [(1, True, False), (2, True, False), (3, False, False)]),
    ],
)
def test_orphans_of_a_period_are_settled(
    ends: tuple[str, str], orphan_rows: str, left: list[tuple[int, bool, bool]]
) -> None:
    """Also one whose period is covered in part; the copy is proved."""
    copy_database(*ends, policy(orphan_rows), KEYS)
    with psycopg.connect(ends[1]) as target:
        rows = target.execute("SELECT no, id IS NULL, at IS NULL FROM stay ORDER BY no")
        assert rows.fetchall() == left
    with finished(*ends, policy(orphan_rows), KEYS) as opened:
        evidence = Evidence(copy=opened.copy, source=opened.connections.source)
        for check in ("same_rows", "keys_hold", "rows_are_masked"):
            assert CHECK_NAMED[check].find(evidence).wrong == {}


def test_orphans_of_a_period_are_refused_by_their_number(ends: tuple[str, str]) -> None:
    """The advice was to change a mask, and there was none."""
    with pytest.raises(CopyError) as refused:
        copy_database(*ends, policy("refuse"), KEYS)
    assert "2 rows refer to nothing in public.term" in refused.value.cause
    assert "orphan_rows: drop" in refused.value.remediation
