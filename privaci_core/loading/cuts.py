"""Decides into how many chunks each large table is cut, once for all processes of a refresh."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from privaci_core.loading.streams import chunks_wanted, streams_of, way_to_cut
from privaci_core.target.cuts import Cut

if TYPE_CHECKING:
    from collections.abc import Mapping

    from privaci_core.loading.copy import Copy
    from privaci_core.plan.plan import TablePlan

# Another size of a server's blocks makes the chunks uneven, and still each row is in one.
BLOCK_BYTES = 8192


def cuts_of(copy: Copy, slices: Mapping[str, int]) -> dict[str, Cut]:
    """The cuts of the tables that several streams or several processes load."""
    cuts = ((table.name, _cut(copy, table, slices)) for table in copy.plan.tables)
    return {name: cut for name, cut in cuts if cut is not None}


def _cut(copy: Copy, table: TablePlan, slices: Mapping[str, int]) -> Cut | None:
    """A cut by blocks, which each process computes alike; a slice is a whole number of chunks."""
    count = slices.get(copy.root_of(table), 1)
    wanted = chunks_wanted(table.work_bytes, streams_of(copy.ends, table, copy.options))
    chunks = count * ceil(wanted / count)
    if table.in_one_piece or way_to_cut(table, chunks, copy.catalog.server_version) != "blocks":
        return None
    blocks = copy.catalog.by_name[table.name].heap_bytes // BLOCK_BYTES
    return Cut(chunks=chunks, blocks=blocks)
