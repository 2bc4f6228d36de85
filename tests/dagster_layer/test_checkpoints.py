"""Checkpoints in Dagster's event log: what a resumed run reads of what earlier runs wrote."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest
from psycopg import sql

from privaci_core.loading.worker import Ready
from privaci_core.plan.chunks import Chunk
from privaci_core.refresh.resume import LoadedChunk
from privaci_core.stream.copy_table import Loaded
from privaci_dagster import checkpoints
from privaci_dagster.asset_keys import REFRESH_TAG
from privaci_dagster.checkpoints import (
    CLEARED,
    chunk_note,
    earlier_pieces,
    loaded_before,
    notes_of,
    part_of,
)
from privaci_dagster.labels import PARTS

pytestmark = pytest.mark.dagster

KEY = dg.AssetKey(["target", "public", "person"])
TABLE, REFRESH = "public.person", "the-refresh"


def note_of(number: int, *, of: int = 4, xid: int = 700, rows: int = 10) -> dict[str, Any]:
    """The note of a chunk."""
    chunk = Chunk(number=number, of=of, where=sql.SQL("true"))
    ready = Ready(xid=xid, loaded=Loaded(rows=rows, bytes=rows * 100))
    return chunk_note(TABLE, chunk, ready, "counter")


def write(instance: Any, note: dict[str, Any], refresh: str = REFRESH) -> None:
    """Write a note as a run does."""
    tags = {REFRESH_TAG: refresh}
    instance.report_runless_asset_event(dg.AssetObservation(KEY, metadata=note, tags=tags))


def end(instance: Any, parts: dict[str, Any], refresh: str = REFRESH) -> None:
    """End the step of a table."""
    made = dg.AssetMaterialization(
        KEY, metadata={PARTS: dg.MetadataValue.json(parts)}, tags={REFRESH_TAG: refresh}
    )
    instance.report_runless_asset_event(made)


def pieces(instance: Any) -> dict[int, LoadedChunk]:
    """What a resumed run reads."""
    return earlier_pieces(instance, KEY, REFRESH, TABLE)


def test_a_note_is_read_as_it_was_written(instance: Any) -> None:
    """Number, count, transaction, counter, rows and bytes."""
    write(instance, note_of(2, of=4, xid=771, rows=12))
    loaded = Loaded(rows=12, bytes=1200)
    assert pieces(instance) == {2: LoadedChunk(of=4, state="counter", loaded=loaded, xid=771)}


def test_the_newest_note_of_a_chunk_counts(instance: Any) -> None:
    """A chunk that rolled back was loaded again by another transaction."""
    write(instance, note_of(1, xid=700))
    write(instance, note_of(0, xid=701))
    write(instance, note_of(1, xid=702))
    assert {number: piece.xid for number, piece in pieces(instance).items()} == {0: 701, 1: 702}


def test_notes_from_before_a_clearing_are_void(instance: Any) -> None:
    """What was loaded before the table was cleared is gone; what came after it is there."""
    write(instance, note_of(0))
    write(instance, {"table": TABLE, "chunk": CLEARED})
    write(instance, note_of(3))
    assert set(pieces(instance)) == {3}


def test_a_cleared_table_has_nothing(instance: Any) -> None:
    """Not even where its step ended before it was cleared."""
    end(instance, {TABLE: [50, 5000, "counter"]})
    write(instance, {"table": TABLE, "chunk": CLEARED})
    assert pieces(instance) == {}


def test_notes_of_other_refreshes_and_tables_are_not_read(instance: Any) -> None:
    """A partition shares its asset with others, and an asset outlives its refreshes."""
    write(instance, note_of(0), refresh="an-earlier-one")
    write(instance, {**note_of(1), "table": "public.person_2"})
    write(instance, {"table": "public.person_2", "chunk": CLEARED})
    write(instance, note_of(2))
    assert set(pieces(instance)) == {2}


def test_more_notes_than_one_query_reads_are_all_read(
    instance: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A chunk whose note was overlooked would be loaded twice."""
    monkeypatch.setattr(checkpoints, "PAGE", 2)
    for number in range(5):
        write(instance, note_of(number, of=5))
    assert set(pieces(instance)) == {0, 1, 2, 3, 4}
    write(instance, note_of(0), refresh="a-later-one")
    assert set(pieces(instance)) == {0, 1, 2, 3, 4}


