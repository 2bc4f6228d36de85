"""Holds what a target's tables demand of new rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from psycopg import sql

from privaci_core.testdata.spelled import raw

if TYPE_CHECKING:
    from privaci_core.catalog.catalog import Column, Relation
    from privaci_core.catalog.foreign_keys import ForeignKey
    from privaci_core.masks import Shape
    from privaci_core.testdata.constraint_facts import CheckFacts, KeyFacts
    from privaci_core.testdata.fakes import Fakes
    from privaci_core.testdata.hints import Hint


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnFacts:
    """A column that a new row has a value for, and what can fill it."""

    column: Column
    shape: Shape
    # The type below domains, as SQL writes it: values are cast to it.
    cast_type: str
    # The default, or the generation expression, as SQL.
    expression: str | None
    sequence: str | None
    # Of a range the type of its bounds, by its name in pg_type.
    subtype: str | None
    # Of what the column holds, by its name: the kind, and what makes its fakes.
    kind: str | None = None
    fakes: Fakes | None = field(default=None, repr=False)
    # What its own checks say of its values.
    hints: tuple[Hint, ...] = ()
    # All values of a column that has few of them.
    words: tuple[str, ...] = field(default=(), repr=False)

    @property
    def name(self) -> str:
        """The column's name."""
        return self.column.name

    @property
    def is_generated(self) -> bool:
        """Whether the server computes it from the row's other columns."""
        return self.column.generated != ""

    @property
    def default(self) -> sql.Composable | None:
        """What the server evaluates if no value is given."""
        if self.sequence is not None:
            literal = sql.Literal(self.sequence.replace("%", "%%"))
            return sql.SQL("pg_catalog.nextval({}::pg_catalog.regclass)").format(literal)
        if self.expression is None or self.is_generated:
            return None
        return raw(self.expression)

    @property
    def is_numbered(self) -> bool:
        """Whether a sequence numbers it."""
        return self.sequence is not None or (self.expression or "").startswith("nextval(")


@dataclass(frozen=True, kw_only=True, eq=False)
class TableFacts:
    """A table and all that a new row of it must meet."""

    relation: Relation
    columns: dict[str, ColumnFacts]
    checks: tuple[CheckFacts, ...]
    keys: tuple[KeyFacts, ...]
    foreign_keys: tuple[ForeignKey, ...]

    @property
    def name(self) -> str:
        """The table's qualified name."""
        return self.relation.qualified

    @cached_property
    def row_key(self) -> tuple[str, ...]:
        """The columns by which a row is found again; empty if the table has no such key."""
        plain = [key for key in self.keys if key.is_plain and self._never_null(key)]
        best = next((key for key in plain if key.is_primary), plain[0] if plain else None)
        if best is None:
            return ()
        return tuple(name for name in self.columns if name in best.columns)

    def _never_null(self, key: KeyFacts) -> bool:
        return all(
            self.columns[name].column.not_null and not self.columns[name].is_generated
            for name in key.columns
        )

    @cached_property
    def filled(self) -> tuple[ColumnFacts, ...]:
        """The columns that a new row has values for."""
        return tuple(each for each in self.columns.values() if not each.is_generated)

    @cached_property
    def components(self) -> tuple[tuple[CheckFacts, ...], ...]:
        """The checks, grouped by the columns that they share."""
        groups: list[list[CheckFacts]] = []
        for check in self.checks:
            touching = [group for group in groups if _share(group, check)]
            groups = [group for group in groups if group not in touching]
            groups.append([*(each for group in touching for each in group), check])
        return tuple(tuple(group) for group in groups)


def _share(group: list[CheckFacts], check: CheckFacts) -> bool:
    return any(not set(each.columns).isdisjoint(check.columns) for each in group)
