"""The checks before `target/published`: each stops what it must stop, and shows no value."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import dagster as dg
import psycopg
import pytest
from dagster_layer.runs import NOTHING_MASKED, project_in, records_of, refresh

from privaci_core.prove.checks import CHECK_NAMED
from privaci_core.refresh import steps
from privaci_dagster import target_assets
from privaci_dagster.check_results import summary
from privaci_dagster.failures import first_failure
from privaci_dagster.labels import DIFFERENCES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from privaci_dagster.project import Project

pytestmark = pytest.mark.dagster

TABLES = """
CREATE TABLE person (
    id int PRIMARY KEY, email text UNIQUE, name text, note text, doc jsonb, raw bytea,
    boss int REFERENCES person);
INSERT INTO person
SELECT n, 'secret' || n || '@corp.example', 'Nimue ' || n, 'nothing', '{}', '\\x00',
    nullif(n - 1, 0)
FROM generate_series(1, 50) AS n;
CREATE MATERIALIZED VIEW written AS SELECT id, note FROM person;
CREATE MATERIALIZED VIEW never_filled AS SELECT id, note FROM person WITH NO DATA;
"""
MASKED = (
    NOTHING_MASKED
    + "tables: {public.person: {columns: {email: {action: fake, provider: email}%s}}}\n"
)


@pytest.fixture
def source(source_db: str) -> str:
    """Fifty people."""
    with psycopg.connect(source_db, autocommit=True) as connection:
        connection.execute(TABLES)
    return source_db


@dataclass
class Once:
    """One refresh of the fifty people, their addresses masked."""

    project: Project
    target: str
    instance: Any
    monkeypatch: pytest.MonkeyPatch

    def refresh(self) -> Any:
        """Run it."""
        return refresh(self.project, self.instance, self.monkeypatch)


@pytest.fixture
def once(
    source: str, target_db: str, tmp_path: Path, instance: Any, monkeypatch: pytest.MonkeyPatch
) -> Once:
    """A project on the source, to be refreshed."""
    return Once(
        project_in(tmp_path, source, target_db, MASKED % ""), target_db, instance, monkeypatch
    )


def checks_of(result: Any) -> dict[str, Any]:
    """Whether each check passed, its severity and what it found."""
    return {
        check.check_name: (check.passed, check.severity, check.metadata[DIFFERENCES].value)
        for check in result.get_asset_check_evaluations()
        if check.check_name in CHECK_NAMED
    }


def is_published(target: str) -> bool:
    """Whether the target is published."""
    with psycopg.connect(target) as connection:
        return connection.execute("SELECT to_regclass('_privaci.unfinished')").fetchone() == (None,)


def test_a_clean_copy_passes_all(
    source: str, target_db: str, tmp_path: Path, instance: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All checks, nothing found, published."""
    result = refresh(project_in(tmp_path, source, target_db, MASKED % ""), instance, monkeypatch)
    assert result.success
    found = checks_of(result)
    assert sorted(found) == [
        "all_columns_reviewed",
        "k_anonymity",
        "keys_hold",
        "no_originals",
        "rows_are_masked",
        "same_rows",
        "subset_is_closed",
    ]
    assert all(passed and not found for passed, _, found in found.values())
    shown = {c.check_name: c.description for c in result.get_asset_check_evaluations()}
    unasked = {
        "k_anonymity": "The policy asks for no measuring of risk.",
        "subset_is_closed": "The policy has no subset.",
    }
    assert {name: shown[name] for name in unasked} == unasked
    assert {shown[name] for name in found if name not in unasked} == {"Nothing is wrong."}
    assert is_published(target_db)


@pytest.mark.parametrize(
    ("planted", "where"),
    [
        ("UPDATE person SET note = 'write to ' || email WHERE id = 7", "public.person.note"),
        ("SELECT lo_from_bytea(0, convert_to('by secret7@corp.example', 'UTF8'))", "large objects"),
    ],
    ids=["text", "large object"],
)
def test_a_planted_original_stops_publication(
    once: Once, source: str, planted: str, where: str
) -> None:
    """The check names the place; the value is nowhere in the events."""
    with psycopg.connect(source, autocommit=True) as connection:
        connection.execute(planted.encode())
    result = once.refresh()
    assert not result.success
    passed, severity, found = checks_of(result)["no_originals"]
    assert (passed, severity) == (False, dg.AssetCheckSeverity.ERROR)
    assert any(where in place for place in found)
    shown = next(c for c in result.get_asset_check_evaluations() if c.check_name == "no_originals")
    assert where in (shown.description or "").replace("Large", "large")
    assert not is_published(once.target)
    assert "secret7" not in str(records_of(once.instance, result.run_id))
    failure = first_failure(result)
    assert failure is not None
    assert "the check no_originals failed" in failure.message
    holds = "holds 1 e-mail address of public.person.email."
    if where == "large objects":
        holds = holds.replace("holds", "hold")
    assert f"{where} {holds}" in failure.message.replace("Large", "large")
    assert failure.message.count("e-mail address") == 1


