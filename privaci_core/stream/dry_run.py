"""Masks some rows of every table for real and throws them away: what a refresh would do, before it does anything."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from psycopg import sql

from privaci_core.postgres.driver_errors import driver_errors
from privaci_core.stream.copy_table import bind_table, masking_of
from privaci_core.stream.read import read_blocks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from privaci_core.catalog.catalog import Catalog
    from privaci_core.masks import Keys
    from privaci_core.plan.plan import Plan, TablePlan
    from privaci_core.postgres.session import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """What the first rows of a table, or of its partitions, showed: counts, a size and a pace; no value."""

    table: str
    # By the server's statistics where not all rows were read.
    rows: int
    size_bytes: int
    masked: tuple[str, ...]
    read_rows: int
    seconds: float

    def __add__(self, other: Rehearsal) -> Rehearsal:
        """Two partitions of one table, which are masked alike."""
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


def rehearsed(
    source: Connection, catalog: Catalog, plan: Plan, keys: Keys, most: int
) -> tuple[Rehearsal, ...]:
    """Read at most so many rows of each table and partition, mask them, and say how that went; largest tables first."""
    found: dict[str, Rehearsal] = {}
    for table in plan.tables:
        relation = catalog.by_name[table.name]
        begun = time.perf_counter()
        rows = _masked_rows(source, table, keys, most)
        one = Rehearsal(
            table=catalog.root(relation).qualified,
            rows=rows if rows < most else max(rows, relation.estimated_rows),
            size_bytes=table.size_bytes,
            masked=tuple(column.name for column in table.masked),
            read_rows=rows,
            seconds=round(time.perf_counter() - begun, 4),
        )
        found[one.table] = found[one.table] + one if one.table in found else one
    return tuple(sorted(found.values(), key=lambda each: -each.size_bytes))


def _masked_rows(source: Connection, table: TablePlan, keys: Keys, most: int) -> int:
    """Send rows through their masks, and count them behind them."""
    stream, seen = bind_table(table, keys), 0

    def counted() -> Iterator[object]:
        nonlocal seen
        for rows in read_blocks(source, _statement(table, most)):
            seen += len(rows.lengths)
            yield rows

    with driver_errors(f"Reading some rows of {table.name}"), masking_of(table):
        for _ in stream(counted()):  # type: ignore[arg-type]
            pass
    # A binary stream ends with a message that is no row.
    return max(seen - (table.format == "binary"), 0)


def _statement(table: TablePlan, most: int) -> sql.Composed:
    where = sql.SQL(" WHERE {}").format(table.condition) if table.condition else sql.SQL("")
    return sql.SQL("COPY (SELECT {} FROM ONLY {}{} LIMIT {}) TO STDOUT (FORMAT {})").format(
        table.selected, table.identifier, where, sql.Literal(most), sql.SQL(table.format)
    )
