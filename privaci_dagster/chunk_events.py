"""Tells Dagster's event log of each chunk that a large table has loaded, and reads its totals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dagster as dg

from privaci_core.stream.copy_table import Loaded
from privaci_dagster.asset_keys import REFRESH_TAG
from privaci_dagster.event_log import last_materialization, values_of
from privaci_dagster.labels import PARTS
from privaci_dagster.pace import Pace

if TYPE_CHECKING:
    from collections.abc import Callable

    from privaci_core.loading.worker import Ready
    from privaci_core.plan.chunks import Chunk
    from privaci_core.plan.plan import TablePlan
    from privaci_core.postgres.write_counters import WriteCounters
    from privaci_core.refresh.open import Opened


def told(
    context: dg.AssetExecutionContext,
    opened: Opened,
    key: dg.AssetKey,
    table: TablePlan,
    share: float = 1,
) -> Callable[[Chunk, Ready], None]:
    """Write an event for each chunk of a table that has several, with the pace of their load.

    `share` is the part of the table's chunks that the step loads.
    """
    pace = Pace(table=table.name, share=share)

    def tell(chunk: Chunk, ready: Ready) -> None:
        if chunk.of > 1:
            pace.add(ready.loaded.rows, chunk.of)
            note = {**chunk_note(table.name, chunk, ready), **pace.figures}
            tags = {REFRESH_TAG: opened.copy.mark.refresh}
            context.log_event(dg.AssetObservation(key, metadata=note, tags=tags))
            if line := pace.line():
                context.log.info(line)

    return tell


def chunk_note(table: str, chunk: Chunk, ready: Ready) -> dict[str, str | int]:
    """What a chunk brought."""
    return {
        "table": table,
        "chunk": chunk.number,
        "of": chunk.of,
        "rows": ready.loaded.rows,
        "bytes": ready.loaded.bytes,
    }


def part_of(counters: WriteCounters, table: TablePlan, loaded: Loaded) -> list[str | int]:
    """What a step writes about one partition when it ends."""
    return [loaded.rows, loaded.bytes, counters.get((table.schema, table.relation), "")]


def loaded_before(context: dg.AssetExecutionContext, key: dg.AssetKey, table: TablePlan) -> Loaded:
    """What the last load of an unchanged table brought."""
    made = last_materialization(context.instance, key)
    rows, size, _ = values_of(made.metadata)[PARTS][table.name] if made else (0, 0, "")
    return Loaded(rows=rows, bytes=size)
