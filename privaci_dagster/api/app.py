"""Offers test data over HTTP, under the paths that ATDM's clients know."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - FastAPI reads annotations when the program runs
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Header, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse

from privaci_core.testdata.run_errors import UnknownRun
from privaci_dagster.api.access import Access
from privaci_dagster.api.baselines import baseline_routes
from privaci_dagster.api.failures import Refused, answer_to, error_body, malformed, refusal
from privaci_dagster.api.metrics import CONTENT_TYPE
from privaci_dagster.api.request_log import MOST_BYTES, TOO_LARGE, RequestLog
from privaci_dagster.api.service import Service
from privaci_dagster.api.shapes import DataRequest, ResetRequest

if TYPE_CHECKING:
    from privaci_dagster.api.request_log import Application

CONFIRMED = "yes"
ABOUT = (
    "Makes rows for tests in a published, proved copy of a database, and takes them out again."
    " Every step is told in an append-only trail."
)

UNROUTED = {
    400: ("REQUEST_INVALID", "The body could not be read. /docs says what it should be."),
    404: ("NOT_FOUND", "There is nothing here. /docs lists all paths."),
    405: ("METHOD_NOT_ALLOWED", "This path takes another method. /docs lists all paths."),
    TOO_LARGE: ("REQUEST_TOO_LARGE", f"The body has more than {MOST_BYTES:,} bytes. Send less."),
}


def build_app(service: Service, access: Access, version: str) -> Application:
    """The application of a target."""
    app = FastAPI(
        title="PrivaCI test data",
        description=ABOUT,
        version=version,
        # Their pages load scripts from elsewhere.
        docs_url=None,
        redoc_url=None,
    )
    for routes in (_write_routes, _read_routes, baseline_routes):
        app.include_router(routes(service, access))
    app.include_router(_page_routes(app, service, access))
    _answer_errors(app)
    return RequestLog(app)


def _write_routes(service: Service, access: Access) -> APIRouter:
    router = APIRouter(tags=["test data"])
    invoker = Depends(access.writer)

    @router.post("/test-data/requests", summary="Make the rows of a scenario.")
    def request_rows(asked: DataRequest, name: str = invoker) -> Response:
        return JSONResponse(service.request(asked, name))

    @router.post("/test-data/runs/{run_id}/reset", summary="Take the rows of a run out again.")
    def reset_run(run_id: str, asked: ResetRequest, name: str = invoker) -> Response:
        return JSONResponse(service.reset(run_id, asked.cleanup_token, name))

    @router.post("/test-data/reset/all", summary="Take the rows of all runs out again.")
    def reset_all(
        x_confirm: Annotated[str, Header(description="`yes`, or nothing is done.")] = "",
        name: str = invoker,
    ) -> Response:
        return JSONResponse(service.reset_all(confirm=x_confirm == CONFIRMED, invoker=name))

    return router


def _read_routes(service: Service, access: Access) -> APIRouter:
    router = APIRouter(tags=["catalog and trail"], dependencies=[Depends(access.reader)])

    @router.get("/catalog/scenarios", summary="List the scenarios.")
    def list_scenarios() -> Response:
        return JSONResponse({"scenarios": service.scenarios()})

    @router.get("/catalog/runs", summary="List the runs that the target knows.")
    def list_runs(scenario: str | None = None, since: datetime | None = None) -> Response:
        return JSONResponse({"runs": service.runs(scenario, since)})

    @router.get("/audit/runs/{run_id}", summary="Tell every step of a run.")
    def audit_run(run_id: str) -> Response:
        return JSONResponse(service.audit(run_id))

    @router.get("/metrics", summary="Count what was done, for Prometheus.")
    def metrics() -> Response:
        text = service.metrics.text(up=service.is_up())
        return PlainTextResponse(text, media_type=CONTENT_TYPE)

    return router


def _page_routes(app: FastAPI, service: Service, access: Access) -> APIRouter:
    router = APIRouter(tags=["pages"])
    # The templates and what they need, for whoever looks at a page.

    @router.get(
        "/ui/audit/{run_id}",
        summary="Show every step of a run.",
        response_class=HTMLResponse,
        dependencies=[Depends(access.browser)],
    )
    def audit_page_of(run_id: str) -> Response:
        from privaci_dagster.api.audit_page import audit_page, missing_page  # noqa: PLC0415

        try:
            return _page(audit_page(*service.trail(run_id)))
        except UnknownRun:
            return _page(missing_page(), 404)

    @router.get("/docs", include_in_schema=False)
    def docs() -> Response:
        return _page(described())

    @router.get("/health", summary="Say whether the target answers and is published.")
    def health() -> Response:
        up = service.is_up()
        return JSONResponse({"status": "ok" if up else "unavailable"}, 200 if up else 503)

    @cache
    def described() -> str:
        from privaci_dagster.api.reference_page import reference_page  # noqa: PLC0415

        return reference_page(app.openapi())

    return router


def _page(text: str, status: int = 200) -> HTMLResponse:
    """A page that may load nothing, from anywhere."""
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return HTMLResponse(text, status, headers={"Content-Security-Policy": policy})


def _answer_errors(app: FastAPI) -> None:
    @app.exception_handler(Refused)
    async def refused(_request: Request, error: Refused) -> Response:
        return refusal(error)

    @app.exception_handler(RequestValidationError)
    async def of_another_form(_request: Request, error: RequestValidationError) -> Response:
        return malformed(error.errors())

    async def unrouted(_request: Request, error: Any) -> Response:
        code, message = UNROUTED[error.status_code]
        return JSONResponse(error_body(code, message), error.status_code)

    for status in UNROUTED:
        app.add_exception_handler(status, unrouted)

    @app.exception_handler(Exception)
    async def failed(_request: Request, error: Exception) -> Any:
        return answer_to(error)