def test_a_table_whose_step_ended_is_one_piece(instance: Any) -> None:
    """A small table has no notes: its materialization says that all of it was committed."""
    end(instance, {TABLE: [50, 5000, "counter"], "public.person_2": [1, 1, ""]})
    loaded = Loaded(rows=50, bytes=5000)
    assert pieces(instance) == {0: LoadedChunk(of=1, state="counter", loaded=loaded, xid=None)}


def test_notes_count_before_the_step_that_ended(instance: Any) -> None:
    """A large table whose step ended is known by its chunks."""
    write(instance, note_of(0, of=1))
    end(instance, {TABLE: [50, 5000, "counter"]})
    assert pieces(instance)[0].xid == 700


def test_a_table_that_never_ended_has_nothing(instance: Any) -> None:
    """Nor one that ended in another refresh, nor a partition that its step did not know."""
    assert pieces(instance) == {}
    end(instance, {TABLE: [50, 5000, "counter"]}, refresh="an-earlier-one")
    assert pieces(instance) == {}
    end(instance, {"public.person_2": [1, 1, ""]})
    assert pieces(instance) == {}


def plan_of(name: str = "person", size: int = 1 << 40) -> Any:
    """The plan of a table, large enough for a note per chunk."""
    identifier = sql.Identifier("public", name)
    return SimpleNamespace(
        name=f"public.{name}",
        schema="public",
        relation=name,
        size_bytes=size,
        identifier=identifier,
        into=identifier,
    )


def opened(*, resumes: bool) -> Any:
    """An open refresh whose source has a write counter for one table."""
    earlier = SimpleNamespace(resumes=resumes, counters={("public", "person"): "counter"})
    return SimpleNamespace(
        copy=SimpleNamespace(mark=SimpleNamespace(refresh=REFRESH)), earlier=earlier
    )


def context_of(instance: Any) -> Any:
    """The context of a step, whose events go into the log."""
    return SimpleNamespace(
        instance=instance, asset_key=KEY, log_event=instance.report_runless_asset_event
    )


CHUNK = Chunk(number=1, of=4, where=sql.SQL("true"))
READY = Ready(xid=771, loaded=Loaded(rows=12, bytes=1200))
NOTED = {1: LoadedChunk(of=4, state="counter", loaded=READY.loaded, xid=771)}


def test_a_chunk_is_noted_before_its_commit(instance: Any) -> None:
    """With the write counter from before it was read; a clearing makes the note void."""
    notes = notes_of(context_of(instance), opened(resumes=False), KEY, plan_of())
    notes.commit(CHUNK, READY)
    assert pieces(instance) == NOTED
    notes.clear()
    assert pieces(instance) == {}


def test_a_small_table_has_no_notes(instance: Any) -> None:
    """Loading it again is quicker; what its step writes at its end is enough."""
    notes_of(context_of(instance), opened(resumes=False), KEY, plan_of(size=1)).commit(CHUNK, READY)
    assert pieces(instance) == {}


def test_only_a_run_that_resumes_reads_earlier_notes(instance: Any) -> None:
    """One that begins a refresh has none, whatever the log has under its name."""
    write(instance, note_of(1, xid=771, rows=12))
    context, table = context_of(instance), plan_of()
    assert notes_of(context, opened(resumes=True), KEY, table).earlier == NOTED
    assert notes_of(context, opened(resumes=False), KEY, table).earlier == {}


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


def test_drift_is_not_taken_for_a_note(instance: Any) -> None:
    """Observations without our tag are none of ours."""
    observation = dg.AssetObservation(KEY, metadata={"table": TABLE, "chunk": CLEARED})
    write(instance, note_of(0))
    instance.report_runless_asset_event(observation)
    assert set(pieces(instance)) == {0}
