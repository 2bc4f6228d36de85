"""A source that differs from its lock file is reported, or refused until it is reviewed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from dagster_layer.runs import project_in, refresh

from privaci_core.catalog.catalog import read_catalog
from privaci_core.catalog.lock_file import read_lock
from privaci_core.plan.drift import drift
from privaci_core.policy import load_policy
from privaci_core.postgres.session import source_session
from privaci_core.refresh.open import plan_of
from privaci_dagster.failures import first_failure

if TYPE_CHECKING:
    from pathlib import Path

    from privaci_dagster.project import Project

pytestmark = pytest.mark.dagster

TABLES = """
CREATE TABLE team (id int PRIMARY KEY);
CREATE TABLE person (id int PRIMARY KEY, team int, email text, old text, size int);
CREATE TABLE event (at date, what text) PARTITION BY RANGE (at);
CREATE TABLE event_1 PARTITION OF event FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
INSERT INTO person SELECT n, 1, 'secret' || n || '@corp.example', 'x', n
FROM generate_series(1, 20) AS n;
"""
POLICY = """version: "1.0"
tables: {public.person: {columns: {email: {action: fake, provider: email}}}}
"""


@pytest.fixture
def project(source_db: str, target_db: str, tmp_path: Path) -> Project:
    """A project whose lock file is up to date."""
    with psycopg.connect(source_db, autocommit=True) as connection:
        connection.execute(TABLES)
    return project_in(tmp_path, source_db, target_db, POLICY)


def changed(source: str, statements: str, project: Project) -> dict[str, tuple[str, bool]]:
    """What drift says of a change of the source, and whether it needs a review."""
    with psycopg.connect(source, autocommit=True) as connection:
        connection.execute(statements.encode())
    with source_session(source) as session:
        catalog = read_catalog(session)
        plan = plan_of(session, catalog, load_policy(project.policy_path))
    return {
        f"{c.kind} {c.place}": (c.said, c.blocks)
        for c in drift(read_lock(project.lock_path), catalog, plan)
    }


def test_nothing_has_changed(source_db: str, project: Project) -> None:
    """Rows and new partitions of a known table are not drift."""
    more = (
        "CREATE TABLE event_2 PARTITION OF event FOR VALUES FROM ('2021-01-01') TO ('2022-01-01')"
    )
    assert changed(source_db, more, project) == {}
    assert changed(source_db, "INSERT INTO event VALUES ('2021-05-05', 'x')", project) == {}


def test_every_kind_of_change(source_db: str, project: Project) -> None:
    """Added and removed tables and columns, types and keys, each with what the policy does."""
    found = changed(
        source_db,
        """
        CREATE TABLE invoice (id int, total numeric);
        DROP TABLE team;
        ALTER TABLE person ADD COLUMN colour text, ADD COLUMN phone text, ADD COLUMN notes text,
            DROP COLUMN old;
        ALTER TABLE person ALTER COLUMN size TYPE bigint, DROP CONSTRAINT person_pkey,
            ADD PRIMARY KEY (id, size);
        """,
        project,
    )
    assert {place: blocks for place, (_, blocks) in found.items()} == {
        "added public.invoice": True,
        "removed public.team": True,
        "added public.person.colour": False,
        "added public.person.phone": False,
        "added public.person.notes": True,
        "removed public.person.old": False,
        "changed public.person.size": False,
        "changed public.person": False,
    }
    assert found["added public.person.colour"][0] == "it does not look personal"
    assert found["added public.person.phone"][0] == "covered: fake, detected"
    assert "looks like free_text" in found["added public.person.notes"][0]
    assert found["changed public.person.size"][0] == "its type was integer and is bigint"


@pytest.mark.parametrize(
    ("statements", "said"),
    [
        (
            "ALTER TABLE person ADD COLUMN notes text",
            "added public.person.notes: looks like free_text",
        ),
        ("CREATE TABLE invoice (id int)", "a new table of 1 column that no asset loads yet"),
        ("DROP TABLE event", "the table is gone"),
    ],
)
def test_a_refresh_waits_for_a_review(
    source_db: str,
    project: Project,
    instance: Any,
    monkeypatch: pytest.MonkeyPatch,
    statements: str,
    said: str,
) -> None:
    """Before anything is written, with exit code 6."""
    with psycopg.connect(source_db, autocommit=True) as connection:
        connection.execute(statements.encode())
    failure = first_failure(refresh(project, instance, monkeypatch))
    assert failure is not None
    assert said in failure.message
    assert failure.exit_code == 6
    with psycopg.connect(project.environ["TARGET_DB_URL"]) as target:
        assert target.execute("SELECT to_regclass('public.person')").fetchone() == (None,)


def test_a_new_partition_is_loaded_with_its_table(
    source_db: str, project: Project, instance: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It needs no new lock file: a table and its partitions are one asset."""
    more = (
        "CREATE TABLE event_2 PARTITION OF event FOR VALUES FROM ('2021-01-01') TO ('2022-01-01')"
    )
    changed(
        source_db,
        f"{more}; INSERT INTO event VALUES ('2021-05-05', 'x'), ('2020-05-05', 'y')",
        project,
    )
    result = refresh(project, instance, monkeypatch)
    assert result.success, first_failure(result)
    with psycopg.connect(project.environ["TARGET_DB_URL"]) as target:
        assert target.execute("SELECT count(*) FROM event").fetchone() == (2,)
