"""Checkpoints in Dagster's event log: what a resumed run reads of what earlier runs wrote."""

from __future__ import annotations

from typing import Any

import dagster as dg
import pytest
from psycopg import sql

from privaci_core.loading.worker import Ready
from privaci_core.plan.chunks import Chunk
from privaci_core.refresh.resume import Piece
from privaci_core.stream.copy_table import Loaded
from privaci_dagster.asset_keys import REFRESH_TAG
from privaci_dagster.checkpoints import CLEARED, chunk_note, earlier_pieces
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


def pieces(instance: Any) -> dict[int, Piece]:
    """What a resumed run reads."""
    return earlier_pieces(instance, KEY, REFRESH, TABLE)


def test_a_note_is_read_as_it_was_written(instance: Any) -> None:
    """Number, count, transaction, counter, rows and bytes."""
    write(instance, note_of(2, of=4, xid=771, rows=12))
    loaded = Loaded(rows=12, bytes=1200)
    assert pieces(instance) == {2: Piece(of=4, state="counter", loaded=loaded, xid=771)}


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


def test_a_table_whose_step_ended_is_one_piece(instance: Any) -> None:
    """A small table has no notes: its materialization says that all of it was committed."""
    end(instance, {TABLE: [50, 5000, "counter"], "public.person_2": [1, 1, ""]})
    loaded = Loaded(rows=50, bytes=5000)
    assert pieces(instance) == {0: Piece(of=1, state="counter", loaded=loaded, xid=None)}


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


def test_drift_is_not_taken_for_a_note(instance: Any) -> None:
    """Observations without our tag are none of ours."""
    observation = dg.AssetObservation(KEY, metadata={"table": TABLE, "chunk": CLEARED})
    write(instance, note_of(0))
    instance.report_runless_asset_event(observation)
    assert set(pieces(instance)) == {0}
