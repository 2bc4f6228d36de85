"""Decides what happens to every column of every table, before anything is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from psycopg import sql

if TYPE_CHECKING:
    from privaci_core.catalog import Catalog, Column, Relation

WireFormat = Literal["binary", "text"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TablePlan:
    """How the rows of one table travel: which columns are masked, which are carried, and in which wire format."""

    schema: str
    relation: str
    masked: tuple[str, ...]
    carried: tuple[str, ...]
    format: WireFormat
    size_bytes: int
    key: tuple[Column, ...]

    @property
    def name(self) -> str:
        """The table as a person reads it."""
        return f"{self.schema}.{self.relation}"

    @property
    def identifier(self) -> sql.Identifier:
        """The table as SQL names it."""
        return sql.Identifier(self.schema, self.relation)

    @property
    def columns(self) -> sql.Composed:
        """Every column that travels, masked ones first: the order of the stream."""
        return sql.SQL(", ").join(map(sql.Identifier, self.masked + self.carried))


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What happens to a whole database."""

    tables: tuple[TablePlan, ...]


def plan_copy(catalog: Catalog) -> Plan:
    """Plan every table that holds rows, the largest first, so that the last one to finish is small."""
    tables = (_plan_table(catalog, relation) for relation in catalog.tables)
    return Plan(tables=tuple(sorted(tables, key=lambda table: (-table.size_bytes, table.name))))


def _plan_table(catalog: Catalog, relation: Relation) -> TablePlan:
    """Binary where every type's binary form means the same in both databases, else text."""
    columns = [column for column in catalog.columns.get(relation.oid, ()) if not column.generated]
    return TablePlan(
        schema=relation.schema,
        relation=relation.name,
        masked=(),
        carried=tuple(column.name for column in columns),
        format="binary" if all(column.binary for column in columns) else "text",
        size_bytes=relation.size_bytes,
        key=_primary_key(catalog, relation),
    )


def _primary_key(catalog: Catalog, relation: Relation) -> tuple[Column, ...]:
    primary = next((key for key in catalog.keys.get(relation.oid, ()) if key.is_primary), None)
    found = (catalog.column(relation, name) for name in (primary.columns if primary else ()))
    return tuple(column for column in found if column)
