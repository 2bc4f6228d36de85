"""What a failed step says: our errors in full, of any other the class and a reference."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from privaci_core.errors import PreflightError, PrivaciError
from privaci_core.prove.checks import CHECK_NAMED
from privaci_dagster import definitions
from privaci_dagster.failures import (
    EXIT_CODE,
    errors_as_failures,
    first_failure,
)
from privaci_dagster.labels import DIFFERENCES

pytestmark = pytest.mark.dagster


def raised(error: BaseException) -> dg.Failure:
    """The failure that an error becomes."""
    with pytest.raises(dg.Failure) as found, errors_as_failures("Trying"):
        raise error
    return found.value


def test_an_error_of_ours_keeps_its_words_and_exit_code() -> None:
    """Context, cause and remedy; a step that fails so is not tried again."""
    failure = raised(PreflightError("Reading a file", "it is not there", "Name another."))
    assert "Reading a file" in (failure.description or "")
    assert failure.metadata[EXIT_CODE].value == PreflightError.exit_code
    assert not failure.allow_retries
    assert failure.__cause__ is None


def test_an_unexpected_error_shows_its_kind_and_a_reference() -> None:
    """Its text may hold a value, and its lines are in a file."""
    failure = raised(ValueError("the value of a cell"))
    first, cause, *_ = (failure.description or "").splitlines()
    assert first == "Trying"
    assert re.fullmatch("  Cause: an unexpected ValueError, reference [0-9a-f]{8}", cause)
    assert "the value of a cell" not in (failure.description or "")
    assert failure.metadata[EXIT_CODE].value == 1


def test_what_loads_definitions_shows_no_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor the text of an error that is none of ours."""

    def fail(_project: object) -> None:
        raise ValueError("the value of a cell")

    monkeypatch.setattr(definitions, "build_definitions", fail)
    monkeypatch.setattr(definitions.Project, "of_environment", lambda: None)
    monkeypatch.setattr(definitions, "executor_of", lambda _project: None)
    with pytest.raises(PrivaciError) as found:
        definitions.defs()
    assert "the value of a cell" not in str(found.value)
    assert found.value.__suppress_context__


@pytest.mark.parametrize("error", [dg.Failure("as it is"), dg.RetryRequested(max_retries=1)])
def test_what_dagster_raises_goes_through(error: Exception) -> None:
    """A failure that a step raises itself, and its wish to be tried again."""
    with pytest.raises(type(error)) as found, errors_as_failures("Trying"):
        raise error
    assert found.value is error


def run_of(*parts: Any) -> dg.ExecuteInProcessResult:
    """A run of some assets and checks."""
    with dg.DagsterInstance.ephemeral() as instance:
        assets = [part for part in parts if not isinstance(part, dg.AssetChecksDefinition)]
        checks = [part for part in parts if isinstance(part, dg.AssetChecksDefinition)]
        job = dg.define_asset_job("all_of_it")
        definitions = dg.Definitions(
            assets=assets, asset_checks=checks, jobs=[job], executor=dg.in_process_executor
        )
        run = definitions.resolve_job_def("all_of_it")
        return run.execute_in_process(instance=instance, raise_on_error=False)


def check_of(
    asset: dg.AssetsDefinition,
    differences: dict[str, int],
    *,
    severity: str = "ERROR",
    name: str = "no_originals",
) -> dg.AssetChecksDefinition:
    """A blocking check that finds these differences."""

    @dg.asset_check(asset=asset, name=name, blocking=True)
    def found() -> dg.AssetCheckResult:
        return dg.AssetCheckResult(
            passed=not differences,
            severity=dg.AssetCheckSeverity(severity),
            metadata={DIFFERENCES: dg.MetadataValue.json(differences)},
        )

    return found


@dg.asset
def whole() -> None:
    """An asset that is made."""


@dg.asset(deps=[whole])
def published() -> None:
    """An asset that waits for the checks."""


def test_a_run_that_succeeds_has_no_failure() -> None:
    """Nor one whose check warns."""
    assert first_failure(run_of(whole, check_of(whole, {}))) is None
    assert first_failure(run_of(whole, check_of(whole, {"a": 1}, severity="WARN"))) is None


def test_a_failed_step_is_named_with_its_message_and_exit_code() -> None:
    """A command ends with what the step says."""

    @dg.asset
    def broken() -> None:
        with errors_as_failures("Reading a file"):
            raise PreflightError("Reading a file", "it is not there", "Name another.")

    failure = first_failure(run_of(broken))
    assert failure is not None
    assert (failure.step, failure.exit_code) == ("broken", PreflightError.exit_code)
    assert "it is not there" in failure.message


def test_a_step_that_says_nothing_points_to_the_log() -> None:
    """An error that came past us, and a failure without a description or a code."""

    @dg.asset
    def broken() -> None:
        raise dg.Failure

    failure = first_failure(run_of(broken))
    assert failure is not None
    assert (failure.message, failure.exit_code) == (
        "an unexpected error: see the run's log in Dagster",
        1,
    )


def test_an_error_that_came_past_us_has_a_reference() -> None:
    """And a file of its lines, as any other; its text is not ours to show."""

    @dg.asset
    def broken() -> None:
        raise ValueError("the value of a cell")

    failure = first_failure(run_of(broken))
    assert failure is not None
    assert (failure.step, failure.exit_code) == ("broken", 1)
    first, cause, remedy, *_ = failure.message.splitlines()
    assert first == "Running the step broken"
    assert re.fullmatch("  Cause: an unexpected ValueError, reference [0-9a-f]{8}", cause)
    path = re.search(r"with the file (\S+): it holds no value", remedy)
    assert path is not None
    lines = Path(path[1]).read_text(encoding="utf-8")
    assert re.search(r"test_failures\.py:\d+ in broken", lines)
    assert "the value of a cell" not in failure.message + lines
    assert "raise" not in lines


def test_a_failed_check_says_what_it_found_and_what_to_do() -> None:
    """By name and count, in order; the rest of many is in Dagster."""
    found = {f"public.t.c{number:02}": number for number in reversed(range(30))}
    failure = first_failure(run_of(whole, published, check_of(whole, found)))
    assert failure is not None
    first, *lines, remedy = failure.message.splitlines()
    assert first == "the check no_originals failed, and the target is not published:"
    assert lines == [f"  - public.t.c{number:02}: {number}" for number in range(20)]
    assert remedy == f"  - {CHECK_NAMED['no_originals'].remedy}"
    assert failure.exit_code == 1


def test_only_checks_that_stop_the_publication_are_named() -> None:
    """Neither one that passed, nor one that warns."""
    checks = [
        check_of(whole, {"a": 1}),
        check_of(whole, {}, name="same_rows"),
        check_of(whole, {"a": 1}, severity="WARN", name="keys_hold"),
    ]
    failure = first_failure(run_of(whole, published, *checks))
    assert failure is not None
    assert "no_originals" in failure.message
    assert "same_rows" not in failure.message
    assert "keys_hold" not in failure.message
