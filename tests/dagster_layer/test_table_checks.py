"""Each table has its own check: what was proved of its rows, or what is wrong with them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import dagster as dg
import pytest
from dagster_layer.runs import NOTHING_MASKED, project_in, records_of, refresh
from substrate.databases import run

from privaci_core.prove import read_back
from privaci_core.prove.search import no_originals
from privaci_core.refresh import steps
from privaci_dagster import target_assets
from privaci_dagster.build import build_definitions
from privaci_dagster.table_checks import PROVED

if TYPE_CHECKING:
    from pathlib import Path

    from privaci_dagster.project import Project

pytestmark = pytest.mark.dagster

TABLES = """
CREATE TABLE team (id int PRIMARY KEY);
CREATE TABLE person (id int PRIMARY KEY, email text, note text);
INSERT INTO team VALUES (1);
INSERT INTO person
SELECT n, 'secret' || n || '@corp.example', 'nothing' FROM generate_series(1, 1200) AS n;
"""
POLICY = (
    NOTHING_MASKED
    + "tables: {public.person: {columns: {email: {action: fake, provider: email}}}}\n"
)
PERSON, TEAM = (dg.AssetKey(["target", "public", name]) for name in ("person", "team"))


@pytest.fixture
def project(source_db: str, target_db: str, tmp_path: Path) -> Project:
    """A project whose lock file is up to date."""
    run(source_db, *TABLES.strip().split(";\n"))
    return project_in(tmp_path, source_db, target_db, POLICY)


def states(result: Any) -> dict[dg.AssetKey, Any]:
    """What a run said of each table."""
    found = result.get_asset_check_evaluations()
    return {each.asset_key: each for each in found if each.check_name == PROVED}


def spoil(monkeypatch: pytest.MonkeyPatch, statement: str) -> None:
    """Change the target between its load and its checks."""
    real = steps.finish_target

    def finish(copy: Any, *more: Any) -> Any:
        notes = real(copy, *more)
        run(copy.ends.target, statement)
        return notes

    monkeypatch.setattr(target_assets, "finish_target", finish)


def test_a_refresh_says_of_each_table_that_its_rows_are_proved(
    project: Project, instance: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows, masked columns and the refresh, at one event a table: nothing was planned."""
    result = refresh(project, instance, monkeypatch)
    assert result.success
    found = states(result)
    assert set(found) == {PERSON, TEAM}
    assert all(each.passed for each in found.values())
    assert found[PERSON].description == (
        "Its 1,200 rows are those that were sent, and hold no original that is searched."
    )
    assert found[TEAM].description.startswith("Its row is the one that was sent, and holds no")
    shown = {name: value.value for name, value in found[PERSON].metadata.items()}
    assert shown == {"refresh": result.run_id, "rows": 1200, "masked_columns": 1}
    about = [str(each.event_log_entry) for each in records_of(instance, result.run_id)]
    assert sum(f"check_name='{PROVED}'" in event for event in about) == 2
    record = instance.get_latest_asset_check_evaluation_record(dg.AssetCheckKey(PERSON, PROVED))
    assert record.run_id == result.run_id


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("DELETE FROM person WHERE id = 5", "public.person has 1,199 rows where the policy"),
        ("UPDATE person SET note = 'x' WHERE id = 5", "public.person does not hold what was"),
        (
            "UPDATE person SET note = 'by secret5@corp.example' WHERE id = 5",
            "public.person does not hold what was loaded: ",
        ),
    ],
)
def test_what_is_wrong_is_on_the_page_of_its_table(
    project: Project, instance: Any, monkeypatch: pytest.MonkeyPatch, statement: str, said: str
) -> None:
    """In one sentence without a value; the other table is proved all the same."""
    spoil(monkeypatch, statement)
    result = refresh(project, instance, monkeypatch)
    assert not result.success
    found = states(result)
    assert (found[PERSON].passed, found[TEAM].passed) == (False, True)
    assert found[PERSON].description.startswith(said)
    assert "secret5" not in str(found[PERSON])


