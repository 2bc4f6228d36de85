"""The errors of test data; each has a code and a status, by which an HTTP client tells it."""

from __future__ import annotations

from typing import ClassVar

from privaci_core.errors import PrivaciError

DOCS = "docs/reference/scenarios.md"


class RequestError(PrivaciError):
    """A request for test data that was refused or failed; it wrote no row."""

    code: ClassVar[str] = "REQUEST_FAILED"
    status: ClassVar[int] = 500
    # The run that failed, whose events the trail has.
    run = ""

    def __init__(self, context: str, cause: str, remediation: str, docs: str = DOCS) -> None:
        super().__init__(context, cause, remediation, docs)


class UnknownScenario(RequestError):  # noqa: N818 - the name is what happened
    """No scenario has this name."""

    code, status = "SCENARIO_NOT_FOUND", 404


class BadConstraint(RequestError):  # noqa: N818 - the name is what happened
    """A request names a constraint that its scenario does not have."""

    code, status = "CONSTRAINT_UNKNOWN", 422


class Rejected(RequestError):  # noqa: N818 - the name is what happened
    """Validators rejected the rows before any was written; lists every rule that failed."""

    code, status = "VALIDATOR_REJECTED", 422
    # The names and messages of the rules that failed.
    failed: tuple[tuple[str, str], ...] = ()


class NothingToFind(RequestError):  # noqa: N818 - the name is what happened
    """No free row of the target is what a scenario looks for."""

    code, status = "NO_MATCHING_ROW", 409


class SeedFailed(RequestError):  # noqa: N818 - the name is what happened
    """The rows could not be made or written."""

    code, status = "SEED_FAILED", 502


class PlannerMissing(RequestError):  # noqa: N818 - the name is what happened
    """A request asks for a language model as its planner, and none is installed."""

    code, status = "LLM_MODE_NOT_ENABLED", 501
