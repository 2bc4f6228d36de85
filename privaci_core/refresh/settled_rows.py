"""Records in the target's ledger what settling orphans changed of each table's rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import sql

from privaci_core.stream.ledger import Ledger, Sums
from privaci_core.stream.read import read_rows
from privaci_core.stream.tally import layout_of
from privaci_core.target.ledger_store import Part, part_of, record_parts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from privaci_core.catalog.foreign_keys import ForeignKey
    from privaci_core.loading.copy import Copy
    from privaci_core.plan.plan import TablePlan
    from privaci_core.postgres.session import Connection


def leaves_of(copy: Copy, key: ForeignKey) -> Iterator[TablePlan]:
    """The loaded tables whose rows a key is about: the table itself, or its partitions."""
    child = copy.catalog.by_name[key.child_name].oid
    for table in copy.plan.tables:
        if any(above.oid == child for above in copy.catalog.lineage(copy.relation_of(table))):
            yield table


def ledger_of(copy: Copy, target: Connection, table: TablePlan, rows: sql.Composed) -> Ledger:
    """The ledger of the rows of a query, or of those that a statement returns."""
    sums = Sums(layout_of(table), copy.ends.ledger_key)
    sent = sql.SQL("COPY ({}) TO STDOUT (FORMAT {})").format(rows, sql.SQL(table.format))
    for block in read_rows(target, sent, table.format):
        sums.add(block.buffer)
    return sums.ledger()


def record(target: Connection, table: TablePlan, name: str, changed: Ledger) -> None:
    """Add a change of a table's rows to what its part of the ledger says already."""
    before = part_of(target, table.name, name)
    whole = changed if before is None else Ledger.of_json(before) + changed
    record_parts(target, [Part(relation=table.name, name=name, ledger=whole.as_json())])
