"""Hot tables come hourly and the rest by night: by conditions of Dagster's, as `defs.yaml` says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import dagster as dg
import pytest
import yaml
from dagster_layer.runs import NOTHING_MASKED, project_in
from substrate.databases import run

from privaci_core.errors import PreflightError
from privaci_dagster.build import build_definitions
from privaci_dagster.components import MaskedDatabase
from privaci_dagster.timetable import condition_of, refuse_unknown

if TYPE_CHECKING:
    from pathlib import Path

    from privaci_dagster.project import Project

pytestmark = pytest.mark.dagster

TIMES = {"public.order*": "@hourly", "*": "0 3 * * *"}
ORDERS, LINES, TEAM = (
    dg.AssetKey(["target", "public", name]) for name in ("orders", "order_lines", "team")
)


@pytest.fixture
def project(source_db: str, target_db: str, tmp_path: Path) -> Project:
    """A project with two hot tables and one that is not."""
    names = ("orders", "order_lines", "team")
    run(source_db, *(f"CREATE TABLE {name} (id int PRIMARY KEY)" for name in names))
    return project_in(tmp_path, source_db, target_db, NOTHING_MASKED)


def requested(definitions: dg.Definitions, instance: Any, *hours: int) -> list[set[dg.AssetKey]]:
    """What Dagster would load at these hours; a second look after each asks for nothing."""
    found, cursor = [], None
    keys = (ORDERS, LINES, TEAM)
    for hour, second in ((hour, second) for hour in hours for second in (20, 50)):
        result = dg.evaluate_automation_conditions(
            definitions,
            instance,
            cursor=cursor,
            evaluation_time=datetime(2026, 3, 1, hour, 0, second, tzinfo=UTC),
        )
        cursor = result.cursor
        wanted = {key for key in keys if result.get_num_requested(key)}
        assert result.total_requested == len(wanted)
        if second == 50:
            assert not wanted
        else:
            found.append(wanted)
    return found


def test_hot_tables_come_hourly_and_the_rest_by_night(project: Project, instance: Any) -> None:
    """No table waits for its source, which is never materialized, nor for the schema."""
    definitions = build_definitions(replace(project, automation=TIMES))
    assert requested(definitions, instance, 0, 1, 2, 3, 4) == [
        set(),
        {ORDERS, LINES},
        {ORDERS, LINES},
        {ORDERS, LINES, TEAM},
        {ORDERS, LINES},
    ]


def test_a_time_zone_counts(project: Project, instance: Any) -> None:
    """Three o'clock in Berlin is two in UTC."""
    environ = {**project.environ, "PRIVACI_TIMEZONE": "Europe/Berlin"}
    berlin = replace(project, automation={"*.team": "0 3 * * *"}, environ=environ)
    assert requested(build_definitions(berlin), instance, 1, 2, 3) == [set(), {TEAM}, set()]


def test_the_component_takes_it_from_yaml(project: Project, tmp_path: Path, instance: Any) -> None:
    """As written in `defs.yaml`; a sensor of ours evaluates our assets alone."""
    attributes = yaml.safe_load('automation: {"public.order*": "@hourly", "*": "0 3 * * *"}')
    component = MaskedDatabase(prefix="", **attributes)
    definitions = component.build_defs(SimpleNamespace(path=tmp_path))  # type: ignore[arg-type]
    assert requested(definitions, instance, 0, 1) == [set(), {ORDERS, LINES}]
    sensor = definitions.resolve_sensor_def("timetable")
    assert sensor.default_status == dg.DefaultSensorStatus.RUNNING
    merged = dg.Definitions.merge(definitions, dg.Definitions(assets=[theirs]))
    selected = sensor.asset_selection.resolve(merged.resolve_asset_graph())  # type: ignore[attr-defined]
    assert theirs.key not in selected
    assert {ORDERS, LINES, TEAM} <= selected
    assert project.automation is None


@dg.asset
def theirs() -> None:
    """An asset of another part of the project."""


def test_without_times_nothing_loads_by_itself(project: Project, instance: Any) -> None:
    """No condition, and no sensor."""
    definitions = build_definitions(project)
    assert requested(definitions, instance, 0, 1, 3) == [set(), set(), set()]
    assert "timetable" not in {each.name for each in definitions.sensors or ()}


@pytest.mark.parametrize(
    ("automation", "why"),
    [
        ({"public.odrers": "@hourly"}, "no table of the lock file matches public.odrers"),
        ({"*": "at dawn"}, "at dawn of \\* is not a time"),
    ],
)
def test_a_name_or_a_time_that_is_none_is_refused(
    project: Project, automation: dict[str, str], why: str
) -> None:
    """A misspelt table would silently never come."""
    with pytest.raises(PreflightError, match=why):
        build_definitions(replace(project, automation=automation))


@pytest.mark.parametrize("pattern", ["public.order*", 'public."order*', 'public."order lines"'])
def test_a_pattern_matches_a_name_with_its_quotes_or_without(pattern: str) -> None:
    """A name is shown in quotes if it needs them; a pattern of before has none."""
    condition = condition_of('public."order lines"', {pattern: "@hourly"}, "UTC")
    assert condition is not None
    refuse_unknown({pattern: "@hourly"}, ['public."order lines"'])
