"""The errors of runs of test data: what was asked of a run or a target, and why it was refused."""

from __future__ import annotations

from privaci_core.testdata.errors import RequestError

DOCS = "docs/how-to/test-data.md"


class RunError(RequestError):
    """A command about a run that was refused; it changed nothing."""

    def __init__(self, context: str, cause: str, remediation: str, docs: str = DOCS) -> None:
        super().__init__(context, cause, remediation, docs)


class UnknownRun(RunError):  # noqa: N818 - the name is what happened
    """The target has no run of this name."""

    code, status = "RUN_NOT_FOUND", 404


class WrongToken(RunError):  # noqa: N818 - the name is what happened
    """A reset came with another token than the run's."""

    code, status = "TOKEN_MISMATCH", 403


class NotConfirmed(RunError):  # noqa: N818 - the name is what happened
    """A reset of every run came without a confirmation."""

    code, status = "CONFIRM_REQUIRED", 428


class NotPublished(RunError):  # noqa: N818 - the name is what happened
    """The target is no published and proved copy."""

    code, status = "TARGET_NOT_PUBLISHED", 409
    exit_code = 2


class ResetFailed(RunError):  # noqa: N818 - the name is what happened
    """The rows of a run could not be taken out; all of them are still there."""

    code, status = "RESET_FAILED", 502


class BranchRefused(RunError):  # noqa: N818 - the name is what happened
    """A branch could not be made or dropped."""

    code, status = "BRANCH_REFUSED", 409

    def __init__(self, context: str, cause: str, remediation: str) -> None:
        super().__init__(context, cause, remediation, "docs/how-to/branches.md")
