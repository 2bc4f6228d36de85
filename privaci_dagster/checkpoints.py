"""Keeps checkpoints in Dagster's event log: which chunks of a table a resumed run need not load."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dagster as dg

from privaci_core.refresh.resume import LoadedChunk, Notes, needs_notes
from privaci_core.stream.copy_table import Loaded
from privaci_dagster.asset_keys import REFRESH_TAG
from privaci_dagster.event_log import last_materialization, values_of
from privaci_dagster.labels import PARTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from privaci_core.loading.worker import Ready
    from privaci_core.plan.chunks import Chunk
    from privaci_core.plan.plan import TablePlan
    from privaci_core.postgres.write_counters import WriteCounters
    from privaci_core.refresh.open import Opened
    from privaci_core.refresh.resume import LoadedChunks

# In place of a chunk's number: all rows of the table were deleted, so that earlier notes are void.
CLEARED = "cleared"
PAGE = 5000


def notes_of(
    context: dg.AssetExecutionContext, opened: Opened, key: dg.AssetKey, table: TablePlan
) -> Notes:
    """The checkpoints of a table: those of earlier runs, and how this run writes its own."""
    refresh = opened.copy.mark.refresh
    resumes, counters = opened.earlier.resumes, opened.earlier.counters

    def write(note: Mapping[str, str | int]) -> None:
        # Stored at once and before the commit that it is about, so that it survives a kill.
        context.log_event(dg.AssetObservation(key, metadata=note, tags={REFRESH_TAG: refresh}))

    def before_commit(chunk: Chunk, ready: Ready) -> None:
        if needs_notes(table):
            write(chunk_note(table.name, chunk, ready, write_counter(counters, table)))

    return Notes(
        clear=lambda: write({"table": table.name, "chunk": CLEARED}),
        commit=before_commit,
        earlier=earlier_pieces(context.instance, key, refresh, table.name) if resumes else {},
    )


def chunk_note(table: str, chunk: Chunk, ready: Ready, counter: str) -> dict[str, str | int]:
    """Written before a chunk's commit; after a crash, `transaction` shows whether it did."""
    return {
        "table": table,
        "chunk": chunk.number,
        "of": chunk.of,
        "transaction": ready.xid,
        "state": counter,
        "rows": ready.loaded.rows,
        "bytes": ready.loaded.bytes,
    }


def write_counter(counters: WriteCounters, table: TablePlan) -> str:
    """The source's write counter of a table, from before this run read it."""
    return counters.get((table.schema, table.relation), "")


def part_of(counters: WriteCounters, table: TablePlan, loaded: Loaded) -> list[str | int]:
    """What a step writes about one partition when it ends."""
    return [loaded.rows, loaded.bytes, write_counter(counters, table)]


def loaded_before(context: dg.AssetExecutionContext, key: dg.AssetKey, table: TablePlan) -> Loaded:
    """What the last load of an unchanged table brought."""
    made = last_materialization(context.instance, key)
    rows, size, _ = values_of(made.metadata)[PARTS][table.name] if made else (0, 0, "")
    return Loaded(rows=rows, bytes=size)


def earlier_pieces(
    instance: dg.DagsterInstance, key: dg.AssetKey, refresh: str, table: str
) -> LoadedChunks:
    """What earlier runs loaded of a table: chunks since it was last cleared, or all of it."""
    pieces: LoadedChunks = {}
    for note in _notes(instance, key, refresh, table):
        if note["chunk"] == CLEARED:
            return pieces
        # Notes come newest first, and a chunk's newest is the one that counts.
        pieces.setdefault(note["chunk"], _piece(note))
    return pieces or _whole_table(instance, key, refresh, table)


def _notes(
    instance: dg.DagsterInstance, key: dg.AssetKey, refresh: str, table: str
) -> Iterator[dict[str, Any]]:
    """The notes of a refresh about one table, newest first."""
    for observation in _observations(instance, key, refresh):
        note = values_of(observation.metadata)
        if note["table"] == table:
            yield note


def _observations(
    instance: dg.DagsterInstance, key: dg.AssetKey, refresh: str
) -> Iterator[dg.AssetObservation]:
    """The observations of a refresh, newest first: up to a page that has none of them.

    All of them count: a chunk whose note is not read would be loaded twice.
    """
    cursor = None
    while True:
        page = instance.fetch_observations(key, limit=PAGE, cursor=cursor)
        found = (record.asset_observation for record in page.records)
        ours = [one for one in found if one and (one.tags or {}).get(REFRESH_TAG) == refresh]
        if not ours:
            return
        yield from ours
        cursor = page.cursor


def _piece(note: Mapping[str, Any]) -> LoadedChunk:
    loaded = Loaded(rows=note["rows"], bytes=note["bytes"])
    return LoadedChunk(of=note["of"], state=note["state"], loaded=loaded, xid=note["transaction"])


def _whole_table(
    instance: dg.DagsterInstance, key: dg.AssetKey, refresh: str, table: str
) -> LoadedChunks:
    """A table without notes whose step ended, as one piece."""
    made = last_materialization(instance, key)
    if made is None or (made.tags or {}).get(REFRESH_TAG) != refresh:
        return {}
    part = values_of(made.metadata)[PARTS].get(table)
    if part is None:
        return {}
    rows, size, state = part
    return {0: LoadedChunk(of=1, state=state, loaded=Loaded(rows=rows, bytes=size), xid=None)}
