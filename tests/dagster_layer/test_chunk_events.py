"""What the event log is told of a large table's chunks, and what it says of an earlier load."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest
from psycopg import sql

from privaci_core.loading.worker import Ready
from privaci_core.plan.chunks import Chunk
from privaci_core.stream.copy_table import Loaded
from privaci_dagster.asset_keys import REFRESH_TAG
from privaci_dagster.chunk_events import loaded_before, part_of, told
from privaci_dagster.event_log import values_of
from privaci_dagster.labels import PARTS

pytestmark = pytest.mark.dagster

KEY = dg.AssetKey(["target", "public", "person"])
TABLE, REFRESH = "public.person", "the-refresh"
READY = Ready(loaded=Loaded(rows=12, bytes=1200))


def end(instance: Any, parts: dict[str, Any], refresh: str = REFRESH) -> None:
    """End the step of a table."""
    made = dg.AssetMaterialization(
        KEY, metadata={PARTS: dg.MetadataValue.json(parts)}, tags={REFRESH_TAG: refresh}
    )
    instance.report_runless_asset_event(made)


def plan_of(name: str = "person") -> Any:
    """The plan of a table."""
    return SimpleNamespace(name=f"public.{name}", schema="public", relation=name)


def context_of(instance: Any) -> Any:
    """The context of a step, whose events go into the log."""
    said: list[str] = []
    log = SimpleNamespace(info=said.append)
    report = instance.report_runless_asset_event
    return SimpleNamespace(instance=instance, log_event=report, log=log, said=said)


def chunk(number: int, of: int) -> Chunk:
    """One chunk of so many."""
    return Chunk(number=number, of=of, where=sql.SQL("true"))


def test_each_chunk_of_a_large_table_is_told(instance: Any) -> None:
    """Its number, rows, bytes and pace, and a line of the log; one of one chunk ends at once."""
    opened: Any = SimpleNamespace(copy=SimpleNamespace(mark=SimpleNamespace(refresh=REFRESH)))
    context = context_of(instance)
    tell = told(context, opened, KEY, plan_of())
    tell(chunk(0, 1), READY)
    tell(chunk(2, 4), READY)
    (record,) = instance.fetch_observations(KEY, limit=10).records
    found = values_of(record.asset_observation.metadata)
    assert found.pop("rows per second") > 0
    assert found.pop("seconds left") >= 0
    (line,) = context.said
    assert line.startswith("public.person: 25 % loaded, 12 rows, ")
    assert found == {
        "rows so far": 12,
        "percent": 25,
        "table": TABLE,
        "chunk": 2,
        "of": 4,
        "rows": 12,
        "bytes": 1200,
    }
    assert record.asset_observation.tags == {REFRESH_TAG: REFRESH}


def test_a_table_ends_with_its_rows_bytes_and_counter() -> None:
    """Where the source counts no writes, nothing shows that a table is unchanged."""
    counters = {("public", "person"): "counter"}
    assert part_of(counters, plan_of(), READY.loaded) == [12, 1200, "counter"]
    assert part_of(counters, plan_of("visit"), READY.loaded) == [12, 1200, ""]


def test_an_unchanged_table_reports_its_last_load(instance: Any) -> None:
    """That of its own partition, whichever refresh it was; nothing where there was none."""
    context = context_of(instance)
    assert loaded_before(context, KEY, plan_of()) == Loaded(rows=0, bytes=0)
    parts = {TABLE: [50, 5000, "counter"], "public.person_2": [1, 1, ""]}
    end(instance, parts, refresh="an-earlier-one")
    assert loaded_before(context, KEY, plan_of()) == Loaded(rows=50, bytes=5000)
