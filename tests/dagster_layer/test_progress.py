"""Progress of a run: what shows it never gets in the run's way."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest

from privaci_dagster.cli.progress import _Once, _show, show_progress
from privaci_dagster.cli.watch import watched
from privaci_dagster.labels import PARTS

pytestmark = pytest.mark.dagster


def test_a_storage_that_does_not_answer_is_reported_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The run continues and reports the error itself; progress adds no traceback."""

    def refuse(*_: object, **__: object) -> None:
        raise ConnectionError("the storage is away")

    with show_progress(SimpleNamespace(get_records_for_run=refuse), "a run", "json"):  # type: ignore[arg-type]
        pass
    assert capsys.readouterr().err == ""


def test_a_table_of_several_slices_is_told_once(instance: Any) -> None:
    """Whether the run names its slices, so that each has the table's end, or it does not."""
    parts = {PARTS: dg.MetadataValue.json({}), "dagster/row_count": 6, "bytes": 1, "seconds": 1.0}
    key = dg.AssetKey(["target", "public", "big"])

    @dg.op
    def load() -> None:
        context = dg.OpExecutionContext.get()
        for number in (1, 2):
            slice_ = dg.AssetMaterialization(key, partition=f"{number} of 2", metadata={"rows": 3})
            context.log_event(slice_)
        context.log_event(dg.AssetMaterialization(key, metadata=parts))
        for number in (1, 2):
            made = dg.AssetMaterialization(key, partition=f"{number} of 2", metadata=parts)
            context.log_event(made)

    @dg.job
    def job() -> None:
        load()

    result = job.execute_in_process(instance=instance)
    shown: list[tuple[str, str]] = []

    def show(_at: float, event: str, about: dict[str, Any]) -> None:
        shown.append((event, about.get("table", "")))

    once = _Once(show)
    with watched(instance, result.run_id, lambda entry: _show(entry, once)):
        pass
    assert shown == [("table loaded", "public.big")]
