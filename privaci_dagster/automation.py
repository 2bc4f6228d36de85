"""Builds what runs by itself: the nightly refresh, the message of a failure."""

from __future__ import annotations

import json
import os
import urllib.request
from typing import TYPE_CHECKING

import dagster as dg

from privaci_core.errors import PreflightError
from privaci_core.secrets import resolve
from privaci_dagster.failures import errors_as_failures

if TYPE_CHECKING:
    from collections.abc import Iterable

    from privaci_dagster.asset_keys import Names

CRON_VARIABLE = "PRIVACI_CRON"
TIMEZONE_VARIABLE = "PRIVACI_TIMEZONE"
WEBHOOK_VARIABLE = "PRIVACI_WEBHOOK_URL"
# Off until a person switches it on, or names another time.
NIGHTLY = "0 3 * * *"
SCHEDULED = f"A whole refresh by {CRON_VARIABLE} ({NIGHTLY} if not set), in {TIMEZONE_VARIABLE}."
WEBHOOK_SECONDS = 10
WEB = ("https://", "http://")


def build_schedule(job: dg.UnresolvedAssetJobDefinition, names: Names) -> dg.ScheduleDefinition:
    """The nightly refresh: the same run that the UI and the command line start."""
    cron = os.environ.get(CRON_VARIABLE, "")
    status = dg.DefaultScheduleStatus.RUNNING if cron else dg.DefaultScheduleStatus.STOPPED

    @dg.schedule(
        name=names.of("nightly"),
        job=job,
        cron_schedule=cron or NIGHTLY,
        execution_timezone=os.environ.get(TIMEZONE_VARIABLE, "UTC"),
        default_status=status,
        description=SCHEDULED,
    )
    def nightly() -> dg.RunRequest:
        return dg.RunRequest()

    return nightly


def build_failure_sensor(names: Names) -> dg.SensorDefinition:
    """The sensor that sends a line to a webhook when a run fails; the line holds no value."""

    @dg.run_failure_sensor(name=names.of("tell_of_failures"))
    def report_failure(context: dg.RunFailureSensorContext) -> dg.SkipReason | None:
        """Send which run failed, and at which step, to the address in PRIVACI_WEBHOOK_URL."""
        url = os.environ.get(WEBHOOK_VARIABLE, "")
        if not url:
            return dg.SkipReason(f"{WEBHOOK_VARIABLE} is not set")
        run = context.dagster_run
        steps = [event.step_key for event in context.get_step_failure_events() if event.step_key]
        if names.prefix and not concerns(names.prefix, run.job_name, steps):
            return dg.SkipReason("the run is another database's")
        where = f" at {', '.join(steps)}" if steps else ""
        with errors_as_failures():
            post(url, f"PrivaCI: the run {run.run_id} of {run.job_name} failed{where}.")
        return None

    return report_failure


def concerns(prefix: str, job: str, failed_steps: Iterable[str]) -> bool:
    """Whether a run is of the database with this prefix: its job is, or a step that failed."""
    return job.startswith(f"{prefix}_") or any(
        step.startswith(f"{prefix}__") for step in failed_steps
    )


def post(url: str, text: str) -> None:
    """Send a line to a webhook, in the form that Slack takes."""
    address = url if url.startswith(WEB) else resolve(url, os.environ).reveal()
    if not address.startswith(WEB):
        raise PreflightError(
            "Sending a message to the webhook",
            "its address is not an http URL",
            f"Correct {WEBHOOK_VARIABLE}.",
        )
    body = json.dumps({"text": text}).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(address, body, headers)  # noqa: S310 - its scheme is checked above
    with urllib.request.urlopen(request, timeout=WEBHOOK_SECONDS):  # noqa: S310 - see above
        pass
