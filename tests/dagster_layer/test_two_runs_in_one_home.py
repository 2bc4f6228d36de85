"""Two runs in one Dagster home: each proof holds the verdicts and steps of its own refresh."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import dagster as dg
import psycopg
import pytest
from dagster_layer.interrupted import Refreshes, tags_of, target_table
from dagster_layer.runs import NOTHING_MASKED, project_in, refresh

from privaci_core.prove.checks import CHECK_NAMED
from privaci_core.prove.document import DOCUMENT
from privaci_core.target.audit_trail import COLUMNS
from privaci_dagster import publication
from privaci_dagster.build import build_definitions
from privaci_dagster.failures import first_failure
from privaci_dagster.project import proofs_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from privaci_dagster.project import Project

# The policies of these tests have no subset and measure no risk.
ASKED = CHECK_NAMED.keys() - {"k_anonymity", "subset_is_closed"}
pytestmark = pytest.mark.dagster

TABLES = """
CREATE TABLE person (id int PRIMARY KEY, name text);
INSERT INTO person SELECT n, 'Nimue ' || n FROM generate_series(1, 50) AS n;
"""
# One column looks personal and is copied, which is a warning.
REVIEWED, UNREVIEWED = NOTHING_MASKED, 'version: "1.0"\n'


@pytest.fixture
def source(source_db: str) -> str:
    """Fifty people."""
    with psycopg.connect(source_db, autocommit=True) as connection:
        connection.execute(TABLES)
    return source_db


def meanwhile(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> None:
    """Do something after the checks of the next run, before it is published."""
    real: Callable[..., Any] = publication.history_of
    waiting = [happens]

    def after(*more: Any) -> Any:
        if waiting:
            waiting.pop()()
        return real(*more)

    monkeypatch.setattr(publication, "history_of", after)


def content_of(instance: Any, result: Any) -> dict[str, Any]:
    """The content of a run's proof."""
    folder = proofs_in(instance.root_directory, os.environ) / result.run_id
    found: dict[str, Any] = json.loads((folder / DOCUMENT).read_bytes())["content"]
    return found


def passed(content: dict[str, Any]) -> dict[str, bool]:
    """Whether each check of a proof passed."""
    return {check["name"]: check["passed"] for check in content["checks"]}


def projects(folder: Path, source: str, *targets: str) -> list[Project]:
    """Two projects on one source, each with a target of its own."""
    found = []
    for number, (target, policy) in enumerate(zip(targets, (REVIEWED, UNREVIEWED), strict=True)):
        (folder / str(number)).mkdir()
        found.append(project_in(folder / str(number), source, target, policy))
    return found


def test_a_proof_has_no_verdict_of_another_run(
    source: str,
    target_db: str,
    databases: Any,
    tmp_path: Path,
    instance: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A second project of the same home refreshes between the first one's checks and proof."""
    first, second = projects(tmp_path, source, target_db, databases.create())
    others: list[Any] = []
    meanwhile(monkeypatch, lambda: others.append(refresh(second, instance, monkeypatch)))
    result = refresh(first, instance, monkeypatch)
    assert result.success, first_failure(result)
    assert others[0].success, first_failure(others[0])
    mine, theirs = content_of(instance, result), content_of(instance, others[0])
    assert passed(mine)["all_columns_reviewed"]
    assert not passed(theirs)["all_columns_reviewed"]
    assert len(mine["checks"]) == len(theirs["checks"]) == 5
    for content in (mine, theirs):
        assert [table["name"] for table in content["tables"]] == ["public.person"]
        assert content["totals"]["rows"] == 50
    assert mine["begun"] <= theirs["begun"]


def test_a_refused_run_does_not_fail_the_first(
    source: str, target_db: str, tmp_path: Path, instance: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its checks were planned and never ran: the first one's are read, and its target published."""
    project = project_in(tmp_path, source, target_db)
    refused: list[Any] = []
    meanwhile(monkeypatch, lambda: refused.append(refresh(project, instance, monkeypatch)))
    result = refresh(project, instance, monkeypatch)
    assert not refused[0].success
    assert result.success, first_failure(result)
    assert passed(content_of(instance, result)) == dict.fromkeys(ASKED, True)
    with psycopg.connect(target_db) as target:
        lines = target.execute(f"SELECT {COLUMNS} FROM _privaci.audit_log").fetchall()  # type: ignore[arg-type]
    assert {line[0] for line in lines if line[4] == "published"} == {result.run_id}


SCHEMA, CONSTRAINTS, PUBLISHED = (
    dg.AssetKey(["target", name]) for name in ("schema", "constraints", "published")
)


def test_a_resumed_refresh_is_published_by_the_checks_of_an_earlier_run(
    refreshes: Refreshes,
) -> None:
    """Whichever run of the refresh they ran in, if the target was not completed again since."""
    first = refreshes.run_to_publication()
    project, tags = refreshes.project(), tags_of(first)
    second = refreshes.run_job(project, tags, selection=[PUBLISHED])
    assert second.success, first_failure(second)
    content = content_of(refreshes.instance, first)
    assert content["run"] == second.run_id
    assert all(passed(content).values())
    assert len(content["checks"]) == 5


def test_a_target_whose_checks_did_not_run_is_not_published(refreshes: Refreshes) -> None:
    """A job of a person's own may leave them out."""
    everything = dg.AssetSelection.assets(
        *(target_table(name) for name in "abc"), SCHEMA, CONSTRAINTS, PUBLISHED
    )
    unchecked = dg.define_asset_job(
        "unchecked", selection=everything - dg.AssetSelection.checks_for_assets(CONSTRAINTS)
    )
    made = dg.Definitions.merge(
        build_definitions(refreshes.project()), dg.Definitions(jobs=[unchecked])
    )
    result = made.resolve_job_def("unchecked").execute_in_process(
        instance=refreshes.instance, raise_on_error=False
    )
    assert not {*CHECK_NAMED} & {c.check_name for c in result.get_asset_check_evaluations()}
    failure = first_failure(result)
    assert failure is not None
    assert "did not pass since target/constraints was made" in failure.message
    assert "same_rows, rows_are_masked, no_originals, keys_hold" in failure.message
