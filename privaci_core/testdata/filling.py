"""Holds the rows of a request while they are filled."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from privaci_core.testdata.bundle import Row
from privaci_core.testdata.draw import Draw

if TYPE_CHECKING:
    from collections.abc import Mapping

    from psycopg.sql import Composable

    from privaci_core.postgres.session import Connection
    from privaci_core.testdata.table_facts import TableFacts
    from privaci_core.testdata.target_facts import TargetFacts


@dataclass(slots=True, kw_only=True)
class Draft:
    """A row that is being filled: its values so far, and where they are from."""

    role: str
    number: int
    table: TableFacts
    values: dict[str, str | None]
    # Columns whose values the scenario gives.
    given: frozenset[str]
    # Columns that a foreign key filled.
    linked: set[str] = field(default_factory=set)
    # Columns whose default was evaluated.
    defaulted: set[str] = field(default_factory=set)
    # Columns that repeat another column of the row: it refers to itself.
    mirrored: dict[str, str] = field(default_factory=dict)

    def draw(self, seed: str, attempt: int = 0) -> Draw:
        """Where the row's values are drawn."""
        return Draw(seed=seed, role=self.role, number=self.number, attempt=attempt)

    def is_drawn(self, column: str) -> bool:
        """Whether nothing but chance decided about a column's value."""
        return not (column in self.given or column in self.linked or column in self.mirrored)

    def mirror(self) -> None:
        """Repeat the values that the row refers to in itself."""
        self.values.update({name: self.values[of] for name, of in self.mirrored.items()})

    def row(self) -> Row:
        """The row as it can be inserted."""
        # Without a key, a row is found again by all its values.
        names = self.table.row_key or tuple(self.values)
        key = {name: value for name in names if (value := self.values[name]) is not None}
        return Row(
            role=self.role,
            number=self.number,
            table=self.table.name,
            values=self.values,
            key=key,
            found=False,
            reserve=False,
        )


@dataclass(slots=True, kw_only=True)
class Filling:
    """A request's rows so far, and what they are made from."""

    connection: Connection
    facts: TargetFacts
    seed: str
    # Rows of other runs: a relation with the columns `relation` and `key`, as `Row` has them.
    taken: Composable
    made_up: bool
    rows: list[Row] = field(default_factory=list)
    # Rows that foreign keys can refer to, by the key and by what is fixed of it.
    parents: dict[tuple[object, ...], list[tuple[str, ...]]] = field(default_factory=dict)

    def of_table(self, table: TableFacts) -> list[Mapping[str, str | None]]:
        """The rows so far that will be inserted into a table."""
        return [row.values for row in self.rows if row.table == table.name and not row.found]

    def of_role(self, role: str, number: int) -> Row:
        """The row of a role that goes with a row of this number."""
        rows = [row for row in self.rows if row.role == role]
        return rows[(number - 1) % len(rows)]
