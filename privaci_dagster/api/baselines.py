"""Answers the paths of baselines, which this version does not serve."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from fastapi import APIRouter, Depends

from privaci_dagster.api.failures import Refused
from privaci_dagster.api.shapes import BaselineRequest

if TYPE_CHECKING:
    from privaci_dagster.api.access import Access
    from privaci_dagster.api.service import Service

MISSING = "Baselines are not served over HTTP. Reset runs instead, or refresh the target."


def baseline_routes(_service: Service, access: Access) -> APIRouter:
    """The paths of baselines."""
    router = APIRouter(tags=["baselines"], prefix="/test-data/baseline")
    writer, reader = Depends(access.writer), Depends(access.reader)

    @router.post("/snapshot", summary="Keep the target as it is.", dependencies=[writer])
    def snapshot(_asked: BaselineRequest | None = None) -> None:
        _refuse()

    @router.post("/restore", summary="Put the target back.", dependencies=[writer])
    def restore(_asked: BaselineRequest | None = None) -> None:
        _refuse()

    @router.get("/list", summary="List what was kept.", dependencies=[reader])
    def list_baselines() -> None:
        _refuse()

    return router


def _refuse() -> NoReturn:
    raise Refused(status=501, code="BASELINES_NOT_ENABLED", message=MISSING)