def test_an_original_in_a_passed_through_column_is_a_warning(
    source: str, target_db: str, tmp_path: Path, instance: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`passthrough` in the policy is a decision: the check warns and does not block."""
    with psycopg.connect(source, autocommit=True) as connection:
        connection.execute("UPDATE person SET note = 'write to ' || email WHERE id = 7")
    policy = MASKED % ", note: {action: passthrough}"
    result = refresh(project_in(tmp_path, source, target_db, policy), instance, monkeypatch)
    assert result.success
    assert checks_of(result)["no_originals"] == (
        False,
        dg.AssetCheckSeverity.WARN,
        {"public.person.note": {"public.person.email": 1}},
    )
    assert is_published(target_db)


def spoiled(monkeypatch: pytest.MonkeyPatch, statement: str) -> None:
    """Change the target between its load and its checks."""
    real: Callable[..., Any] = steps.finish_target

    def finish(copy: Any, *more: Any) -> Any:
        notes = real(copy, *more)
        with psycopg.connect(copy.ends.target, autocommit=True) as connection:
            connection.execute(statement.encode())
        return notes

    monkeypatch.setattr(target_assets, "finish_target", finish)


@pytest.mark.parametrize(
    ("statement", "check", "found"),
    [
        ("DELETE FROM person WHERE id = 50", "same_rows", {"public.person": [50, 49]}),
        (
            "UPDATE person SET email = 'secret7@corp.example' WHERE id = 7",
            "rows_are_masked",
            {"public.person": "values differ in email"},
        ),
        (
            "ALTER TABLE person DROP CONSTRAINT person_boss_fkey",
            "keys_hold",
            {"public.person: person_boss_fkey": "the foreign key is not in the target"},
        ),
    ],
)
def test_a_spoiled_target_is_not_published(
    once: Once, statement: str, check: str, found: dict[str, Any]
) -> None:
    """Each check that blocks: a lost row, an unmasked value, a key that is gone."""
    spoiled(once.monkeypatch, statement)
    result = once.refresh()
    passed, severity, different = checks_of(result)[check]
    assert (passed, severity) == (False, dg.AssetCheckSeverity.ERROR)
    assert different == found
    assert not result.success
    assert not is_published(once.target)


def test_columns_without_a_review_are_named(
    source: str, target_db: str, tmp_path: Path, instance: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A column that looks personal and is copied is a warning, with the evidence."""
    result = refresh(
        project_in(tmp_path, source, target_db, 'version: "1.0"\n'), instance, monkeypatch
    )
    assert result.success
    passed, severity, found = checks_of(result)["all_columns_reviewed"]
    assert (passed, severity) == (False, dg.AssetCheckSeverity.WARN)
    assert set(found) == {"public.person.note", "public.person.doc", "public.person.name"}


def test_many_findings_are_three_lines() -> None:
    """Three sentences, and where the others are."""
    three = ["One.", "Two.", "Three."]
    assert summary(three) == "One.\nTwo.\nThree."
    assert summary([*three, "Four."]) == "One.\nTwo.\nThree.\n`what_to_do` has more."


def test_a_sample_of_the_search_says_so(
    source: str, target_db: str, tmp_path: Path, instance: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A project's option reaches the check, and its metadata names the share."""
    project = replace(project_in(tmp_path, source, target_db, MASKED % ""), search="sample")
    result = refresh(project, instance, monkeypatch)
    assert result.success
    evaluations = {check.check_name: check for check in result.get_asset_check_evaluations()}
    metadata = evaluations["no_originals"].metadata
    assert metadata["search"].value == "sample"
    assert metadata["searched"].value == metadata["originals"].value == 50
    assert metadata["left_out"].value == {}
