"""Keeps in Dagster's event log what of a table was loaded, so that no table of checkpoints is needed to go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dagster as dg

from privaci_core.refresh.resume import Notes, Piece, needs_notes
from privaci_core.stream.copy_table import Loaded
from privaci_dagster.asset_keys import REFRESH_TAG
from privaci_dagster.event_log import last_materialization, values_of

if TYPE_CHECKING:
    from privaci_core.loading.copy import Copy
    from privaci_core.loading.worker import Ready
    from privaci_core.plan.chunks import Chunk
    from privaci_core.plan.plan import TablePlan
    from privaci_core.refresh.resume import Earlier

CLEARED, PARTS = "cleared", "parts"
MOST_NOTES = 5000


def notes_of(context: dg.AssetExecutionContext, copy: Copy, table: TablePlan) -> Notes:
    """What an earlier run of the refresh noted about a table, and what notes what this one does."""
    key = context.asset_key

    def note(**metadata: str | int) -> None:
        # Written at once, and so before what it is about: it is there even if we are killed in the next moment.
        context.log_event(
            dg.AssetObservation(key, metadata=metadata, tags={REFRESH_TAG: copy.mark.refresh})
        )

    def commit(chunk: Chunk, ready: Ready) -> None:
        if needs_notes(table):
            state = state_of(copy, table)
            rows, size = ready.loaded.rows, ready.loaded.bytes
            note(
                table=table.name,
                chunk=chunk.number,
                of=chunk.of,
                transaction=ready.xid,
                state=state,
                rows=rows,
                bytes=size,
            )

    earlier = _earlier(context.instance, key, copy, table) if copy.resumes else {}
    return Notes(
        clear=lambda: note(table=table.name, chunk=CLEARED), commit=commit, earlier=earlier
    )


def state_of(copy: Copy, table: TablePlan) -> str:
    """The counters of the source's table before this run read it."""
    return copy.states.get((table.schema, table.relation), "")


def part_of(copy: Copy, table: TablePlan, loaded: Loaded) -> list[str | int]:
    """What a step that ended says about one partition, for a later run of the refresh."""
    return [loaded.rows, loaded.bytes, state_of(copy, table)]


def loaded_before(context: dg.AssetExecutionContext, table: TablePlan) -> Loaded:
    """What the last load of a table brought, whose rows stay."""
    made = last_materialization(context.instance, context.asset_key)
    rows, size, _ = values_of(made.metadata)[PARTS][table.name] if made else (0, 0, "")
    return Loaded(rows=rows, bytes=size)


def _earlier(
    instance: dg.DagsterInstance, key: dg.AssetKey, copy: Copy, table: TablePlan
) -> Earlier:
    """The chunks that earlier runs noted, since the table was last cleared; or the table as one of them ended it."""
    found: Earlier = {}
    for record in instance.fetch_observations(key, limit=MOST_NOTES).records:
        observation = record.asset_observation
        if observation is None or (observation.tags or {}).get(REFRESH_TAG) != copy.mark.refresh:
            continue
        values = values_of(observation.metadata)
        if values["table"] != table.name:
            continue
        if values["chunk"] == CLEARED:
            return found
        loaded = Loaded(rows=values["rows"], bytes=values["bytes"])
        piece = Piece(
            of=values["of"], state=values["state"], loaded=loaded, xid=values["transaction"]
        )
        found.setdefault(values["chunk"], piece)
    return found or _ended(instance, key, copy, table)


def _ended(instance: dg.DagsterInstance, key: dg.AssetKey, copy: Copy, table: TablePlan) -> Earlier:
    """A table without notes whose step ended: it is one piece, and whole."""
    made = last_materialization(instance, key)
    if made is None or (made.tags or {}).get(REFRESH_TAG) != copy.mark.refresh:
        return {}
    part = values_of(made.metadata)[PARTS].get(table.name)
    if part is None:
        return {}
    rows, size, state = part
    return {0: Piece(of=1, state=state, loaded=Loaded(rows=rows, bytes=size), xid=None)}
