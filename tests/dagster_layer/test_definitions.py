"""The graph that Dagster shows, and a refresh through it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg
import psycopg
import pytest
from dagster_layer.runs import NOTHING_MASKED, SALT, project_in, records_of, refresh
from substrate.judge import differences, dump_of

from privaci_core.catalog.catalog import read_catalog
from privaci_core.catalog.lock_file import lock_of, read_lock, write_lock
from privaci_core.demo import POLICY
from privaci_core.errors import PreflightError
from privaci_core.postgres.session import source_session
from privaci_core.prove.checks import CHECK_NAMED
from privaci_dagster.build import REFRESH_JOB, build_definitions
from privaci_dagster.cli.refresh_job import rows_by_table
from privaci_dagster.failures import first_failure
from privaci_dagster.project import Project
from privaci_dagster.refusal import LATEST_ATTEMPT

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

pytestmark = pytest.mark.dagster


def test_the_asset_graph(
    company_db: str, target_db: str, tmp_path: Path, snapshot: SnapshotAssertion
) -> None:
    """Assets, dependencies, groups and checks: users build on these names."""
    definitions = build_definitions(project_in(tmp_path, company_db, target_db))
    graph = definitions.resolve_asset_graph()
    shown = {
        key.to_user_string(): {
            "group": graph.get(key).group_name,
            "partitioned": graph.get(key).is_partitioned,
            "depends on": sorted(parent.to_user_string() for parent in graph.get(key).parent_keys),
        }
        for key in graph.get_all_asset_keys()
    }
    assert {"assets": shown, "checks": sorted(map(str, graph.asset_check_keys))} == snapshot


def test_definitions_need_no_database(company_db: str, tmp_path: Path) -> None:
    """Loading reads two files; both databases may be down."""
    project = project_in(tmp_path, company_db, "postgresql://127.0.0.1:1/nowhere")
    away = Project(policy_path=project.policy_path, lock_path=project.lock_path, environ={})
    assert build_definitions(away).resolve_job_def(REFRESH_JOB).name == REFRESH_JOB


def test_a_refresh_copies_and_reports(
    company_db: str, target_db: str, tmp_path: Path, instance: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The job makes a complete copy, each table reports its rows, and all checks pass."""
    result = refresh(project_in(tmp_path, company_db, target_db), instance, monkeypatch)
    assert result.success
    assert differences(company_db, target_db) == []
    assert rows_by_table(result)["clinical.patient"] == 100
    evaluations = result.get_asset_check_evaluations()
    assert {check.check_name for check in evaluations} >= {*CHECK_NAMED, LATEST_ATTEMPT}
    assert all(check.passed for check in evaluations)


def test_no_value_and_no_secret_is_in_the_events(
    company_db: str, target_db: str, tmp_path: Path, instance: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor data of a person, in all that Dagster stored about a masked refresh."""
    project = project_in(tmp_path, company_db, target_db, POLICY.read_text())
    result = refresh(project, instance, monkeypatch)
    assert result.success
    stored = "\n".join(
        dg.serialize_value(record.event_log_entry) for record in records_of(instance, result.run_id)
    )
    stored += json.dumps(dict(result.dagster_run.run_config)) + json.dumps(
        dict(result.dagster_run.tags)
    )
    with psycopg.connect(company_db) as connection:
        people = connection.execute(
            "SELECT email::text, full_name, phone FROM public.app_user"
        ).fetchall()
    assert not [value for row in people for value in row if value and value in stored]
    assert SALT not in stored
    assert "postgresql://" not in stored
    assert SALT.encode() not in dump_of(target_db)


def test_a_failure_says_why_and_shows_no_value(
    company_db: str, target_db: str, tmp_path: Path, instance: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A foreign key with orphans stops the run; the message names the constraint and no row."""
    with psycopg.connect(company_db, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("DELETE FROM clinical.diagnosis WHERE code = 'D007'")
    result = refresh(project_in(tmp_path, company_db, target_db), instance, monkeypatch)
    assert not result.success
    stored = "\n".join(
        dg.serialize_value(record.event_log_entry) for record in records_of(instance, result.run_id)
    )
    assert "visit_diagnosis_diagnosis_code_fkey" in stored
    assert "D007" not in stored
    evaluations = result.get_asset_check_evaluations()
    assert not [check for check in evaluations if check.check_name in CHECK_NAMED]
    with psycopg.connect(target_db) as connection:
        assert connection.execute("SELECT count(*) FROM _privaci.unfinished").fetchone() == (1,)


def test_a_file_that_is_not_a_lock_file_is_refused(tmp_path: Path) -> None:
    """A missing file, another file and a later format: the message says what to do."""
    path = tmp_path / "privaci.lock.json"
    with pytest.raises(PreflightError, match="no such file"):
        read_lock(path)
    path.write_text("{}")
    with pytest.raises(PreflightError, match="not a lock file"):
        read_lock(path)
    path.write_text('{"format": 99}')
    with pytest.raises(PreflightError, match="format is 99"):
        read_lock(path)


def test_a_lock_file_is_stable(company_db: str, tmp_path: Path) -> None:
    """Written twice it is the same, and read back it says the same."""
    with source_session(company_db) as connection:
        lock = lock_of(read_catalog(connection))
        again = lock_of(read_catalog(connection))
    write_lock(lock, tmp_path / "one.json")
    write_lock(again, tmp_path / "other.json")
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "other.json").read_bytes()
    assert read_lock(tmp_path / "one.json") == lock


def test_an_unexpected_error_shows_where_and_not_what(
    company_db: str, target_db: str, tmp_path: Path, instance: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The text of an unexpected error may hold a value: the failure names a file of lines."""

    def broken(*_: object, **__: object) -> None:
        raise ValueError("the value of a cell")

    monkeypatch.setattr("privaci_dagster.target_assets.create_target", broken)
    result = refresh(project_in(tmp_path, company_db, target_db), instance, monkeypatch)
    failure = first_failure(result)
    assert failure is not None
    assert "an unexpected ValueError" in failure.message
    path = re.search(r"the file (\S+):", failure.message)
    assert path is not None
    assert "in broken" in Path(path[1]).read_text()
    stored = "".join(
        dg.serialize_value(record.event_log_entry) for record in records_of(instance, result.run_id)
    )
    assert "the value of a cell" not in stored


def test_a_refresh_is_swapped_in_after_its_checks(
    company_db: str, target_db: str, tmp_path: Path, instance: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old rows serve until the checks have passed; an empty table reports no rows."""
    with psycopg.connect(target_db, autocommit=True) as target:
        target.execute("CREATE TABLE old (id int); INSERT INTO old VALUES (1)")
    policy = (
        NOTHING_MASKED + "on_existing_data: swap\ntables: {public.import_log: {strategy: empty}}\n"
    )
    result = refresh(project_in(tmp_path, company_db, target_db, policy), instance, monkeypatch)
    assert result.success
    assert rows_by_table(result)["public.import_log"] == 0
    with psycopg.connect(target_db) as target:
        assert target.execute("SELECT to_regclass('public.old')").fetchone() == (None,)
        assert target.execute("SELECT count(*) FROM clinical.patient").fetchone() == (100,)
