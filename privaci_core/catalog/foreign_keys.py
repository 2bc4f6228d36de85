"""Reads a database's foreign keys, with all that compares their rows as Postgres itself does."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from psycopg import sql
from psycopg.rows import kwargs_row

from privaci_core.postgres.names import shown, table_name
from privaci_core.postgres.together import read_together
from privaci_core.sql import query

if TYPE_CHECKING:
    from privaci_core.postgres.session import Connection

MATCH_FULL = "f"


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignKey:
    """A foreign key: which columns refer to which columns, and how."""

    relation: int = field(repr=False)
    referenced: int = field(repr=False)
    child_schema: str = field(repr=False)
    child: str = field(repr=False)
    # Whether the key is about the table's own rows, and not about those of tables that inherit.
    child_alone: bool = field(repr=False)
    parent_schema: str = field(repr=False)
    parent: str = field(repr=False)
    parent_alone: bool = field(repr=False)
    name: str
    columns: tuple[str, ...]
    referenced_columns: tuple[str, ...]
    match: str
    on_delete: str
    deferrable: bool
    validated: bool
    # What compares each pair of columns, as SQL writes it, and the collation if theirs differ.
    operators: tuple[str, ...] = ()
    collations: tuple[str, ...] = ()
    # Whether its last column is a period, which several referenced rows may fill together.
    period: bool = False

    @property
    def place(self) -> str:
        """The key, as a person looks for it."""
        return f"{self.child_name}: {shown(self.name)}"

    @property
    def child_name(self) -> str:
        """The referencing table's name as a person reads it."""
        return table_name(self.child_schema, self.child)

    @property
    def parent_name(self) -> str:
        """The referenced table's name as a person reads it."""
        return table_name(self.parent_schema, self.parent)

    @property
    def children(self) -> sql.Composed:
        """The referencing rows' table, to follow FROM."""
        return _table(self.child_schema, self.child, alone=self.child_alone)

    @property
    def parents(self) -> sql.Composed:
        """The referenced rows' table, to follow FROM."""
        return _table(self.parent_schema, self.parent, alone=self.parent_alone)


def read_foreign_keys(connection: Connection) -> tuple[ForeignKey, ...]:
    """The foreign keys of a database, also those that were added as NOT VALID."""
    (found,) = read_together(connection, (FOREIGN_KEYS,))
    return tuple(found)


def _with_tuples(**values: Any) -> ForeignKey:
    """Make tuples of arrays, which the driver returns as lists."""
    for name, value in values.items():
        if isinstance(value, list):
            values[name] = tuple(value)
    return ForeignKey(**values)


# The query that reads them, and what makes its rows.
FOREIGN_KEYS = (query("catalog_foreign_keys"), kwargs_row(_with_tuples))


def _table(schema: str, name: str, *, alone: bool) -> sql.Composed:
    only = sql.SQL("ONLY ") if alone else sql.SQL("")
    return sql.SQL("{}{}").format(only, sql.Identifier(schema, name))
