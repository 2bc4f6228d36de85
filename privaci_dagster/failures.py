"""Turns our errors into Dagster's and back: what a step says about its failure is all that anybody sees of it."""

from __future__ import annotations

import logging
import traceback
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg

from privaci_core.errors import PrivaciError

if TYPE_CHECKING:
    from collections.abc import Iterator

# Nor does the text of an unexpected error reach the log of what was kept out of Dagster's events: what a person needs
# of it is said by `told`. A filter, because Dagster switches its loggers on again when it opens an instance.
logging.getLogger("dagster.redacted_errors").addFilter(lambda _record: False)

EXIT_CODE = "exit_code"
MOST_LINES = 20
REMEDIES = {
    "no_originals": "Give these columns an action: json with default redact, ner_mask, or static where a model"
    " overlooks names; passthrough if their content may be seen.",
    "same_rows": "Look for what writes to the target while it is loaded.",
}


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
        raise _failure(str(error), error.exit_code) from None
    except (dg.Failure, dg.RetryRequested):
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, its text may hold a value
        raise _failure(_where(error), PrivaciError.exit_code) from None


def _failure(said: str, exit_code: int) -> dg.Failure:
    return dg.Failure(description=said, metadata={EXIT_CODE: exit_code}, allow_retries=False)


def _where(error: Exception) -> str:
    """What kind of error it was and the lines that led to it, without a word that it says."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [
        f"  {Path(*Path(frame.filename).parts[-3:])}:{frame.lineno} in {frame.name}"
        for frame in frames
    ]
    return "\n".join(
        [f"an unexpected {type(error).__name__}; please report it with these lines", *lines]
    )


def first_failure(result: dg.ExecuteInProcessResult) -> StepFailure | None:
    """The failure that ended a run, if one did."""
    for event in result.all_events:
        if event.is_step_failure:
            checked = _failed_checks(result)
            if checked and event.step_failure_data.user_failure_data is None:
                return StepFailure(step=event.step_key or "", said=checked, exit_code=1)
            failure = event.step_failure_data.user_failure_data
            code = failure.metadata.get(EXIT_CODE) if failure else None
            said = (
                failure.description if failure else None
            ) or "an unexpected error: see the run's log in Dagster"
            return StepFailure(
                step=event.step_key or "", said=said, exit_code=int(str(code.value)) if code else 1
            )
    return None


def _failed_checks(result: dg.ExecuteInProcessResult) -> str:
    """What the checks found that stop a publication, by name and number."""
    lines = []
    for check in result.get_asset_check_evaluations():
        if not check.passed and check.severity == dg.AssetCheckSeverity.ERROR:
            lines.append(f"the check {check.check_name} failed, and the target is not published:")
            found = dict(check.metadata["different"].value)  # type: ignore[arg-type]
            lines += [
                f"  - {where}: {count}" for where, count in sorted(found.items())[:MOST_LINES]
            ]
            lines += [f"  {REMEDIES[check.check_name]}"] if check.check_name in REMEDIES else []
    return "\n".join(lines)
