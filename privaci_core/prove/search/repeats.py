"""Tells which columns a place repeats: a computed column, or the planner's statistics."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from privaci_core.postgres.names import column_name, table_name
from privaci_core.sql import query

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from privaci_core.postgres.session import Connection
    from privaci_core.prove.search.target_tables import TargetTable


class Repeats:
    """By relation, the tables that its rows are made of, with their stored columns."""

    def __init__(
        self, tables: Iterable[TargetTable] = (), made_of: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        self._made_of = made_of or {}
        self._stored = {
            table.name: [
                column_name(table.name, column.name)
                for column in table.columns
                if not column.is_computed
            ]
            for table in tables
        }
        self._computed = {
            column_name(table.name, column.name): table.name
            for table in tables
            for column in table.columns
            if column.is_computed
        }

    @classmethod
    def of(cls, target: Connection, tables: Iterable[TargetTable]) -> Repeats:
        """Those of a target, which is asked once."""
        made_of = defaultdict(list)
        for *relation, schema, name in target.execute(query("search_sources")).fetchall():
            made_of[table_name(*relation)].append(table_name(schema, name))
        return cls(tables, made_of)

    def by(self, place: str) -> list[str]:
        """The columns that a column of the target repeats; a stored one repeats none."""
        table = self._computed.get(place)
        return self.of_rows(table) if table else []

    def of_rows(self, relation: str) -> list[str]:
        """Every stored column that the rows of a relation may be made of."""
        tables = self.tables_of(relation)
        return [place for table in tables for place in self._stored.get(table, ())]

    def of_column(self, relation: str, column: str) -> list[str]:
        """The column itself, of the relation and of the children whose rows it has."""
        return [column_name(table, column) for table in self.tables_of(relation)]

    def tables_of(self, relation: str) -> Sequence[str]:
        """The relation itself, and all whose rows it may have."""
        return self._made_of.get(relation, (relation,))
