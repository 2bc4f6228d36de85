"""What a resumed run loads again, what it trusts, and what it counts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from builders.catalogs import catalog, table
from builders.copies import (
    action,
    chunks,
    copy_of,
    masked,
    table_plan,
)
from psycopg import sql

from privaci_core.refresh.earlier_run import EarlierRun
from privaci_core.refresh.resume import (
    WORTH_NOTES_BYTES,
    LoadedChunk,
    is_routed,
    missing_chunks,
    needs_notes,
    rows_there,
    take_over_target,
    trusted_notes,
)
from privaci_core.stream.copy_table import Loaded

if TYPE_CHECKING:
    from collections.abc import Callable

    from privaci_core.plan.chunks import Chunk

pytestmark = pytest.mark.unit

PERSON = table_plan()
COUNTERS = {("public", "person"): "now"}
RESUMED = EarlierRun(resumes=True, counters_since=COUNTERS)


def piece(
    rows: int = 10, *, of: int = 4, state: str = "now", xid: int | None = None
) -> LoadedChunk:
    """A chunk that was loaded."""
    return LoadedChunk(of=of, state=state, loaded=Loaded(rows=rows, bytes=100 * rows), xid=xid)


def every_chunk(_chunk: Chunk) -> bool:
    """The run loads all slices."""
    return True


def first_half(chunk: Chunk) -> bool:
    """The run loads the first of two slices."""
    return chunk.number * 2 // chunk.of == 0


def test_a_partition_that_traded_rows_is_loaded_again() -> None:
    """Another partition may have changed, of which no note of this one tells."""
    shuffled = masked("email", action("shuffle"))
    alone = table_plan(shuffled, carried=("id",))
    notes = {0: piece()}
    assert trusted_notes(copy_of(), RESUMED, alone, notes, 4) == notes
    part = replace(alone, family=sql.Identifier("public", "people"))
    assert trusted_notes(copy_of(), RESUMED, part, notes, 4) == {}


def test_notes_on_the_same_rows_and_the_same_cut_are_trusted() -> None:
    """Whichever chunks they are about."""
    notes = {0: piece(), 3: piece()}
    assert trusted_notes(copy_of(), RESUMED, PERSON, notes, 4) == notes
    assert trusted_notes(copy_of(), RESUMED, PERSON, {}, 4) == {}


@pytest.mark.parametrize(
    "notes",
    [
        {0: piece(), 1: piece(state="before")},
        {0: piece(state="before"), 1: piece()},
        {0: piece(), 1: piece(of=3)},
        {0: piece(of=5), 1: piece()},
        {0: piece(state=""), 1: piece()},
    ],
)
def test_one_note_on_other_rows_spoils_them_all(notes: dict[int, LoadedChunk]) -> None:
    """Rows of two snapshots, or of two cuts, cannot make up one table."""
    assert trusted_notes(copy_of(), RESUMED, PERSON, notes, 4) == {}


@pytest.mark.parametrize("counters", [{}, {("public", "person"): ""}, {("other", "person"): "now"}])
def test_without_counters_no_note_is_trusted(counters: Any) -> None:
    """A standby counts nothing: nothing shows that the source is the same."""
    earlier = EarlierRun(resumes=True, counters=COUNTERS, counters_since=counters)
    assert trusted_notes(copy_of(), earlier, PERSON, {0: piece()}, 4) == {}
    assert trusted_notes(copy_of(), earlier, PERSON, {0: piece(state="")}, 4) == {}


def test_an_unlogged_table_is_loaded_again() -> None:
    """A crash of the target empties it, whatever was committed."""
    for persistence, trusted in [("u", {}), ("p", {0: piece()})]:
        copy = copy_of(
            catalog(table("public.person", "id integer key", "email text", persistence=persistence))
        )
        assert trusted_notes(copy, RESUMED, PERSON, {0: piece()}, 4) == trusted


def numbers(committed: dict[int, LoadedChunk], wanted: Callable[[Chunk], bool]) -> list[int]:
    """The chunks of four that are loaded."""
    return [chunk.number for chunk in missing_chunks(chunks(4), committed, wanted)]


def test_wanted_chunks_that_are_not_committed_are_loaded() -> None:
    """Neither committed ones nor those of other slices."""
    assert numbers({1: piece()}, every_chunk) == [0, 2, 3]
    assert numbers({1: piece()}, first_half) == [0]
    assert numbers({0: piece(), 1: piece()}, first_half) == []


def test_a_table_that_has_to_be_cleared_is_loaded_whole() -> None:
    """Rows of other slices are cleared with it."""
    assert numbers({}, every_chunk) == [0, 1, 2, 3]
    assert numbers({}, first_half) == [0, 1, 2, 3]


def test_rows_that_an_earlier_run_loaded_are_counted() -> None:
    """Those of the wanted chunks, and no others."""
    committed = {0: piece(1), 1: piece(20), 3: piece(300)}
    assert rows_there(chunks(4), committed, every_chunk) == Loaded(rows=321, bytes=32_100)
    assert rows_there(chunks(4), committed, first_half) == Loaded(rows=21, bytes=2_100)
    assert rows_there(chunks(4), {}, every_chunk) == Loaded(rows=0, bytes=0)


def test_large_and_routed_tables_are_noted() -> None:
    """A small one is loaded again in a moment, unless its rows are among those of others."""
    routed = replace(PERSON, into=sql.Identifier("public", "people"))
    assert (is_routed(PERSON), is_routed(routed)) == (False, True)
    assert needs_notes(routed)
    assert not needs_notes(replace(PERSON, size_bytes=WORTH_NOTES_BYTES - 1))
    assert needs_notes(replace(PERSON, size_bytes=WORTH_NOTES_BYTES))


def test_a_table_worth_notes_takes_long_to_load() -> None:
    """64 MiB, about a second."""
    assert WORTH_NOTES_BYTES == 67_108_864


def test_a_run_that_resumes_nothing_takes_nothing_over() -> None:
    """No session is opened: the addresses lead nowhere."""
    take_over_target(copy_of(), EarlierRun())
