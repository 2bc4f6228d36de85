"""Scenarios in the graph: an asset each, the sensor that resets, the check before a refresh."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg
import polars as pl
import psycopg
import pytest
from dagster_layer.runs import NOTHING_MASKED, project_in, refresh
from doors.served import scenarios_in
from substrate.databases import run
from testdata.shop import publish

from privaci_core.testdata.scenarios import Scenarios
from privaci_core.testdata.service import TestData
from privaci_dagster.asset_keys import Names
from privaci_dagster.project import Project
from privaci_dagster.scenario_assets import (
    build_expiry_sensor,
    build_scenarios,
    build_test_rows_check,
    scenarios_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from substrate.databases import Databases

pytestmark = pytest.mark.dagster
NAMES = Names(prefix="shop")
KEY = dg.AssetKey(["shop", "test_data", "denied"])


@pytest.fixture
def project(databases: Databases, tmp_path: Path) -> Iterator[Project]:
    """A published target, and a folder with one scenario beside the policy."""
    dsn = databases.create(databases.template("shop", publish))
    scenarios_in(tmp_path)
    policy = tmp_path / "mask-rules.yaml"
    yield Project(policy_path=policy, prefix="shop", environ={"TARGET_DB_URL": dsn})
    databases.drop(dsn)


def claims(project: Project) -> int:
    """How many claims the target has."""
    with psycopg.connect(project.target_dsn) as connection:
        (count,) = connection.execute("SELECT count(*) FROM public.claim").fetchone() or (0,)
    return int(count)


def no_test_rows(project: Project) -> dg.AssetCheckEvaluation:
    """What the check says."""
    definitions = dg.Definitions(asset_checks=[build_test_rows_check(project, NAMES)])
    job = definitions.resolve_implicit_global_asset_job_def()
    (found,) = job.execute_in_process().get_asset_check_evaluations()
    return found


def looked(project: Project) -> object:
    """What the sensor says."""
    with (
        dg.DagsterInstance.ephemeral() as instance,
        dg.build_sensor_context(instance=instance) as context,
    ):
        return build_expiry_sensor(project, NAMES)(context)


def test_a_scenario_is_materialized_and_its_time_ends_it(project: Project) -> None:
    """Materialized, its rows are there and the check warns; the sensor resets what is over."""
    scenarios = scenarios_of(project)
    (asset,) = build_scenarios(scenarios, project, NAMES)
    assert asset.key == KEY
    assert asset.asset_deps[KEY] == {NAMES.published}
    assert no_test_rows(project).passed
    before = claims(project)
    with dg.DagsterInstance.ephemeral() as instance:
        config = {"ops": {asset.node_def.name: {"config": {"ttl_hours": 1e-6}}}}
        assert dg.materialize([asset], instance=instance, run_config=config).success
        made = instance.get_latest_materialization_event(KEY)
        assert made is not None
        assert claims(project) == before + 2
        assert not no_test_rows(project).passed
        with dg.build_sensor_context(instance=instance) as context:
            said = build_expiry_sensor(project, NAMES)(context)
        assert "1 runs were reset, 0 steps of others told" in str(said)
        assert claims(project) == before
        (seen,) = instance.fetch_observations(KEY, limit=9).records
        assert seen.event_log_entry is not None
    assert no_test_rows(project).passed


def test_a_refresh_asks_for_test_rows(
    source_db: str,
    target_db: str,
    tmp_path: Path,
    instance: dg.DagsterInstance,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It has ended all runs, so a warning is over; without scenarios there is no check."""
    run(source_db, "CREATE TABLE team (id int PRIMARY KEY)")
    policy = f"{NOTHING_MASKED}on_existing_data: drop_create\n"
    project = project_in(tmp_path, source_db, target_db, policy)
    asked = []
    for _ in range(2):
        result = refresh(project, instance, monkeypatch)
        assert result.success
        found = result.get_asset_check_evaluations()
        asked.append([each.passed for each in found if each.check_name == "no_test_rows"])
        scenarios_in(tmp_path)
    assert asked == [[], [True]]


def test_a_target_that_is_not_published_skips_the_sensor(
    databases: Databases, tmp_path: Path
) -> None:
    """A target in the middle of a refresh is no failure of the sensor."""
    dsn = databases.create()
    project = Project(policy_path=tmp_path / "p.yaml", environ={"TARGET_DB_URL": dsn})
    said = looked(project)
    databases.drop(dsn)
    assert isinstance(said, dg.SkipReason)
    assert "no refresh was ever published" in str(said.skip_message)


def test_without_scenarios_there_is_nothing(tmp_path: Path) -> None:
    """A project without a folder has no scenario; neither has one whose files are mistaken."""
    project = Project(policy_path=tmp_path / "mask-rules.yaml")
    assert scenarios_of(project) == ()
    (scenarios_in(tmp_path) / "wrong.yaml").write_text("scenario_id: 7", encoding="utf-8")
    assert scenarios_of(project) == ()


def test_what_other_doors_did_is_told_once(project: Project) -> None:
    """A run of a command is left alone while it lives; Dagster hears of it, and of its reset."""
    test_data = TestData(project.target_dsn, Scenarios(project.scenarios_folder))
    answer = test_data.request("denied", invoker="ann", ttl=timedelta(hours=1))
    sensor = build_expiry_sensor(project, NAMES)
    with dg.DagsterInstance.ephemeral() as instance:

        def entries() -> list[object]:
            with dg.build_sensor_context(instance=instance) as context:
                told = sensor(context)
            assert isinstance(told, dg.SensorResult)
            for entry in told.asset_events:
                instance.report_runless_asset_event(entry)
            return [type(entry) for entry in told.asset_events]

        assert entries() == [dg.AssetMaterialization]
        (day,) = Path(instance.root_directory).glob("privaci/proofs/test-data/day=*/*.parquet")
        assert pl.read_parquet(day)["action"][0] == "request_received"
        assert entries() == []
        test_data.reset(answer.test_run_id, answer.cleanup_token, invoker="ann")
        assert entries() == [dg.AssetObservation]
        assert entries() == []
    test_data.close()
