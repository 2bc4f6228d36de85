"""Answers the paths of baselines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Depends, Response
from fastapi.responses import JSONResponse

from privaci_dagster.api.shapes import BaselineRequest

if TYPE_CHECKING:
    from privaci_dagster.api.access import Access
    from privaci_dagster.api.service import Service

NEWEST = BaselineRequest()


def baseline_routes(service: Service, access: Access) -> APIRouter:
    """The paths of baselines; whoever restores one ends all runs."""
    router = APIRouter(tags=["baselines"], prefix="/test-data/baseline")
    invoker = Depends(access.writer)

    @router.post("/snapshot", summary="Keep the target as it is.")
    def snapshot(asked: BaselineRequest | None = None, name: str = invoker) -> Response:
        return JSONResponse(service.kept_targets().snapshot((asked or NEWEST).baseline_id, name))

    @router.post("/restore", summary="Give the target the rows of a baseline.")
    def restore(asked: BaselineRequest | None = None, name: str = invoker) -> Response:
        done = service.kept_targets().restore((asked or NEWEST).baseline_id, name)
        service.metrics.count(service.metrics.resets, "baseline_restore")
        return JSONResponse(done)

    @router.get("/list", summary="List what was kept.", dependencies=[Depends(access.reader)])
    def list_baselines() -> Response:
        return JSONResponse(service.kept_targets().listed())

    return router
