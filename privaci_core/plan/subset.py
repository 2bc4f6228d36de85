"""Says which rows of the source belong to a subset: where it starts, and what comes along."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from decimal import Decimal

    from psycopg import sql


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Rows that a subset begins with."""

    # The table at the top of its partitions, as a person reads its name.
    table: str
    # The confined predicate, with one moment in place of `now()`.
    where: str | None = None
    # How many of these rows: a share of them or a number, chosen by the keyed hash of their key.
    percent: Decimal | None = None
    rows: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """A foreign key or a declared relation, and which rows it brings."""

    # As a person reads it: `public.orders (customer_id) -> public.customer`.
    name: str
    # The tables at the top of their partitions, as a person reads their names.
    child: str
    parent: str
    # What is compared, of a row `child` and a row `parent`; a document's values as text.
    pairs: tuple[tuple[sql.Composable, sql.Composable], ...]
    # True where the row `child` refers to the row `parent`, by the key's own operators.
    refers: sql.Composable
    as_text: bool = False
    # The rows `child` that refer to this table at all; without it, all that hold no NULL.
    when: sql.Composable | None = None
    match_full: bool = False
    # Whether the key is about the table's own rows, and not about those of tables that inherit.
    child_alone: bool = True
    parent_alone: bool = True
    # Whether children come with their parents, and how many of each parent's.
    down: bool = True
    per_parent: int | None = None
    # Whether parents come with their children, or the reference is cut.
    up: Literal["keep", "null"] = "keep"
    # The columns that become NULL where the reference is cut.
    null_columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SubsetPlan:
    """Which rows of the source are copied."""

    starts: tuple[Start, ...]
    edges: tuple[Edge, ...]
    # Tables of which every row comes.
    whole: frozenset[str] = frozenset()
    # Tables of fewer rows come whole as soon as one of their rows is kept as a parent.
    whole_below: int | None = None
    # Tables without rows: those that no edge ties to a start, if the rest stays empty.
    empty: frozenset[str] = frozenset()
    # Tables that no edge ties to a start; they come whole, unless they are `empty`.
    untied: frozenset[str] = frozenset()
    # A row that several starts reach: it comes with any of them, or with all of them alone.
    match: Literal["any", "all"] = "any"
    # A start that matches no row is accepted.
    may_be_empty: bool = False
