"""A refresh that keeps what need not be loaded again: what changed is loaded, and the result is the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from dagster_layer.runs import NOTHING_MASKED, project_in, refresh
from substrate.judge import differences

from privaci_dagster.asset_keys import KEEP_UNCHANGED_TAG
from privaci_dagster.failures import first_failure
from privaci_dagster.labels import UNCHANGED
from privaci_dagster.project import KEEP

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.dagster

TABLES = """
CREATE TABLE person (id int PRIMARY KEY, email text UNIQUE, name text);
INSERT INTO person SELECT n, 'secret' || n || '@corp.example', 'Nimue ' || n FROM generate_series(1, 50) AS n;
CREATE TABLE visit (id int PRIMARY KEY, email text REFERENCES person (email), place text);
INSERT INTO visit SELECT n, 'secret' || n || '@corp.example', 'here' FROM generate_series(1, 50) AS n;
CREATE TABLE place (id int, day date, what text) PARTITION BY RANGE (day);
CREATE TABLE place_1 PARTITION OF place FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE place_2 PARTITION OF place FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');
INSERT INTO place SELECT n, date '2020-01-01' + n, 'there' FROM generate_series(1, 600) AS n;
CREATE VIEW names AS SELECT name FROM person;
"""
DROPS = NOTHING_MASKED + "on_existing_data: drop_create\n"
RULES = "tables: {public.person: {columns: {%s}}}\n"
ALL = {"public.person", "public.visit", "public.place"}


@dataclass
class Again:
    """A project that is refreshed again and again, each time keeping what it may."""

    source: str
    target: str
    folder: Path
    instance: Any
    monkeypatch: pytest.MonkeyPatch

    def refresh(self, policy: str = DROPS) -> set[str]:
        """Run it; returns the tables that were loaded."""
        with psycopg.connect(self.source, autocommit=True) as connection:
            connection.execute("SELECT pg_stat_force_next_flush()")
        project = project_in(self.folder, self.source, self.target, policy)
        result = refresh(project, self.instance, self.monkeypatch, {KEEP_UNCHANGED_TAG: KEEP})
        assert result.success, first_failure(result)
        loaded = {
            ".".join(event.asset_key.path[1:])
            for event in result.get_asset_materialization_events()
            if "bytes" in event.materialization.metadata
            and "parts" in event.materialization.metadata
            and UNCHANGED not in event.materialization.metadata
        }
        rows = [e.materialization.metadata["dagster/row_count"].value
                for e in result.get_asset_materialization_events() if e.asset_key.path[-1] == "place"]  # fmt: skip
        assert rows == [600]
        return loaded

    def execute(self, on: str, command: str) -> None:
        """Change something."""
        with psycopg.connect(on, autocommit=True) as connection:
            connection.execute(command)  # type: ignore[call-overload]
            connection.execute("SELECT pg_stat_force_next_flush()")


@pytest.fixture
def again(
    source_db: str, target_db: str, tmp_path: Path, instance: Any, monkeypatch: pytest.MonkeyPatch
) -> Again:
    """Three tables, refreshed once."""
    found = Again(source_db, target_db, tmp_path, instance, monkeypatch)
    found.execute(source_db, TABLES)
    assert found.refresh() == ALL
    return found


def test_nothing_changed_nothing_is_loaded(again: Again) -> None:
    """And the target is whole: its indexes, keys and views are there."""
    assert again.refresh() == set()
    assert again.refresh() == set()
    assert differences(again.source, again.target) == []


def test_what_changed_in_the_source_is_loaded(again: Again) -> None:
    """One table; a partition counts as its table."""
    again.execute(again.source, "UPDATE place SET what = 'elsewhere' WHERE id = 7")
    assert again.refresh() == {"public.place"}
    again.execute(again.source, "INSERT INTO visit VALUES (51, 'secret1@corp.example', 'here')")
    assert again.refresh() == {"public.visit"}
    assert differences(again.source, again.target) == []


def test_a_rule_loads_its_table_and_what_follows_by_key(again: Again) -> None:
    """The address is the visits' key: it is another one there as well. A name is its table's alone."""
    named = DROPS + RULES % "name: {action: hash}"
    assert again.refresh(named) == {"public.person"}
    assert again.refresh(DROPS + RULES % "name: {action: hash}, email: {action: hash}") == {
        "public.person",
        "public.visit",
    }
    with psycopg.connect(again.target) as target:
        assert (
            target.execute("SELECT count(*) FROM person NATURAL JOIN visit").fetchone() is not None
        )
        assert target.execute(
            "SELECT count(*) FROM person WHERE email LIKE 'secret%'"
        ).fetchone() == (0,)
        assert target.execute(
            "SELECT count(*) FROM visit WHERE email LIKE 'secret%'"
        ).fetchone() == (0,)


def test_what_was_written_into_the_target_is_loaded_again(again: Again) -> None:
    """Nobody knows what a developer did to their copy."""
    again.execute(again.target, "UPDATE visit SET place = 'mine' WHERE id = 7")
    assert again.refresh() == {"public.visit"}
    assert differences(again.source, again.target) == []


@pytest.mark.parametrize(
    "change",
    [
        "CREATE OR REPLACE VIEW names AS SELECT name || '' AS name FROM person",
        "CREATE INDEX ON person (name)",
        "ALTER TABLE visit ALTER place SET DEFAULT 'nowhere'",
    ],
)
def test_another_definition_makes_all_anew(again: Again, change: str) -> None:
    """Tables that stay keep their definitions, and so do views: a changed one takes a whole refresh."""
    again.execute(again.source, change)
    assert again.refresh() == ALL
    assert differences(again.source, again.target) == []


def test_another_salt_makes_all_anew(again: Again) -> None:
    """What is masked by one salt is not joined with what is masked by another."""
    again.monkeypatch.setattr("dagster_layer.runs.SALT", "another salt of the test suite, as long")
    assert again.refresh() == ALL


@pytest.mark.parametrize("mode", ["fail", "swap"])
def test_modes_that_leave_the_target_alone_keep_nothing(again: Again, mode: str) -> None:
    """`swap` loads beside the old one; `fail` takes nothing away, and refuses as ever."""
    policy = NOTHING_MASKED + f"on_existing_data: {mode}\n"
    if mode == "swap":
        assert again.refresh(policy) == ALL
        return
    result = refresh(
        project_in(again.folder, again.source, again.target, policy), again.instance, again.monkeypatch,
        {KEEP_UNCHANGED_TAG: KEEP},
    )  # fmt: skip
    failure = first_failure(result)
    assert failure is not None
    assert "hold rows already" in failure.message


def test_without_the_word_everything_is_loaded(again: Again) -> None:
    """Keeping is a choice."""
    project = project_in(again.folder, again.source, again.target, DROPS)
    result = refresh(project, again.instance, again.monkeypatch)
    assert not [e for e in result.get_asset_materialization_events() if UNCHANGED in e.materialization.metadata
                and e.materialization.metadata[UNCHANGED].value is True]  # fmt: skip
