"""Masks the source once more, and keeps of it the ledgers alone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import TYPE_CHECKING

from privaci_core.loading.worker import printer_of
from privaci_core.postgres.session import source_session
from privaci_core.stream.copy_table import bind_table, copy_rows
from privaci_core.stream.ledger import by_table
from privaci_core.stream.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from privaci_core.loading.copy import Copy
    from privaci_core.plan.plan import TablePlan
    from privaci_core.stream.binary_rows import Buffer
    from privaci_core.stream.ledger import Ledger

SESSIONS = 2


def remasked(copy: Copy, keys: Mapping[str, bytes]) -> dict[str, Ledger]:
    """The ledger that each table of the copy must have, under the given keys by table."""
    shares = [copy.plan.tables[number::SESSIONS] for number in range(SESSIONS)]
    with ThreadPoolExecutor(SESSIONS) as pool:
        found = list(pool.map(lambda tables: list(_masked(copy, tables, keys)), shares))
    return by_table(chain.from_iterable(found))


def _masked(
    copy: Copy, tables: Iterable[TablePlan], keys: Mapping[str, bytes]
) -> Iterator[tuple[str, Ledger]]:
    with source_session(copy.ends.source, copy.ends.snapshot) as source:
        for table in tables:
            root = copy.root_of(table)
            tally = Tally(table, keys[root])
            with printer_of(copy.ends, [table]) as printer:
                stream = bind_table(source, table, copy.ends.keys, printer)
                copy_rows(source, _nowhere, tally, stream)
            yield root, tally.ledger()


def _nowhere(_table: TablePlan, buffers: Iterable[Buffer]) -> tuple[int, int]:
    """The destination that keeps nothing."""
    return 0, sum(len(buffer) for buffer in buffers)