def test_an_original_is_told_of_the_table_that_holds_it(
    source_db: str, project: Project, instance: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With its column and what to do."""
    run(source_db, "UPDATE person SET note = 'write to ' || email WHERE id < 3")
    found = states(refresh(project, instance, monkeypatch))
    assert found[PERSON].description == (
        "public.person.note holds 2 e-mail addresses of public.person.email."
        " Mask it (`ner_mask`, `json`, `static`) or allow it with `passthrough`."
    )


def test_the_step_of_all_tables_reads_nothing_again(
    project: Project, instance: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run with the step, as Dagster's UI starts it: the search reads each table for all."""
    read: list[object] = []
    real = read_back.read_back
    monkeypatch.setattr(
        "privaci_core.prove.evidence.read_back", lambda *a: read.append(a) or real(*a)
    )
    definitions = build_definitions(replace(project, environ=dict(project.environ)))
    everything = dg.define_asset_job(
        "everything",
        dg.AssetSelection.groups(*_groups(definitions)),
        executor_def=dg.in_process_executor,
    )
    job = dg.Definitions.merge(definitions, dg.Definitions(jobs=[everything]))
    result = job.resolve_job_def("everything").execute_in_process(instance=instance)
    found = [each for each in result.get_asset_check_evaluations() if each.check_name == PROVED]
    assert {each.asset_key for each in found} == {PERSON, TEAM}
    assert len(found) == 2
    assert not read, "the search has read them"


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What had originals read while its target was completed."""
    begun: list[object] = []
    real = target_assets.head_start
    monkeypatch.setattr(target_assets, "head_start", lambda of: begun.append(of) or real(of))
    return begun


def test_originals_are_read_while_the_target_is_completed(
    project: Project, instance: Any, monkeypatch: pytest.MonkeyPatch, begun: list[object]
) -> None:
    """Once, by a run whose checks follow in its process."""
    monkeypatch.delattr(no_originals, "read_originals")
    assert refresh(project, instance, monkeypatch).success
    assert len(begun) == 1


def test_a_run_without_the_check_reads_no_originals(
    project: Project, instance: Any, begun: list[object]
) -> None:
    """It completes the target alone."""
    ends = [dg.AssetKey(["target", name]) for name in ("schema", "constraints")]
    chosen = dg.AssetSelection.assets(PERSON, TEAM, *ends)
    chosen -= dg.AssetSelection.checks_for_assets(ends[1])
    without = dg.define_asset_job("without", chosen, executor_def=dg.in_process_executor)
    made = dg.Definitions.merge(build_definitions(project), dg.Definitions(jobs=[without]))
    assert made.resolve_job_def("without").execute_in_process(instance=instance).success
    assert not begun


def by_hand(project: Project, instance: Any, *tables: dg.AssetKey) -> dict[dg.AssetKey, Any]:
    """Run the checks of some tables alone, as the button on their page does."""
    chosen = dg.AssetSelection.checks(*(dg.AssetCheckKey(key, PROVED) for key in tables))
    jobs = dg.Definitions(
        jobs=[dg.define_asset_job("by_hand", chosen, executor_def=dg.in_process_executor)]
    )
    job = dg.Definitions.merge(build_definitions(project), jobs).resolve_job_def("by_hand")
    return states(job.execute_in_process(instance=instance, raise_on_error=False))


def test_the_button_compares_a_published_table_with_what_was_proved(
    source_db: str,
    target_db: str,
    project: Project,
    instance: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever writes to the target later is found, table by table; the source is not asked."""
    assert refresh(project, instance, monkeypatch).success
    run(source_db, "DELETE FROM person WHERE id > 3")
    found = by_hand(project, instance, PERSON)
    assert set(found) == {PERSON}
    assert found[PERSON].passed
    assert found[PERSON].description == "Its 1,200 rows are those that were proved."
    run(target_db, "UPDATE person SET note = 'later' WHERE id = 5")
    found = by_hand(project, instance, PERSON, TEAM)
    assert (found[PERSON].passed, found[TEAM].passed) == (False, True)
    assert found[PERSON].description == (
        "public.person does not hold what was proved: values differ in note."
        " Find who wrote to it. Then begin a new refresh: privaci run."
    )


def with_check(project: Project, instance: Any, table: dg.AssetKey) -> Any:
    """Materialize a table with its check, as Dagster's button on its page does."""
    job = build_definitions(project).resolve_implicit_global_asset_job_def()
    return job.execute_in_process(instance=instance, asset_selection=[table], raise_on_error=False)


def test_a_table_by_its_own_button_is_proved_as_well(
    source_db: str, project: Project, instance: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its new rows by the step; refused ones are told though the step does not run."""
    assert refresh(project, instance, monkeypatch).success
    run(source_db, "INSERT INTO team VALUES (2)")
    result = with_check(project, instance, TEAM)
    assert result.success
    (found,) = states(result).values()
    assert (found.asset_key, found.passed) == (TEAM, True)
    assert found.description == "Its 2 rows are those that were proved."
    run(source_db, "UPDATE person SET note = 'write to ' || email WHERE id < 3")
    result = with_check(project, instance, PERSON)
    assert not result.success
    record = instance.get_latest_asset_check_evaluation_record(dg.AssetCheckKey(PERSON, PROVED))
    found = record.event.dagster_event.asset_check_evaluation_data
    assert (record.run_id, found.passed) == (result.run_id, False)
    assert "public.person.note holds 2 e-mail addresses" in found.description


def test_the_button_refuses_a_target_that_is_not_published(
    project: Project, instance: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A target that a check refused, and one that was never loaded, prove nothing."""
    assert by_hand(project, instance, TEAM)[TEAM].description.startswith("public.team is not in")
    spoil(monkeypatch, "DELETE FROM person WHERE id = 5")
    assert not refresh(project, instance, monkeypatch).success
    assert by_hand(project, instance, PERSON) == {}


def _groups(definitions: dg.Definitions) -> set[str]:
    graph = definitions.resolve_asset_graph()
    return {graph.get(key).group_name for key in graph.materializable_asset_keys}
