"""Turns errors into answers: a status, a code, and what to do; never a value, never a traceback."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi.responses import JSONResponse

from privaci_core.errors import PolicyError, PreflightError, PrivaciError
from privaci_core.postgres.unexpected import explained
from privaci_core.testdata.errors import Rejected, RequestError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DOING = "Answering a request for test data"
OTHERS: dict[type[PrivaciError], tuple[str, int]] = {
    PreflightError: ("TARGET_UNREACHABLE", 503),
    # A scenario's file, or the scenario beside the target's tables.
    PolicyError: ("SCENARIO_INVALID", 422),
}
UNEXPECTED = ("UNEXPECTED", 500)


class Refused(Exception):  # noqa: N818 - the name is what happened
    """A request that the service itself refuses, before it asks for rows."""

    def __init__(
        self, *, status: int, code: str, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(code)
        self.status, self.code, self.message, self.headers = status, code, message, headers or {}


def refusal(error: Refused) -> JSONResponse:
    """The answer to a request that the service refuses."""
    body = error_body(error.code, error.message)
    return JSONResponse(body, error.status, headers=dict(error.headers))


def answer_to(error: Exception) -> JSONResponse:
    """The answer to a request that failed."""
    shown = explained(DOING, error)
    code, status = code_of(shown), status_of(shown)
    more: dict[str, Any] = {}
    if isinstance(shown, Rejected):
        more["details"] = _rejected(shown)
    if isinstance(shown, RequestError) and shown.run:
        more["test_run_id"] = shown.run
    return JSONResponse(error_body(code, message_of(shown), **more), status)


def malformed(errors: Sequence[Mapping[str, Any]]) -> JSONResponse:
    """The answer to a body of another form: which fields, and why; not what stood there."""
    found = [
        {"field": ".".join(str(part) for part in error["loc"][1:]), "problem": error["type"]}
        for error in errors
    ]
    fields = ", ".join(sorted({each["field"] or "the body" for each in found}))
    message = f"The request has another form than /docs says, at {fields}."
    return JSONResponse(error_body("REQUEST_INVALID", message, details=found), 422)


def error_body(code: str, message: str, **more: Any) -> dict[str, Any]:
    """The shape of every error."""
    return {"detail": {"error": {"code": code, "message": message, **more}}}


def message_of(error: PrivaciError) -> str:
    """What happened and what to do, in one line."""
    return f"{error.context}: {error.cause.removesuffix('.')}. {error.remediation}"


def code_of(error: PrivaciError) -> str:
    """The code by which a client knows an error."""
    return error.code if isinstance(error, RequestError) else _other(error)[0]


def status_of(error: PrivaciError) -> int:
    """The HTTP status of an error."""
    return error.status if isinstance(error, RequestError) else _other(error)[1]


def _other(error: PrivaciError) -> tuple[str, int]:
    """The code and the status of an error that is not about requests alone."""
    known = (kind for kind in OTHERS if isinstance(error, kind))
    return OTHERS.get(next(known, PrivaciError), UNEXPECTED)


def _rejected(error: Rejected) -> dict[str, list[str]]:
    """The rules that failed."""
    return {
        "failed_validators": [name for name, _ in error.failed],
        "messages": [message for _, message in error.failed],
    }
