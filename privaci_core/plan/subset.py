"""Says which rows of the source belong to a subset: where it starts, and what comes along."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from psycopg import sql

from privaci_core.plan.where_moment import at_moment

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from privaci_core.catalog.catalog import Relation


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Rows that a subset begins with."""

    # The table at the top of its partitions, as a person reads its name.
    table: str
    # The confined predicate as the policy has it, and what `now()` means in it.
    where: str | None = None
    moment: datetime | None = None
    # How many of these rows: a share of them or a number, by the keyed hash of each row's key.
    percent: Decimal | None = None
    rows: int | None = None
    # Whether the start may have no rows; else the subset is refused.
    may_be_empty: bool = False

    @property
    def condition(self) -> sql.SQL | None:
        """The predicate in brackets, with one moment in place of `now()`; None for all rows."""
        if self.where is None:
            return None
        return sql.SQL(f"({at_moment(self.where, self.moment) if self.moment else self.where})")

    def rows_of(self, table: Relation) -> sql.Composed:
        """Selects the rows that the predicate chooses, of the table itself or of its partitions."""
        only = sql.SQL("" if table.kind == "p" else "ONLY ")
        condition = self.condition or sql.SQL("true")
        return sql.SQL("SELECT 1 FROM {}{} WHERE {}").format(only, table.identifier, condition)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """A foreign key or a declared relation, and which rows it brings."""

    # As a person reads it: `public.orders (customer_id) -> public.customer`.
    name: str
    # The tables that the key is about: at the top of their partitions, or one partition alone.
    child: str
    parent: str
    # What is compared, of the rows `child` and `parent`: no reference if one of them is NULL. Of an
    # array's elements each is a reference.
    pairs: tuple[tuple[sql.Composable, sql.Composable], ...]
    # The child's columns; not those of documents.
    columns: tuple[str, ...] = ()
    # True where the row `child` refers to the row `parent`, by the key's own operators.
    refers: sql.Composable
    # Whether it comes from the catalog; a relation that the policy declares has no constraint.
    is_key: bool = True
    # Values inside documents are compared as text.
    as_text: bool = False
    # The rows `child` that refer to this table at all; others have no reference.
    when: sql.Composable | None = None
    match_full: bool = False
    # Whether a row refers to one other row at most: each foreign key does, but one of periods.
    one_parent: bool = False
    # Whether the key is about the table's own rows, and not about those of tables that inherit.
    child_alone: bool = True
    parent_alone: bool = True
    # Whether children come with their parents, and how many of each parent's: the first of all
    # its children, by the keyed hash.
    down: bool = True
    per_parent: int | None = None
    # Whether parents come with their children, or the reference is cut: it becomes NULL in rows
    # whose parent is not in the subset.
    up: Literal["keep", "null"] = "keep"
    # The columns that become NULL where the reference is cut.
    null_columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """How many rows came by a start or by an edge; a row counts where it came first."""

    how: Literal["start", "children", "parents"]
    # The table of a start, or the name of an edge.
    name: str
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SubsetPlan:
    """Which rows of the source are copied.

    A table's own predicate holds for all of them: other rows of the table do not exist here.
    """

    starts: tuple[Start, ...]
    # Between tables that get rows.
    edges: tuple[Edge, ...]
    # Roots of which every row comes, with all parents of these rows and none of their children.
    whole: frozenset[str] = frozenset()
    # Roots of fewer rows come whole as soon as a kept row refers to one of theirs; never a
    # filtered one.
    whole_below: int | None = None
    # Roots that a start names, or that `down` edges lead to from there.
    filtered: frozenset[str] = frozenset()
    # Roots that no edge ties to a start. They come whole, or as `empty` ones bring no row of their
    # own: what a row of a whole table refers to comes nevertheless.
    untied: frozenset[str] = frozenset()
    empty: frozenset[str] = frozenset()
    # With `all`, of the rows that starts and `down` edges reach, those stay whose every parent in a
    # filtered table stays (by edges that are not cut), if they are start rows themselves where a
    # start names their table: the largest such set whose rows are still reached.
    match: Literal["any", "all"] = "any"
    # Once its rows are chosen: what brought them.
    brought: tuple[Brought, ...] = ()
