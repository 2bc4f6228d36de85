"""Reads what the server's planner knows of whole columns, of which a sample shows a part."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from privaci_core.postgres.driver_errors import driver_errors
from privaci_core.sql import query

if TYPE_CHECKING:
    from privaci_core.catalog.catalog import Catalog, Place
    from privaci_core.postgres.session import Connection

# Of so many values at most, each in so many rows on average, a name is a label: twelve names in
# ten thousand rows. The demo company, Pagila and Northwind have no name of a person that
# comes near: given names repeat as often, but more of them differ.
FEW_LABELS, ROWS_OF_A_LABEL = 50, 100
# Nine in ten differ, and are as long as a sentence: people wrote them. Titles of films and
# lines of addresses are as unique, but shorter; descriptions that were made of few parts repeat.
UNIQUE, BYTES_OF_A_TEXT, ROWS_OF_TEXTS = 0.9, 60, 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """How many rows have a value, how many of these values differ, and their bytes on average."""

    filled: float
    distinct: float
    width: int

    @property
    def are_labels(self) -> bool:
        """Whether a few values stand in very many rows."""
        is_few = 0 < self.distinct <= FEW_LABELS
        return is_few and self.filled >= ROWS_OF_A_LABEL * self.distinct

    @property
    def are_texts(self) -> bool:
        """Whether nearly all values differ and are long."""
        is_long = self.filled >= ROWS_OF_TEXTS and self.width >= BYTES_OF_A_TEXT
        return is_long and self.distinct >= UNIQUE * self.filled


def read_statistics(source: Connection, catalog: Catalog) -> dict[Place, Statistics]:
    """What is known of columns of analyzed tables that the user may read; of others nothing."""
    rows = _rows(catalog)
    oids = {(table.schema, table.name): table.oid for table in catalog.row_tables}
    with driver_errors("Reading the planner's statistics"):
        found = source.execute(query("column_statistics")).fetchall()
    return {
        (oid, column): _of(rows[oid], distinct, nulls, width)
        for schema, name, column, distinct, nulls, width in found
        if (oid := oids.get((schema, name))) is not None and rows[oid] > 0
    }


def _rows(catalog: Catalog) -> Counter[int]:
    """The rows that the planner expects of each table, its partitions counted in."""
    rows: Counter[int] = Counter()
    for leaf in catalog.tables:
        rows[catalog.root(leaf).oid] += max(0, int(leaf.estimated_rows))
    return rows


def _of(rows: int, distinct: float, nulls: float, width: int) -> Statistics:
    """The planner writes a share of the rows below zero where it grows with the table."""
    return Statistics(
        filled=rows * (1 - nulls),
        distinct=distinct if distinct >= 0 else -distinct * rows,
        width=width,
    )
