"""Turns errors into Dagster failures whose text holds no value, and reads why a run failed."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import dagster as dg

from privaci_core.errors import PrivaciError
from privaci_core.postgres.unexpected import Lines, explained, place_of, reported
from privaci_core.prove.checks import CHECK_NAMED
from privaci_dagster.event_log import values_of
from privaci_dagster.labels import DIFFERENCES, WHAT_TO_DO

if TYPE_CHECKING:
    from collections.abc import Iterator

EXIT_CODE = "exit_code"
MOST_LINES = 20
# A line of a stored stack; the line of source that follows it is not told.
STACK_LINE = re.compile(r'\s*File "(?P<path>.+)", line (?P<number>\d+), in (?P<function>\S+)')
# Why a step, and a run, failed that a signal ended; Dagster has no public name of these.
BY_SIGNAL, BETWEEN_STEPS = "INTERRUPT", "UNEXPECTED_TERMINATION"
UNEXPECTED = "an unexpected error: see the run's log in Dagster"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFailure:
    """The step that failed, its message, and the exit code of a command that ran it."""

    step: str
    message: str
    exit_code: int


@contextmanager
def errors_as_failures(doing: str) -> Iterator[None]:
    """Raise every error as a Failure: ours with its message, any other with a reference.

    Dagster stores the text of an error that a step raises, and of the errors that caused it. So
    nothing else may leave code of ours that Dagster calls.
    """
    try:
        yield
    except (dg.Failure, dg.RetryRequested):
        raise
    except Exception as error:  # noqa: BLE001 - the text of any other error may hold a value
        raise _failure(explained(doing, error)) from None


def first_failure(result: dg.ExecuteInProcessResult) -> StepFailure | None:
    """The failure that ended a run, if one did."""
    for event in result.all_events:
        if event.is_step_failure:
            return _step_failure(event, _failed_checks(result))
    return None


def was_interrupted(result: dg.ExecuteInProcessResult) -> bool:
    """Whether a signal ended a run, inside a step or between two."""
    return any(_by_signal(event) for event in result.all_events)


def _by_signal(event: dg.DagsterEvent) -> bool:
    if event.is_step_failure:
        source = event.step_failure_data.error_source
        return source is not None and source.name == BY_SIGNAL
    if event.event_type_value == "PIPELINE_FAILURE":
        reason = event.job_failure_data.failure_reason
        return reason is not None and reason.name == BETWEEN_STEPS
    return False


def _failure(error: PrivaciError) -> dg.Failure:
    return dg.Failure(
        description=str(error), metadata={EXIT_CODE: error.exit_code}, allow_retries=False
    )


def _step_failure(event: dg.DagsterEvent, failed_checks: str) -> StepFailure:
    """The message of a failed step; where checks failed it, theirs."""
    step, failure = event.step_key or "", event.step_failure_data.user_failure_data
    if failure is None:
        message = failed_checks or _unexplained(step, event.step_failure_data.error)
        return StepFailure(step=step, message=message, exit_code=1)
    code = failure.metadata.get(EXIT_CODE)
    return StepFailure(
        step=step,
        message=failure.description or UNEXPECTED,
        exit_code=int(str(code.value)) if code else 1,
    )


def _unexplained(step: str, error: Any) -> str:
    """The sentence of an error that came past us, of which Dagster kept the class and the stack."""
    found = list(_stored(error))
    if not found:
        return UNEXPECTED
    kind, lines = found[-1][0], tuple(line for _, told in found for line in told)
    return str(reported(f"Running the step {step}", Lines(kind=kind, lines=lines)))


def _stored(error: Any) -> Iterator[tuple[str, list[str]]]:
    """The class of a stored error and of those behind it, each with its places."""
    while error is not None:
        kind = error.cls_name or "error"
        places = (STACK_LINE.match(line) for line in error.stack)
        yield kind, [kind, *(place_of(*place.groups()) for place in places if place)]
        error = error.cause


def _failed_checks(result: dg.ExecuteInProcessResult) -> str:
    """What the checks found that stop a publication, and what to do."""
    return "\n".join(
        line
        for check in result.get_asset_check_evaluations()
        if check.check_name in CHECK_NAMED
        and not check.passed
        and check.severity == dg.AssetCheckSeverity.ERROR
        for line in _lines_of(check)
    )


def _lines_of(check: dg.AssetCheckEvaluation) -> Iterator[str]:
    yield f"the check {check.check_name} failed, and the target is not published:"
    for sentence in sentences_in(check):
        yield "  - " + sentence.replace("\n", "\n    ")


def sentences_in(check: dg.AssetCheckEvaluation) -> list[str]:
    """What a check found, in its own sentences; an earlier version kept names alone."""
    found = values_of(check.metadata)
    if WHAT_TO_DO in found:
        return list(found[WHAT_TO_DO])
    named = CHECK_NAMED.get(check.check_name)
    places = sorted(found.get(DIFFERENCES, {}).items())[:MOST_LINES]
    return [*(f"{place}: {what}" for place, what in places), *([named.remedy] if named else [])]
