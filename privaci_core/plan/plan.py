"""Says what happens to every table and column of a database."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from psycopg import sql

from privaci_core.plan.addresses import MOST_NAMED
from privaci_core.plan.where_moment import at_moment
from privaci_core.policy import AiRefine, Json, NerMask, Plugin, Shuffle
from privaci_core.postgres.names import table_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from privaci_core.catalog.catalog import Column
    from privaci_core.detect.suspect import Suspicion
    from privaci_core.masks import Anchored, Shape
    from privaci_core.plan.addresses import Addresses
    from privaci_core.plan.risk import RiskPlan
    from privaci_core.plan.rules import Reason
    from privaci_core.plan.soft_references import SoftReference
    from privaci_core.plan.subset import SubsetPlan
    from privaci_core.policy import Action

WireFormat = Literal["binary", "text"]
# A language model reads about a hundredth, or less, of what a stream copies in the same time.
MODEL_WORK = 100


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

    @property
    def reads_texts(self) -> bool:
        """Whether a language model reads the column's texts, or texts in its documents."""
        rules = self.action.paths.values() if isinstance(self.action, Json) else (self.action,)
        return any(isinstance(rule, NerMask | AiRefine) for rule in rules)

    @property
    def holds_python(self) -> bool:
        """Whether Python looks at each value: threads would wait for each other, or a plugin fail.

        The author of a plugin was not promised that it may run in two threads.
        """
        return self.reads_texts or isinstance(self.action, Json | Plugin)


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
    # Of a subset: the rows that are copied; None: every row that the predicate selects. And
    # columns of cut references, with the rows in which they become NULL.
    rows: Addresses | None = field(default=None, repr=False)
    nulls: tuple[tuple[str, Addresses], ...] = field(default=(), repr=False)

    @property
    def name(self) -> str:
        """The table's name as a person reads it."""
        return table_name(self.schema, self.relation)

    @property
    def identifier(self) -> sql.Identifier:
        """The table's name as SQL writes it."""
        return sql.Identifier(self.schema, self.relation)

    @property
    def work_bytes(self) -> int:
        """The size that a table would have that is as much work, if no language model read it."""
        return self.size_bytes * MODEL_WORK if self.reads_texts else self.size_bytes

    @property
    def reads_texts(self) -> bool:
        """Whether a language model reads any column's texts."""
        return any(column.reads_texts for column in self.masked)

    @property
    def holds_python(self) -> bool:
        """Whether the mask of any column keeps other threads waiting."""
        return any(column.holds_python for column in self.masked)

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
        leading, carried = (map(self._value, names) for names in (self.leading, self.carried))
        return sql.SQL(", ").join([*leading, *flags, *carried])

    @property
    def predicate(self) -> str | None:
        """The policy's predicate on the source's rows, with one moment in place of `now()`."""
        if self.where is None or self.moment is None:
            return self.where
        return at_moment(self.where, self.moment)

    @property
    def condition(self) -> sql.Composed | None:
        """True for the rows that are copied; None if all are."""
        # In brackets, because it may hold an OR; the plan has confined it.
        own = [sql.SQL(f"({self.predicate})")] if self.where else []
        chosen = [] if self.rows is None else [self.rows.condition]
        return sql.SQL(" AND ").join([*chosen, *own]) if own or chosen else None

    def _value(self, column: str) -> sql.Composable:
        """A column as it is read: NULL in rows whose reference is cut."""
        value: sql.Composable = sql.Identifier(column)
        for name, rows in self.nulls:
            if name == column:
                value = sql.SQL("CASE WHEN {} THEN NULL ELSE {} END").format(rows.condition, value)
        return value

    @property
    def chosen(self) -> str:
        """A fingerprint of the rows of a subset and of their cut references; empty for all rows."""
        rows = [] if self.rows is None else [self.rows.digest()]
        nulls = [f"{name} {nulled.digest()}" for name, nulled in self.nulls]
        return "".join(f" of {each}" for each in (*rows, *nulls))

    def of_rows(self, rows: Addresses) -> TablePlan:
        """The same table with these of its rows alone."""
        nulls = tuple((name, nulled.within(rows)) for name, nulled in self.nulls)
        return replace(self, rows=rows, nulls=tuple(each for each in nulls if len(each[1])))

    def in_parts(self) -> Iterator[TablePlan]:
        """The table in parts that one statement can read: it names so many rows at most."""
        if self.rows is None or len(self.rows) <= MOST_NAMED or self.in_one_piece:
            yield self
        else:
            yield from map(self.of_rows, self.rows.parts())

    @property
    def shuffled(self) -> tuple[ColumnPlan, ...]:
        """The columns whose values are dealt out to other rows."""
        return tuple(column for column in self.masked if isinstance(column.action, Shuffle))

    @property
    def in_one_piece(self) -> bool:
        """Whether one stream must read all rows: those that are equal throughout take turns.

        A shuffle deals among the rows that one statement names.
        """
        if self.rows is not None and self.shuffled:
            return True
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
    # What is measured in the target; without it, nothing is.
    risk: RiskPlan | None = None
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
