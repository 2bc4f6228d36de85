"""What a resumed run trusts of what is in the target, and what it counts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from builders.copies import action, chunks, copy_of, masked, table_plan
from psycopg import sql

from privaci_core.refresh.earlier_run import EarlierRun
from privaci_core.refresh.resume import is_routed, is_trusted, rows_there, take_over_target
from privaci_core.stream.copy_table import Loaded
from privaci_core.target.ledger_store import LoadedChunk, Origin

if TYPE_CHECKING:
    from privaci_core.plan.chunks import Chunk

pytestmark = pytest.mark.unit

PERSON = table_plan()
COUNTERS = {("public", "person"): "now"}
RESUMED = EarlierRun(resumes=True, counters_since=COUNTERS)
SAME, OTHER = "the same snapshot", "another snapshot"


def piece(rows: int = 10, *, of: int = 4, counter: str = "now", seen: str = OTHER) -> LoadedChunk:
    """A chunk that was loaded."""
    origin = Origin(of=of, seen=seen, counter=counter, bytes=100 * rows)
    return LoadedChunk(rows=rows, origin=origin)


def copy_seeing(seen: str) -> Any:
    """A copy whose snapshot shows something."""
    copy = copy_of()
    return replace(copy, ends=replace(copy.ends, seen=seen))


def every_chunk(_chunk: Chunk) -> bool:
    """The run loads all slices."""
    return True


def first_half(chunk: Chunk) -> bool:
    """The run loads the first of two slices."""
    return chunk.number * 2 // chunk.of == 0


def test_a_partition_that_traded_rows_is_loaded_again() -> None:
    """Another partition may have changed, of which no counter of this one tells."""
    shuffled = masked("email", action("shuffle"))
    alone = table_plan(shuffled, carried=("id",))
    there = {0: piece()}
    assert is_trusted(copy_of(), RESUMED, alone, there, 4)
    part = replace(alone, family=sql.Identifier("public", "people"))
    assert not is_trusted(copy_of(), RESUMED, part, there, 4)
    assert is_trusted(copy_seeing(SAME), RESUMED, part, {0: piece(seen=SAME)}, 4)


def test_chunks_of_the_same_rows_and_the_same_cut_are_trusted() -> None:
    """Whichever they are; where there are none, there is nothing to clear."""
    assert is_trusted(copy_of(), RESUMED, PERSON, {0: piece(), 3: piece()}, 4)
    assert is_trusted(copy_of(), RESUMED, PERSON, {}, 4)


@pytest.mark.parametrize(
    "there",
    [
        {0: piece(), 1: piece(counter="before")},
        {0: piece(counter="before"), 1: piece()},
        {0: piece(), 1: piece(of=3)},
        {0: piece(of=5), 1: piece()},
        {0: piece(counter=""), 1: piece()},
        {0: piece(), 1: LoadedChunk(rows=10, origin=None)},
        {0: piece(of=5, seen=SAME)},
    ],
)
def test_one_chunk_of_other_rows_spoils_them_all(there: dict[int, LoadedChunk]) -> None:
    """Rows of two snapshots, or of two cuts, cannot make up one table."""
    assert not is_trusted(copy_seeing(SAME), RESUMED, PERSON, there, 4)


@pytest.mark.parametrize("counters", [{}, {("public", "person"): ""}, {("other", "person"): "now"}])
def test_without_counters_only_the_same_snapshot_is_trusted(counters: Any) -> None:
    """A standby counts nothing: nothing else shows that the source is the same."""
    earlier = EarlierRun(resumes=True, counters=COUNTERS, counters_since=counters)
    assert not is_trusted(copy_seeing(SAME), earlier, PERSON, {0: piece()}, 4)
    assert not is_trusted(copy_seeing(SAME), earlier, PERSON, {0: piece(counter="")}, 4)
    assert is_trusted(copy_seeing(SAME), earlier, PERSON, {0: piece(seen=SAME)}, 4)


def test_rows_that_an_earlier_run_loaded_are_counted() -> None:
    """Those of the wanted chunks, and no others."""
    there = {0: piece(1), 1: piece(20), 3: piece(300)}
    assert rows_there(chunks(4), there, every_chunk) == Loaded(rows=321, bytes=32_100)
    assert rows_there(chunks(4), there, first_half) == Loaded(rows=21, bytes=2_100)
    assert rows_there(chunks(4), {}, every_chunk) == Loaded(rows=0, bytes=0)


def test_a_table_is_routed_if_its_rows_go_into_another() -> None:
    """As those of a partition whose fakes decide where they belong."""
    routed = replace(PERSON, into=sql.Identifier("public", "people"))
    assert (is_routed(PERSON), is_routed(routed)) == (False, True)


def test_a_run_that_resumes_nothing_takes_nothing_over() -> None:
    """No session is opened: the addresses lead nowhere."""
    take_over_target(copy_of(), EarlierRun())
