"""Masks the source once more, and keeps of it the ledgers alone."""

from __future__ import annotations

from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

from privaci_core.loading.hidden_names import HiddenNames
from privaci_core.loading.worker import printer_of
from privaci_core.postgres.session import source_session
from privaci_core.postgres.spread import spread
from privaci_core.stream.copy_table import bind_table, copy_rows
from privaci_core.stream.ledger import by_table
from privaci_core.stream.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from privaci_core.loading.copy import Copy
    from privaci_core.plan.plan import TablePlan
    from privaci_core.postgres.session import Connection
    from privaci_core.stream.binary_rows import Buffer
    from privaci_core.stream.ledger import Ledger

SESSIONS = 2


def remasked(copy: Copy, source: Connection, keys: Mapping[str, bytes]) -> dict[str, Ledger]:
    """The ledger that each table of the copy must have, under the given keys by table."""
    names = HiddenNames(source, copy.plan.tables)
    tables = [names.given_to(table) for table in copy.plan.tables]
    opened = partial(source_session, copy.ends.source, copy.ends.snapshot)

    def work(source: Connection, tables: Iterator[TablePlan]) -> list[tuple[str, Ledger]]:
        return [_masked(copy, source, part, keys) for table in tables for part in table.in_parts()]

    return by_table(chain.from_iterable(spread(tables, SESSIONS, opened, work)))


def _masked(
    copy: Copy, source: Connection, table: TablePlan, keys: Mapping[str, bytes]
) -> tuple[str, Ledger]:
    root = copy.root_of(table)
    tally = Tally(table, keys[root])
    with printer_of(copy.ends, [table]) as printer:
        stream = bind_table(source, table, copy.ends.keys, printer)
        copy_rows(source, _nowhere, tally, stream)
    return root, tally.ledger()


def _nowhere(_table: TablePlan, buffers: Iterable[Buffer]) -> tuple[int, int]:
    """The destination that keeps nothing."""
    return 0, sum(len(buffer) for buffer in buffers)
