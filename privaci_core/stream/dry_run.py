"""Masks some rows of every table and throws them away: shows what a refresh would do."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from psycopg import sql

from privaci_core.postgres.driver_errors import driver_errors
from privaci_core.stream.copy_table import bind_table, masking_errors
from privaci_core.stream.ledger import KEY_BYTES
from privaci_core.stream.read import read_blocks
from privaci_core.stream.tally import Tally

if TYPE_CHECKING:
    from privaci_core.catalog.catalog import Catalog
    from privaci_core.masks import Keys
    from privaci_core.plan.plan import Plan, TablePlan
    from privaci_core.postgres.session import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRun:
    """What the first rows of a table showed: counts, a size and a pace, no value."""

    table: str
    # The server's estimate, unless all rows were read.
    rows: int
    size_bytes: int
    masked: tuple[str, ...]
    read_rows: int
    seconds: float

    def __add__(self, other: DryRun) -> DryRun:
        """Two partitions of one table, which have the same masks."""
        return replace(
            self,
            rows=self.rows + other.rows,
            size_bytes=self.size_bytes + other.size_bytes,
            read_rows=self.read_rows + other.read_rows,
            seconds=round(self.seconds + other.seconds, 4),
        )

    @property
    def whole_seconds(self) -> float:
        """How long the whole table would take at this pace, in one stream."""
        return self.seconds * max(self.rows, self.read_rows) / max(self.read_rows, 1)


def dry_run_tables(
    source: Connection, catalog: Catalog, plan: Plan, keys: Keys, most: int
) -> tuple[DryRun, ...]:
    """Read and mask at most so many rows of each table and partition; largest tables first."""
    found: dict[str, DryRun] = {}
    for table in plan.tables:
        one = _rehearsal(source, catalog, table, keys, most)
        found[one.table] = found[one.table] + one if one.table in found else one
    return tuple(sorted(found.values(), key=lambda each: -each.size_bytes))


def _rehearsal(
    source: Connection, catalog: Catalog, table: TablePlan, keys: Keys, most: int
) -> DryRun:
    relation = catalog.by_name[table.name]
    started = time.perf_counter()
    rows = _count_masked_rows(source, table, keys, most)
    return DryRun(
        table=catalog.root(relation).qualified,
        rows=rows if rows < most else max(rows, relation.estimated_rows),
        size_bytes=table.size_bytes,
        masked=tuple(column.name for column in table.masked),
        read_rows=rows,
        seconds=round(time.perf_counter() - started, 4),
    )


def _count_masked_rows(source: Connection, table: TablePlan, keys: Keys, most: int) -> int:
    """Send rows through their masks, and count them."""
    # Nothing is kept of what is thrown away, so any key will do.
    stream, tally = bind_table(source, table, keys), Tally(table, bytes(KEY_BYTES))
    with driver_errors(f"Reading some rows of {table.name}"), masking_errors(table):
        for _ in stream(read_blocks(source, some_rows(table, most)), tally):
            pass
    return tally.ledger().rows


def some_rows(table: TablePlan, most: int) -> sql.Composed:
    """COPY of at most so many rows of a table."""
    where = sql.SQL(" WHERE {}").format(table.condition) if table.condition else sql.SQL("")
    return sql.SQL("COPY (SELECT {} FROM ONLY {}{} LIMIT {}) TO STDOUT (FORMAT {})").format(
        table.selected, table.identifier, where, sql.Literal(most), sql.SQL(table.format)
    )
