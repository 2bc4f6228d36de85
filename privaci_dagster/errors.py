"""Turns our errors into Dagster's and back: what a step says about its failure is all that anybody sees of it."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import dagster as dg

from privaci_core.errors import PrivaciError

if TYPE_CHECKING:
    from collections.abc import Iterator

EXIT_CODE = "exit_code"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFailure:
    """Which step failed, what it said, and the exit code that this is."""

    step: str
    said: str
    exit_code: int


@contextmanager
def told() -> Iterator[None]:
    """Raise an error of ours as a Failure whose description says context, cause and remediation."""
    try:
        yield
    except PrivaciError as error:
        raise dg.Failure(description=str(error), metadata={EXIT_CODE: error.exit_code}, allow_retries=False) from None


def first_failure(result: dg.ExecuteInProcessResult) -> StepFailure | None:
    """The failure that ended a run, if one did."""
    for event in result.all_events:
        if event.is_step_failure:
            failure = event.step_failure_data.user_failure_data
            code = failure.metadata.get(EXIT_CODE) if failure else None
            said = (failure.description if failure else None) or "an unexpected error: see the run's log in Dagster"
            return StepFailure(step=event.step_key or "", said=said, exit_code=int(str(code.value)) if code else 1)
    return None
