"""A refresh that loads only what changed ends with the same target as one that loads all."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from dagster_layer.runs import NOTHING_MASKED, project_in, refresh
from substrate.judge import differences

from privaci_core.prove.document import DOCUMENT
from privaci_core.prove.ledgers import ledgers_in
from privaci_core.prove.target_only import verify_target
from privaci_dagster.asset_keys import KEEP_UNCHANGED_TAG
from privaci_dagster.failures import first_failure
from privaci_dagster.labels import PARTS, UNCHANGED
from privaci_dagster.project import KEEP, proofs_in

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.dagster

TABLES = """
CREATE TABLE person (id int PRIMARY KEY, email text UNIQUE, name text);
INSERT INTO person SELECT n, 'secret' || n || '@corp.example', 'Nimue ' || n
FROM generate_series(1, 50) AS n;
CREATE TABLE visit (id int PRIMARY KEY, email text REFERENCES person (email), place text);
INSERT INTO visit SELECT n, 'secret' || n || '@corp.example', 'here'
FROM generate_series(1, 50) AS n;
CREATE TABLE place (id int, day date, what text) PARTITION BY RANGE (day);
CREATE TABLE place_1 PARTITION OF place FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE place_2 PARTITION OF place FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');
INSERT INTO place SELECT n, date '2020-01-01' + n, 'there' FROM generate_series(1, 600) AS n;
CREATE VIEW names AS SELECT name FROM person;
"""
DROPS = NOTHING_MASKED + "on_existing_data: drop_create\n"
RULES = "tables: {public.person: {columns: {%s}}}\n"
ALL = {"public.person", "public.visit", "public.place"}


def tables_of(result: Any) -> dict[str, Any]:
    """The metadata of each table that a run materialized."""
    return {
        ".".join(event.asset_key.path[1:]): event.materialization.metadata
        for event in result.get_asset_materialization_events()
        if PARTS in event.materialization.metadata
    }


@dataclass
class Again:
    """A project that is refreshed again and again with `--keep-unchanged`."""

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
        tables = tables_of(result)
        assert tables["public.place"]["dagster/row_count"].value == 600
        return {name for name, metadata in tables.items() if UNCHANGED not in metadata}

    def proof(self) -> dict[str, Any]:
        """What the last proof says."""
        root = proofs_in(self.instance.root_directory, {})
        newest = max(root.glob(f"*/{DOCUMENT}"), key=lambda path: path.stat().st_mtime)
        content: dict[str, Any] = json.loads(newest.read_bytes())["content"]
        return content

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
    """And the target is complete: its indexes, keys and views are there."""
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


def test_a_kept_table_is_proved_by_the_refresh_that_loaded_it(again: Again) -> None:
    """Its ledger stays, and its key with it; the proof says of each table which refresh it is."""
    again.execute(again.source, "UPDATE visit SET place = 'elsewhere' WHERE id = 7")
    first = {name: found.refresh for name, found in ledgers_in(again.target).items()}
    assert again.refresh() == {"public.visit"}
    content = again.proof()
    loaded = {table["name"]: table["refresh"] for table in content["tables"]}
    assert loaded == {**first, "public.visit": content["refresh"]}
    assert len(set(loaded.values())) == 2
    found = verify_target(again.target, content)
    assert {name: verdict.wrong for name, verdict in found.items() if verdict.wrong} == {}
    again.execute(again.target, "UPDATE place SET what = 'over there' WHERE id = 7")
    assert verify_target(again.target, content)["rows_are_proved"].wrong == {
        "public.place": "values differ in what"
    }


def test_a_table_without_a_ledger_is_loaded_again(again: Again) -> None:
    """An earlier version kept none: the table could not be proved."""
    again.execute(again.target, "DELETE FROM _privaci.ledger WHERE relation = 'public.person'")
    assert again.refresh() == {"public.person"}


def test_a_rule_loads_its_table_and_what_follows_by_key(again: Again) -> None:
    """The address is a key that visits refer to, so both tables are loaded; a name is not."""
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
    """A developer may have changed any row of the target."""
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
def test_another_definition_loads_everything(again: Again, change: str) -> None:
    """Tables that stay keep their definitions, and so do views: a changed one loads everything."""
    again.execute(again.source, change)
    assert again.refresh() == ALL
    assert differences(again.source, again.target) == []


def test_another_salt_loads_everything(again: Again) -> None:
    """Fakes of one salt do not join with fakes of another."""
    again.monkeypatch.setattr("dagster_layer.runs.SALT", "another salt of the test suite, as long")
    assert again.refresh() == ALL


def test_a_target_with_rows_is_refused_where_the_policy_says_so(again: Again) -> None:
    """`fail` keeps nothing; what `swap` keeps is tested with the exchange of tables."""
    policy = NOTHING_MASKED + "on_existing_data: fail\n"
    project = project_in(again.folder, again.source, again.target, policy)
    tags = {KEEP_UNCHANGED_TAG: KEEP}
    result = refresh(project, again.instance, again.monkeypatch, tags)
    failure = first_failure(result)
    assert failure is not None
    assert "hold rows already" in failure.message


def test_without_the_option_everything_is_loaded(again: Again) -> None:
    """Unchanged tables stay only where a run asks for it."""
    project = project_in(again.folder, again.source, again.target, DROPS)
    result = refresh(project, again.instance, again.monkeypatch)
    assert set(tables_of(result)) == ALL
    assert not [name for name, found in tables_of(result).items() if UNCHANGED in found]
