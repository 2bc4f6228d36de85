"""What happens by itself: the nightly refresh, the look for drift, and word to people when a run fails."""

from __future__ import annotations

import hashlib
import json
import os
import urllib.request
from typing import TYPE_CHECKING

import dagster as dg

from privaci_core.catalog.catalog import read_catalog
from privaci_core.catalog.lock_file import read_lock
from privaci_core.errors import PreflightError, PrivaciError
from privaci_core.plan.drift import drift
from privaci_core.postgres.embedded import reachable
from privaci_core.postgres.session import source_session
from privaci_core.refresh.steps import plan_of
from privaci_core.secrets import resolve
from privaci_dagster.asset_keys import range_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from privaci_core.plan.drift import Change
    from privaci_dagster.asset_keys import Names
    from privaci_dagster.project import Project

CRON_VARIABLE, TIMEZONE_VARIABLE, WEBHOOK_VARIABLE = (
    "PRIVACI_CRON",
    "PRIVACI_TIMEZONE",
    "PRIVACI_WEBHOOK_URL",
)
# At night; it is off until somebody switches it on, or names a time of their own.
NIGHTLY = "0 3 * * *"
LOOK_SECONDS = 300
WEBHOOK_SECONDS = 10
WATCHES = "Compares the source with the lock file, and notes what nobody has reviewed: a refresh would stop at it."
WEB = ("https://", "http://")


def build_schedule(
    job: dg.UnresolvedAssetJobDefinition, slices: int, names: Names
) -> dg.ScheduleDefinition:
    """The nightly refresh: the same run as the button's and the command line's."""
    cron = os.environ.get(CRON_VARIABLE, "")

    @dg.schedule(
        name=names.of("nightly"),
        job=job,
        cron_schedule=cron or NIGHTLY,
        execution_timezone=os.environ.get(TIMEZONE_VARIABLE, "UTC"),
        default_status=dg.DefaultScheduleStatus.RUNNING
        if cron
        else dg.DefaultScheduleStatus.STOPPED,
        description=f"A whole refresh by {CRON_VARIABLE} ({NIGHTLY} where it is not set), in {TIMEZONE_VARIABLE}.",
    )
    def nightly() -> dg.RunRequest:
        return dg.RunRequest(tags=range_of(slices))

    return nightly


def build_drift_sensor(project: Project, names: Names) -> dg.SensorDefinition:
    """Compares the source with the lock file, and notes what is different, once a difference."""

    @dg.sensor(name=names.of("drift"), minimum_interval_seconds=LOOK_SECONDS, description=WATCHES)
    def look(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        """Tables, columns and keys of the source that are not as the lock file says, with the policy's verdict."""
        try:
            changes = changes_of(project)
        except PrivaciError as error:
            # The source may be down at night; its refresh would say so.
            return dg.SkipReason(str(error))
        said = [str(change) for change in changes]
        seen = hashlib.sha256("\n".join(said).encode()).hexdigest()
        if not said or seen == context.cursor:
            context.update_cursor(seen)
            return dg.SkipReason(
                "the source is as its lock file says"
                if not said
                else "nothing new since the last look"
            )
        noted = dg.AssetObservation(
            names.schema,
            description=f"{len(said)} changes of the source since its lock file was written",
            metadata={
                "changes": dg.MetadataValue.json(said),
                "waiting for a review": sum(change.blocks for change in changes),
            },
        )
        return dg.SensorResult(asset_events=[noted], cursor=seen)

    return look


def changes_of(project: Project) -> tuple[Change, ...]:
    """How the source differs from the project's lock file."""
    with reachable(project.source_dsn) as dsn, source_session(dsn) as source:
        catalog = read_catalog(source)
        return drift(
            read_lock(project.lock_path), catalog, plan_of(source, catalog, project.policy())
        )


def build_failure_sensor(names: Names) -> dg.SensorDefinition:
    """Tells people of a failed run by a webhook, in words that hold no value."""

    @dg.run_failure_sensor(name=names.of("tell_of_failures"))
    def tell(context: dg.RunFailureSensorContext) -> dg.SkipReason | None:
        """Which run failed, at which step and why, to the address of PRIVACI_WEBHOOK_URL."""
        url = os.environ.get(WEBHOOK_VARIABLE, "")
        if not url:
            return dg.SkipReason(f"{WEBHOOK_VARIABLE} is not set")
        steps = [event.step_key for event in context.get_step_failure_events()]
        if names.prefix and not _concerns(names.prefix, context.dagster_run.job_name, steps):
            return dg.SkipReason("the run is another database's")
        where = f" at {', '.join(step for step in steps if step)}" if steps else ""
        post(
            url,
            f"PrivaCI: the run {context.dagster_run.run_id} of {context.dagster_run.job_name} failed{where}.",
        )
        return None

    return tell


def _concerns(prefix: str, job: str, steps: Iterable[str | None]) -> bool:
    """Whether a run is one of the database that a prefix names: by its job, or by a step of it that failed."""
    return job.startswith(f"{prefix}_") or any(
        step and step.startswith(f"{prefix}__") for step in steps
    )


def post(url: str, text: str) -> None:
    """Send a line to a webhook, in the form that Slack and its like take."""
    address = url if url.startswith(WEB) else resolve(url, os.environ).reveal()
    if not address.startswith(WEB):
        raise PreflightError(
            "Sending to the webhook", "its address is no http URL", f"Correct {WEBHOOK_VARIABLE}."
        )
    body = json.dumps({"text": text}).encode()
    request = urllib.request.Request(address, body, {"Content-Type": "application/json"})  # noqa: S310 - looked at above
    with urllib.request.urlopen(request, timeout=WEBHOOK_SECONDS):  # noqa: S310
        pass
