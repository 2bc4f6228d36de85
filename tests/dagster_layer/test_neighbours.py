"""Other people's projects stay theirs: their process, their IO managers and their assets."""

from __future__ import annotations

import json
import subprocess
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import dagster as dg
import pytest
from dagster_layer.runs import NOTHING_MASKED, project_in
from substrate.databases import run

from privaci_core.errors import PreflightError
from privaci_dagster.asset_keys import Names
from privaci_dagster.build import REFRESH_JOB, build_definitions
from privaci_dagster.components import MaskedDatabase

if TYPE_CHECKING:
    from pathlib import Path

    from privaci_dagster.project import Project

pytestmark = pytest.mark.dagster

# What a process shares. Third parties are imported first: what they do is not ours.
SWITCHES = """
import json, logging, os, signal, sys, threading, warnings
import dagster, numpy, polars, psycopg, pyarrow

def state():
    loggers = logging.root.manager.loggerDict.items()
    return {
        "warnings": [list(map(str, warnings.filters)), str(warnings.showwarning)],
        "logging": [logging.root.level, list(map(str, logging.root.handlers)), {
            name: [each.level, each.disabled, len(each.handlers), each.propagate]
            for name, each in loggers if isinstance(each, logging.Logger)
            and not name.startswith("privaci")}],
        "signals": {int(each): str(signal.getsignal(each)) for each in signal.valid_signals()},
        "environ": dict(os.environ),
        "hooks": [str(sys.excepthook), str(threading.excepthook), str(sys.unraisablehook)],
        "limits": [sys.getrecursionlimit(), sys.getswitchinterval(), os.getcwd()],
        "path": [*sys.path, *map(str, sys.meta_path)],
        "polars": polars.Config.state(),
        "threads": sorted(each.name for each in threading.enumerate()),
    }

before = state()
from pathlib import Path
import privaci_dagster.definitions
from privaci_dagster.asset_keys import Names
from privaci_dagster.build import build_definitions
from privaci_dagster.components import MaskedDatabase
from privaci_dagster.project import Project
folder = Path(sys.argv[1])
rules, lock = folder / "mask-rules.yaml", folder / "privaci.lock.json"
build_definitions(Project(policy_path=rules, lock_path=lock))
after = state()
print(json.dumps([name for name in before if before[name] != after[name]]))
"""


@pytest.fixture
def project(source_db: str, target_db: str, tmp_path: Path) -> Project:
    """A project on two tables."""
    run(source_db, "CREATE TABLE a (id int PRIMARY KEY)", "CREATE TABLE b (id int PRIMARY KEY)")
    return project_in(tmp_path, source_db, target_db, NOTHING_MASKED)


@pytest.mark.usefixtures("project")
def test_importing_and_building_changes_nothing_of_the_process(tmp_path: Path) -> None:
    """Warnings, logging, signals, variables, hooks, limits, paths and threads are as before."""
    command = [sys.executable, "-c", SWITCHES, str(tmp_path)]
    shown = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    assert json.loads(shown.stdout.splitlines()[-1]) == []


class Raises(dg.ConfigurableIOManager):
    """Another asset's IO manager, which must not see ours."""

    def handle_output(self, context: dg.OutputContext, obj: object) -> None:
        """Fail for ours."""
        del obj
        assert context.asset_key.path[0] == "theirs", context.asset_key

    def load_input(self, context: dg.InputContext) -> object:
        """Fail for all."""
        raise AssertionError(context.asset_key)


@dg.multi_asset(
    specs=[dg.AssetSpec(["theirs", name], deps=[Names().published]) for name in ("x", "y")],
    check_specs=[dg.AssetCheckSpec("not_null", asset=["theirs", "x"])],
    can_subset=True,
)
def their_models() -> Any:
    """Models as dbt's: many assets and a check in one step."""
    yield dg.MaterializeResult(asset_key=["theirs", "x"])
    yield dg.MaterializeResult(asset_key=["theirs", "y"])
    yield dg.AssetCheckResult(asset_key=["theirs", "x"], check_name="not_null", passed=True)


@dg.asset(key=["theirs", "daily"], partitions_def=dg.DailyPartitionsDefinition("2026-01-01"))
def their_days() -> int:
    """An asset with partitions of its own, and an IO manager."""
    return 1


def test_a_refresh_beside_other_assets_touches_none_of_theirs(
    project: Project, instance: Any
) -> None:
    """Their IO manager, their partitions and their models; our job has our assets alone."""
    theirs = dg.Definitions(assets=[their_models, their_days], resources={"io_manager": Raises()})
    merged = dg.Definitions.merge(theirs, build_definitions(project))
    result = merged.resolve_job_def(REFRESH_JOB).execute_in_process(instance=instance)
    assert result.success
    made = {event.asset_key.path[0] for event in result.get_asset_materialization_events()}
    assert made == {"target"}
    daily = merged.resolve_implicit_global_asset_job_def()
    days = daily.execute_in_process(
        instance=instance, asset_selection=[their_days.key], partition_key="2026-01-02"
    )
    assert days.success


def test_a_component_without_its_lock_file_says_how_to_get_one(tmp_path: Path) -> None:
    """Which variables are not set, and the command; Dagster shows no line of ours but the last."""
    component = MaskedDatabase(source_variable="SHOP_SOURCE_URL", target_variable="SHOP_TARGET_URL")
    with pytest.raises(PreflightError) as caught:
        component.build_defs(SimpleNamespace(path=tmp_path))  # type: ignore[arg-type]
    error = caught.value
    assert error.cause.startswith("there is no privaci.lock.json beside its defs.yaml")
    assert error.remediation == (
        "Set SHOP_SOURCE_URL and SHOP_TARGET_URL to the databases' URLs. Write it:"
        f' SOURCE_DB_URL="$SHOP_SOURCE_URL" privaci introspect --lock {tmp_path}/privaci.lock.json'
    )
    traceback, frames = error.__traceback__, 0
    while traceback is not None:
        traceback, frames = traceback.tb_next, frames + 1
    assert frames == 2
