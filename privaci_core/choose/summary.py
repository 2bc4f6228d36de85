"""Sums up a chosen subset: how much of each table it has, what brought it, and what would not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from privaci_core.choose.advice import advice_on
from privaci_core.choose.shares import Share, shares_of
from privaci_core.choose.ways import Way, ways_of, widest_of

if TYPE_CHECKING:
    from privaci_core.catalog.catalog import Catalog
    from privaci_core.choose.choose import Chosen
    from privaci_core.plan.plan import Plan
    from privaci_core.postgres.session import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A subset in numbers."""

    tables: tuple[Share, ...]
    ways: tuple[Way, ...]
    # The chain of ways, from a start on, that ends with the way of the most rows.
    widest: tuple[Way, ...]
    # What would make the subset smaller, a sentence each.
    advice: tuple[str, ...]

    @property
    def rows(self) -> int:
        """All rows of the subset."""
        return sum(table.rows for table in self.tables)

    @property
    def of_rows(self) -> int:
        """All rows of the source."""
        return sum(table.of_rows for table in self.tables)

    @property
    def size_bytes(self) -> int:
        """About how many bytes its rows take."""
        return sum(table.size_bytes for table in self.tables)

    @property
    def of_bytes(self) -> int:
        """How many bytes the source's tables take."""
        return sum(table.of_bytes for table in self.tables)


def summarize(source: Connection, catalog: Catalog, plan: Plan, chosen: Chosen) -> Summary:
    """Sum up what was chosen, the largest tables first."""
    subset = plan.subset
    if subset is None:
        return Summary(tables=(), ways=(), widest=(), advice=())
    ways = ways_of(catalog, subset, chosen.brought)
    tables = tuple(shares_of(source, catalog, plan, chosen, ways))
    return Summary(
        tables=tables,
        ways=ways,
        widest=widest_of(ways),
        advice=advice_on(catalog, subset, tables, ways),
    )
