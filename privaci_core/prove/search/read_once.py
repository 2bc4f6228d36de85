"""Adds the rows that the search reads to ledgers, so that a table is read once for both proofs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from privaci_core.postgres.names import table_name
from privaci_core.prove.read_back import layout_of, leaves_of
from privaci_core.stream.ledger import Layout, Sums, by_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from privaci_core.catalog.catalog import Catalog
    from privaci_core.prove.read_back import Wanted
    from privaci_core.prove.search.target_tables import TargetTable
    from privaci_core.stream.ledger import Ledger


class ReadOnce:
    """The ledgers of tables whose columns are all searched and all in the ledger."""

    def __init__(self, catalog: Catalog, wanted: Mapping[str, Wanted]) -> None:
        """No table is chosen yet."""
        self._catalog, self._wanted = catalog, wanted
        # By the name of a relation, its whole table and how its rows are summed.
        self._layouts: dict[str, tuple[str, Layout]] = {}
        self._parts: list[tuple[str, Ledger]] = []

    def choose(self, tables: Sequence[TargetTable]) -> None:
        """Choose the tables that the search reads as their ledgers were kept, with all leaves."""
        searched = {table.name: table for table in tables}
        for root, leaves in leaves_of(self._catalog).items():
            if root not in self._wanted:
                continue
            want = self._wanted[root]
            names = [table_name(leaf.schema, leaf.name) for leaf in leaves]
            layouts = [layout_of(self._catalog.columns.get(leaf.oid, ()), want) for leaf in leaves]
            if all(map(_fits, map(searched.get, names), layouts)):
                self._layouts |= {
                    name: (root, layout) for name, layout in zip(names, layouts, strict=True)
                }

    def columns_of(self, table: TargetTable) -> tuple[str, ...] | None:
        """The columns of a chosen table in the order of its ledger."""
        return self._layouts[table.name][1].columns if table.name in self._layouts else None

    def sums_of(self, table: TargetTable) -> Sums | None:
        """What adds up the rows of a part of a table, if it is chosen."""
        if table.name not in self._layouts:
            return None
        root, layout = self._layouts[table.name]
        return Sums(layout, self._wanted[root].key)

    def add(self, table: TargetTable, sums: Sums) -> None:
        """Keep what a part of a table adds up to."""
        self._parts.append((self._layouts[table.name][0], sums.ledger()))

    @property
    def found(self) -> dict[str, Ledger]:
        """The ledgers of the chosen tables, once all of their parts are read."""
        return by_table(self._parts)


def _fits(table: TargetTable | None, layout: Layout) -> bool:
    """Whether the rows that are searched are those of the ledger, column for column."""
    if table is None or table.materialized or layout.form != ("binary" if table.binary else "text"):
        return False
    stored = {column.name for column in table.columns if not column.is_computed}
    return len(stored) == len(table.columns) and stored == set(layout.columns)
