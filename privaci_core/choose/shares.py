"""Counts how much of each table a subset has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from psycopg import sql

from privaci_core.postgres.driver_errors import driver_errors

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from privaci_core.catalog.catalog import Catalog, Relation
    from privaci_core.choose.choose import Chosen
    from privaci_core.choose.ways import Way
    from privaci_core.plan.plan import Plan, TablePlan
    from privaci_core.postgres.session import Connection

Why = Literal["start", "children", "parents", "whole", "empty"]
# Of tables up to this size all rows are counted; of larger ones the server knows about how many.
MOST_COUNTED = 256 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """How much of one table a subset has."""

    table: str
    rows: int
    # All rows of the source, about as many where they were not counted.
    of_rows: int
    size_bytes: int
    of_bytes: int
    why: Why

    @property
    def part(self) -> float:
        """The share of the table's rows."""
        return min(1.0, self.rows / self.of_rows) if self.of_rows else 0.0


def shares_of(
    source: Connection, catalog: Catalog, plan: Plan, chosen: Chosen, ways: Sequence[Way]
) -> Iterable[Share]:
    """How much of each table the subset has, partitions together, the most rows first."""
    leaves: dict[str, list[TablePlan]] = {}
    for table in plan.tables:
        leaves.setdefault(catalog.root_name(table.name), []).append(table)
    shares = [
        _share(source, catalog, root, tables, chosen, ways) for root, tables in leaves.items()
    ]
    return sorted(shares, key=lambda share: (-share.rows, share.table))


def _share(
    source: Connection,
    catalog: Catalog,
    root: str,
    tables: Sequence[TablePlan],
    chosen: Chosen,
    ways: Sequence[Way],
) -> Share:
    rows = of_rows = size = of_bytes = 0
    for table in tables:
        relation, addresses = catalog.by_name[table.name], chosen.rows[table.name]
        whole = _count(source, table, relation)
        kept = whole if addresses is None else len(addresses)
        rows, of_rows = rows + kept, of_rows + max(whole, kept)
        of_bytes += relation.size_bytes
        size += round(relation.size_bytes * kept / max(whole, kept, 1))
    hows = [way.how for way in ways if way.end == root]
    brought: Why = "start" if "start" in hows else next(iter(hows), "empty")
    is_whole = any(chosen.rows[table.name] is None for table in tables)
    return Share(
        table=root,
        rows=rows,
        of_rows=of_rows,
        size_bytes=size,
        of_bytes=of_bytes,
        why="whole" if is_whole else brought,
    )


def _count(source: Connection, table: TablePlan, relation: Relation) -> int:
    """How many rows of a table can be copied; about, where it is large and all can be."""
    if relation.size_bytes > MOST_COUNTED and table.condition is None:
        return relation.estimated_rows
    where = table.condition or sql.SQL("true")
    counted = sql.SQL("SELECT pg_catalog.count(*) FROM ONLY {} WHERE {}")
    with driver_errors(f"Counting the rows of {table.name}"):
        ((count,),) = source.execute(counted.format(table.identifier, where)).fetchall()
    return int(count)
