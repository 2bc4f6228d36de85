"""Holds the rows of one request, before and after they are written."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of a bundle; its values are Postgres's own text forms, or None for NULL.

    A created row has a value for every column but generated ones. Write it with OVERRIDING SYSTEM
    VALUE, since identity columns are drawn already. A found row has the values of all its columns.
    """

    # A role of the scenario; of a parent that had to be created, the role, a slash and a column.
    role: str
    # The first row of a role has the number 1.
    number: int
    # The name as `Catalog.by_name` knows it.
    table: str
    values: dict[str, str | None] = field(repr=False)
    # The columns by which the row is found again: its primary key, else a unique one, else all
    # that have a value.
    key: dict[str, str] = field(repr=False)
    found: bool
    reserve: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """The rows of one request, in the order in which they can be inserted."""

    scenario_id: str
    run: str
    seed: str
    rows: tuple[Row, ...]

    def of_role(self, role: str) -> tuple[Row, ...]:
        """The rows of a role, in the order of their numbers."""
        return tuple(row for row in self.rows if row.role == role)
