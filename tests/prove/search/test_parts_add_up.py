"""What the parts of a table have adds up before anything is judged."""

from __future__ import annotations

import random
import struct
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privaci_core.compiled import search
from privaci_core.prove.search.originals import Originals
from privaci_core.prove.search.searching import Search
from privaci_core.prove.search.slow_search import SlowFingerprints, SlowTally, SlowTypes
from privaci_core.prove.search.target_tables import TargetColumn, TargetTable
from privaci_core.prove.search.words import fold_table
from privaci_core.stream.binary_rows import Rows

if TYPE_CHECKING:
    from collections.abc import Sequence

pytestmark = pytest.mark.unit

TEXT, FOR_ALL = 25, 2
ORIGINALS = ("Nimue Quillfeather", "Yseult Marchbanks", "+1 555 0170123", "K499955AB12CD")
KINDS = (
    (search.Fingerprints, search.Tally, search.Types),
    (SlowFingerprints, SlowTally, SlowTypes),
)


def block_of(texts: Sequence[str]) -> Rows:
    """Rows of one text each, as COPY sends them."""
    rows = [struct.pack(">hi", 1, len(text.encode())) + text.encode() for text in texts]
    return Rows(b"".join(rows), np.array([len(row) for row in rows], np.int64))


def index_of(kind: Any, originals: Sequence[str]) -> Any:
    """Originals of one column, ready for the search."""
    made = kind(fold_table(), 1, 1 << 16)
    made.add(0, pa.array(originals, pa.large_string()), np.zeros(len(originals), np.uint8))
    numbers, _, _ = made.numbers()
    made.seal(np.zeros(1, np.uint8))
    return made, numbers


@given(
    st.lists(st.sampled_from((*ORIGINALS, "nothing", "0170123 and K499955AB12CD")), max_size=12),
    st.data(),
)
@settings(max_examples=60)
def test_two_tallies_add_up_to_one(texts: list[str], data: st.DataObject) -> None:
    """Wherever the rows are cut, by either search."""
    cut = data.draw(st.integers(0, len(texts)))
    for kind, tally_kind, types in KINDS:
        index, _ = index_of(kind, ORIGINALS)
        columns = np.array([(TEXT, FOR_ALL, -1)], search.COLUMN)
        tallies = []
        for rows in map(block_of, (texts, texts[:cut], texts[cut:])):
            tallies.append(tally_kind(1, 1))
            given_rows = rows.buffer, rows.lengths
            index.search_rows(types([(TEXT, 1, 0)]), columns, given_rows, tallies[-1], text=False)
        whole, first, second = tallies
        first.add(second)
        assert first.hits == whole.hits
        assert first.found.tolist() == whole.found.tolist()
        assert first.numbers.tolist() == whole.numbers.tolist()
        assert first.lengths.tolist() == whole.lengths.tolist()


def test_chance_is_judged_of_the_whole_table() -> None:
    """Three numbers of one half and four of the other may be chance; seven of both are not."""
    drawn = random.Random(7)  # noqa: S311 - not for secrets
    numbers = drawn.sample(range(10**7, 10**8), 25_000)
    originals, others = numbers[:5000], numbers[5000:]
    index, lengths = index_of(search.Fingerprints, list(map(str, originals)))
    column = TargetColumn(name="number", type=TEXT, what=FOR_ALL)
    table = TargetTable(
        schema="public",
        relation="t",
        columns=(column,),
        materialized=False,
        binary=True,
        estimated_rows=0,
        size_bytes=0,
    )
    sought = Originals(
        index=index,
        columns=("public.p.account",),
        count=0,
        searched=0,
        left_out={},
        columns_left_out={},
        numbers=lengths,
    )
    halves = ([*others[:10_000], *originals[:3]], [*others[10_000:], *originals[3:7]])
    found = []
    for parts in (1, 2):
        looking = Search(sought, [(TEXT, 1, 0)], [table])
        whole = looking.of_table("public.t", parts=2) if parts == 2 else None
        for half in halves:
            part = (whole or looking.of_table("public.t")).part()
            part.rows(block_of(list(map(str, half))))
            part.finish()
        found.append(looking.found)
    assert found == [{}, {"public.t.number": {"public.p.account": 7}}]
