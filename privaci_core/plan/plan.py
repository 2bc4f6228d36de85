"""Says what happens to every table and column of a database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from psycopg import sql

from privaci_core.plan.where_moment import at_moment
from privaci_core.policy import Shuffle
from privaci_core.postgres.names import table_name

if TYPE_CHECKING:
    from datetime import datetime

    from privaci_core.catalog.catalog import Column
    from privaci_core.detect.suspect import Suspicion
    from privaci_core.masks import Anchored, Shape
    from privaci_core.plan.rules import Reason
    from privaci_core.plan.soft_references import SoftReference
    from privaci_core.plan.subset import SubsetPlan
    from privaci_core.policy import Action

WireFormat = Literal["binary", "text"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnPlan:
    """What happens to one masked column, and why."""

    name: str
    action: Action
    shape: Shape
    reason: Reason
    evidence: str = ""
    # The type whose binary form its values have, and the column's own type as SQL writes it.
    wire_type: str
    type: str = "text"
    is_array: bool = False
    # Rows in which this is not true keep their value.
    when: sql.Composable | None = None
    # Other columns of the row that the mask reads.
    reads: tuple[str, ...] = ()
    # What masks the column that decides who the row's person is.
    anchor: Anchored | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TablePlan:
    """How the rows of one table travel: masked columns, columns that masks read, and the rest."""

    schema: str
    relation: str
    masked: tuple[ColumnPlan, ...]
    # Unmasked columns that masks read, with their types.
    read: tuple[tuple[str, str], ...]
    carried: tuple[str, ...]
    format: WireFormat
    where: str | None
    # The most rows that are masked at once; without it, as many as fit a block's bytes.
    block_rows: int | None
    size_bytes: int
    key: tuple[Column, ...]
    # The table, or the partitioned table at the top where fakes decide about the partition.
    into: sql.Identifier
    # Columns whose leading line breaks Postgres drops when it prints them.
    xml: frozenset[str] = frozenset()
    # Of a partition, the table that it is a part of: a shuffle is one over all partitions.
    family: sql.Identifier | None = None
    # What `now()` in the predicate means, in every session; None where it says nothing of it.
    moment: datetime | None = None

    @property
    def name(self) -> str:
        """The table's name as a person reads it."""
        return table_name(self.schema, self.relation)

    @property
    def identifier(self) -> sql.Identifier:
        """The table's name as SQL writes it."""
        return sql.Identifier(self.schema, self.relation)

    @property
    def leading(self) -> tuple[str, ...]:
        """The columns that are decoded: masked ones, then those that masks read."""
        return (*(column.name for column in self.masked), *(name for name, _ in self.read))

    @property
    def conditions(self) -> tuple[sql.Composable, ...]:
        """The conditions of masks, which are selected after the leading columns and not loaded."""
        return tuple(column.when for column in self.masked if column.when is not None)

    @property
    def columns(self) -> sql.Composed:
        """Every column that is loaded, in the order of the stream."""
        return sql.SQL(", ").join(map(sql.Identifier, (*self.leading, *self.carried)))

    @property
    def listed(self) -> sql.Composed:
        """The columns as COPY lists them; a table that has none to load takes no list."""
        return sql.SQL(" ({})").format(self.columns) if self.width else sql.Composed([])

    @property
    def selected(self) -> sql.Composed:
        """What is read from the source: leading columns, their conditions, carried columns."""
        flags = (sql.SQL("coalesce({}, false)").format(condition) for condition in self.conditions)
        leading, carried = (map(sql.Identifier, names) for names in (self.leading, self.carried))
        return sql.SQL(", ").join([*leading, *flags, *carried])

    @property
    def predicate(self) -> str | None:
        """The policy's predicate on the source's rows, with one moment in place of `now()`."""
        if self.where is None or self.moment is None:
            return self.where
        return at_moment(self.where, self.moment)

    @property
    def condition(self) -> sql.SQL | None:
        """The predicate in brackets, because it may hold an OR; the plan has confined it."""
        return sql.SQL(f"({self.predicate})") if self.where else None

    @property
    def shuffled(self) -> tuple[ColumnPlan, ...]:
        """The columns whose values are dealt out to other rows."""
        return tuple(column for column in self.masked if isinstance(column.action, Shuffle))

    @property
    def in_one_piece(self) -> bool:
        """Whether one stream must read all rows: those that are equal throughout take turns."""
        return any(len(column.reads) == self.width for column in self.shuffled)

    @property
    def trades_with_partitions(self) -> bool:
        """Whether rows of other partitions decide what this partition's rows become."""
        return self.family is not None and bool(self.shuffled)

    @property
    def width(self) -> int:
        """How many columns are loaded."""
        return len(self.leading) + len(self.carried)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What happens to a whole database."""

    tables: tuple[TablePlan, ...]
    # Tables that are not created in the target.
    excluded: frozenset[tuple[str, str]] = frozenset()
    # Tables, by oid, whose orphaned foreign keys become NULL.
    nulls_orphans: frozenset[int] = frozenset()
    # Tables, by oid, whose orphans are left out, and those whose rows go with a row that they
    # refer to.
    drops_orphans: frozenset[int] = frozenset()
    follows_drops: frozenset[int] = frozenset()
    # Unlisted columns that look personal and are copied unmasked: table, column, and why.
    suspected: tuple[tuple[str, str, Suspicion], ...] = ()
    # Columns that refer to keys without a foreign key, and whether both ends are masked alike.
    references: tuple[SoftReference, ...] = ()
    # Which rows are copied; without it, all that the tables' predicates choose.
    subset: SubsetPlan | None = None
    # What else a person should look at, a sentence each.
    warnings: tuple[str, ...] = ()

    @property
    def moment(self) -> datetime | None:
        """What `now()` means in the predicates of tables; None where no predicate says it."""
        starts = self.subset.starts if self.subset else ()
        moments = (*(each.moment for each in self.tables), *(each.moment for each in starts))
        return next((moment for moment in moments if moment), None)

    @property
    def masked_columns(self) -> int:
        """How many columns are masked."""
        return sum(len(table.masked) for table in self.tables)
