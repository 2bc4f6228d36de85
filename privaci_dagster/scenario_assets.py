"""Builds the assets of scenarios, the sensor that resets forgotten runs, and the check of rows."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import dagster as dg

from privaci_core.errors import PrivaciError
from privaci_core.postgres.session import target_session
from privaci_core.target.test_runs import open_runs
from privaci_dagster.asset_keys import TEST_DATA
from privaci_dagster.failures import errors_as_failures
from privaci_dagster.legal_names import waiting_for
from privaci_dagster.project import proofs_in
from privaci_dagster.proof_store import put_trail_files

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from privaci_core.testdata.answer import Answer
    from privaci_core.testdata.scenario import Scenario
    from privaci_core.testdata.service import TestData
    from privaci_dagster.asset_keys import Names
    from privaci_dagster.project import Project
    from privaci_dagster.scenario_catch_up import Entry

LOG = logging.getLogger(__name__)
NO_TEST_ROWS = "no_test_rows"
NO_ROWS_OF_RUNS = "No run of test data has rows in the target; a refresh would end it."
EXPIRES = (
    "Resets runs of test data whose time is over, which nothing else has reset; tells of runs that"
    " commands and pytest made."
)
LOOK_SECONDS = 60


# What a person may ask for beside the scenario's own defaults.
CONFIG = {
    "constraints": dg.Field(dict, is_required=False, default_value={}),
    "seed": dg.Field(str, is_required=False, default_value=""),
    "ttl_hours": dg.Field(float, is_required=False, default_value=0.0),
}


def scenarios_of(project: Project) -> tuple[Scenario, ...]:
    """The scenarios of a project; a mistake in one must not keep a refresh from its night."""
    if not project.scenarios_folder.is_dir():
        return ()
    # All that reads scenarios is imported where there are some: every command builds this graph.
    from privaci_core.testdata.scenarios import Scenarios  # noqa: PLC0415

    try:
        return tuple(Scenarios(project.scenarios_folder))
    except PrivaciError as error:
        LOG.warning("No scenario of test data is shown: %s", error.cause)
        return ()


def build_scenarios(
    scenarios: Sequence[Scenario], project: Project, names: Names
) -> list[dg.AssetsDefinition]:
    """An asset for each scenario: materialized, its rows are in the target."""
    return [_build(scenario, project, names) for scenario in scenarios]


def build_expiry_sensor(project: Project, names: Names) -> dg.SensorDefinition:
    """The sensor that resets what was forgotten."""

    @dg.sensor(
        name=names.of("expire_test_data"),
        minimum_interval_seconds=LOOK_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=EXPIRES,
    )
    def expire_test_data(
        context: dg.SensorEvaluationContext,
    ) -> dg.SensorResult | dg.SkipReason:
        try:
            with (
                errors_as_failures("Resetting forgotten test data"),
                _test_data(project, names, context.instance) as test_data,
            ):
                done = test_data.expire()
                entries = _catch_up(context, names, test_data, project.environ)
        except dg.Failure as failure:
            # The target may be in the middle of a refresh, which ends all runs.
            return dg.SkipReason(failure.description)
        told = f"{len(done)} runs were reset, {len(entries)} steps of others told"
        return dg.SensorResult(asset_events=entries, skip_reason=told, cursor=context.cursor)

    return expire_test_data


def build_test_rows_check(project: Project, names: Names) -> dg.AssetChecksDefinition:
    """The check to look at before the next refresh."""

    @dg.asset_check(asset=names.published, name=NO_TEST_ROWS, description=NO_ROWS_OF_RUNS)
    def no_test_rows() -> dg.AssetCheckResult:
        with (
            errors_as_failures("Counting runs of test data"),
            project.target() as dsn,
            target_session(dsn, autocommit=True) as target,
        ):
            found = open_runs(target)
            return dg.AssetCheckResult(
                passed=not found,
                severity=dg.AssetCheckSeverity.WARN,
                metadata={"open runs": len(found)},
            )

    return no_test_rows


def _catch_up(
    context: dg.SensorEvaluationContext,
    names: Names,
    test_data: TestData,
    environ: Mapping[str, str],
) -> list[Entry]:
    """What other doors did without telling Dagster; each refresh's trail from its start."""
    from privaci_core.testdata.published import published_refresh  # noqa: PLC0415 - see above
    from privaci_core.testdata.trail_files import FOLDER, write_trail_files  # noqa: PLC0415
    from privaci_dagster.scenario_catch_up import catch_up  # noqa: PLC0415

    with target_session(test_data.dsn, autocommit=True) as target:
        refresh = published_refresh(target)
        before, _, place = (context.cursor or "").rpartition(" ")
        known = int(place) if before == refresh else 0
        entries, known = catch_up(context.instance, names, target, known)
        if entries:
            files = proofs_in(context.instance.root_directory, environ) / FOLDER
            # The days before were written when the place was.
            since = (datetime.now(UTC) - timedelta(days=2)).date() if before == refresh else None
            written = write_trail_files(target, files, refresh, since)
            put_trail_files(environ, files, written)
    context.update_cursor(f"{refresh} {known}")
    return entries


def _build(scenario: Scenario, project: Project, names: Names) -> dg.AssetsDefinition:
    @dg.asset(
        key=names.scenario(scenario.scenario_id),
        ins=waiting_for([names.published]),
        group_name=names.of(TEST_DATA),
        kinds={"postgres"},
        owners=list(project.owners),
        description=scenario.description or None,
        metadata={"requirements": list(scenario.linked_requirement_ids)},
        config_schema=CONFIG,
    )
    def rows() -> dg.MaterializeResult[Any]:
        from privaci_dagster.scenario_events import RUN_TAG, metadata_of  # noqa: PLC0415 - see above

        with errors_as_failures(f"Making the rows of {scenario.scenario_id}"):
            context = dg.AssetExecutionContext.get()
            with _test_data(project, names, None) as test_data:
                answer = _asked(test_data, scenario, context)
                events = test_data.events(answer.test_run_id)
            told = metadata_of(events) | _told(answer)
            return dg.MaterializeResult(metadata=told, tags={RUN_TAG: answer.test_run_id})

    return rows


def _asked(test_data: TestData, scenario: Scenario, context: dg.AssetExecutionContext) -> Answer:
    config = context.op_execution_context.op_config
    return test_data.request(
        scenario.scenario_id,
        config["constraints"],
        invoker=f"dagster:{context.run.run_id}",
        seed=config["seed"] or None,
        cleanup_strategy="leave",
        ttl=timedelta(hours=config["ttl_hours"]) if config["ttl_hours"] else None,
    )


def _told(answer: Answer) -> dict[str, Any]:
    """What Dagster shows of rows: which they are, and until when they stay; no token."""
    return {
        "rows": dg.MetadataValue.json([dict(row) for row in answer.rows]),
        "expires": dg.MetadataValue.timestamp(answer.expires),
    }


@contextmanager
def _test_data(
    project: Project, names: Names, instance: dg.DagsterInstance | None
) -> Iterator[TestData]:
    """The target's test data; what it does is told to an instance, if there is one."""
    from privaci_core.testdata.scenarios import Scenarios  # noqa: PLC0415 - see above
    from privaci_core.testdata.service import TestData  # noqa: PLC0415
    from privaci_dagster.scenario_events import report_events  # noqa: PLC0415

    outlet = partial(report_events, instance, names) if instance else None
    with project.target() as dsn:
        test_data = TestData(dsn, Scenarios(project.scenarios_folder), outlet=outlet)
        try:
            yield test_data
        finally:
            test_data.close()
