"""Builds what runs by itself: the nightly refresh, and the messages about runs that ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import dagster as dg

from privaci_dagster.failures import errors_as_failures
from privaci_dagster.messages import failure_message, success_message
from privaci_dagster.notify import RESOURCE, Notify

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from privaci_dagster.asset_keys import Names
    from privaci_dagster.messages import Graph
    from privaci_dagster.project import Project

    Message = Callable[[dg.DagsterInstance, dg.DagsterRun, Graph], str | None]

CRON_VARIABLE = "PRIVACI_CRON"
TIMEZONE_VARIABLE, UTC = "PRIVACI_TIMEZONE", "UTC"
# Off until a person switches it on, or names another time.
NIGHTLY = "0 3 * * *"
SCHEDULED = f"A whole refresh by {CRON_VARIABLE} ({NIGHTLY} if not set), in {TIMEZONE_VARIABLE}."


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a run ends, and what is told of it."""

    name: str
    status: dg.DagsterRunStatus
    message: Message
    description: str


FAILED = Ending(
    name="tell_of_failures",
    status=dg.DagsterRunStatus.FAILURE,
    message=failure_message,
    description="Sends which run failed, why, and what to do: to a webhook, by e-mail.",
)
SUCCEEDED = Ending(
    name="tell_of_successes",
    status=dg.DagsterRunStatus.SUCCESS,
    message=success_message,
    description="Sends what a run published: to a webhook, by e-mail.",
)
TIMETABLE = "Loads tables at the times that `automation` names, those of one time in one run."
NOWHERE = "no address is set to send a message to"
NOT_OURS = "the run has published nothing of this database, or is another one's"


def build_schedule(
    job: dg.UnresolvedAssetJobDefinition, project: Project, names: Names
) -> dg.ScheduleDefinition:
    """The nightly refresh: the same run that the UI and the command line start."""
    cron = project.environ.get(CRON_VARIABLE, "")
    status = dg.DefaultScheduleStatus.RUNNING if cron else dg.DefaultScheduleStatus.STOPPED

    @dg.schedule(
        name=names.of("nightly"),
        job=job,
        cron_schedule=cron or NIGHTLY,
        execution_timezone=project.environ.get(TIMEZONE_VARIABLE, UTC),
        default_status=status,
        description=SCHEDULED,
    )
    def nightly() -> dg.RunRequest:
        return dg.RunRequest()

    return nightly


def build_timetable_sensor(
    automation: Mapping[str, str], graph: Graph, names: Names
) -> list[dg.SensorDefinition]:
    """The sensor that loads tables at their times; Dagster's default one has the others' assets."""
    if not automation:
        return []
    return [
        dg.AutomationConditionSensorDefinition(
            names.of("timetable"),
            target=dg.AssetSelection.assets(*graph.keys),
            default_status=dg.DefaultSensorStatus.RUNNING,
            description=TIMETABLE,
        )
    ]


def build_message_sensors(
    project: Project, graph: Graph, names: Names
) -> list[dg.SensorDefinition]:
    """The sensors that tell of runs that ended; on from the start where an address is set."""
    is_set = Notify.of(project).is_set
    return [
        _sensor(FAILED, graph, names, on=is_set),
        _sensor(SUCCEEDED, graph, names, on=is_set and project.notify_success),
    ]


def _sensor(ending: Ending, graph: Graph, names: Names, *, on: bool) -> dg.SensorDefinition:
    key = names.of(RESOURCE)

    # The daemon passes the context alone, a direct call its resources by name as well.
    def tell(context: dg.RunStatusSensorContext, **_resources: object) -> dg.SkipReason | None:
        with errors_as_failures("Telling of a run"):
            notify: Notify = getattr(context.resources, key)
            if not notify.is_set:
                return dg.SkipReason(NOWHERE)
            text = ending.message(context.instance, context.dagster_run, graph)
            if text is None:
                return dg.SkipReason(NOT_OURS)
            subject, _, rest = text.partition("\n")
            notify.send(subject, rest)
        return None

    return dg.RunStatusSensorDefinition(
        name=names.of(ending.name),
        run_status=ending.status,
        run_status_sensor_fn=tell,
        description=ending.description,
        default_status=dg.DefaultSensorStatus.RUNNING if on else dg.DefaultSensorStatus.STOPPED,
        required_resource_keys={key},
    )
