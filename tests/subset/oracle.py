"""Says by brute force which rows a subset has; written from the rules alone, one row at a time."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


@dataclass(frozen=True, kw_only=True, eq=False)
class Row:
    """A row of the source: where it lies, and what it holds."""

    table: str
    # The table that holds it: a partition, or the table itself.
    leaf: str
    place: str
    values: Mapping[str, Any]

    def has(self, name: str) -> bool:
        """Whether the row is one of a table's, or of a partition's."""
        return name in {self.table, self.leaf}


@dataclass(frozen=True, kw_only=True)
class Reference:
    """A key or a relation: whose columns hold what others' columns hold."""

    child: str
    parent: str
    # A column, or a column and the member of its documents.
    columns: tuple[str, ...]
    to: tuple[str, ...]
    member: str | None = None
    # The column and the value that say that this table is meant.
    when: tuple[str, str] | None = None
    is_full: bool = False
    children: Literal["all", "none"] | int = "all"
    # The columns that become NULL instead of bringing the parent.
    cut: tuple[str, ...] = ()

    @property
    def is_cut(self) -> bool:
        """Whether the parents of this reference do not come along."""
        return bool(self.cut)

    def key_of(self, row: Row) -> tuple[Any, ...] | None:
        """What a child's row refers by; None where it refers to nothing."""
        if self.when is not None and row.values[self.when[0]] != self.when[1]:
            return None
        if self.member is not None:
            held = (row.values[self.columns[0]] or {}).get(self.member)
            key: tuple[Any, ...] = (_as_text(held),)
        else:
            key = tuple(row.values[column] for column in self.columns)
        return None if None in key else key

    def key_in(self, row: Row) -> tuple[Any, ...]:
        """What a parent's row is referred to by."""
        key = tuple(row.values[column] for column in self.to)
        return tuple(map(_as_text, key)) if self.member is not None else key


@dataclass(frozen=True, kw_only=True)
class Start:
    """Rows to begin with."""

    table: str
    matches: Callable[[Row], bool]
    percent: float | None = None
    rows: int | None = None


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a policy asks for."""

    starts: tuple[Start, ...]
    references: tuple[Reference, ...]
    # The table at the top of each partition, and every other table by itself.
    root_of: Mapping[str, str]
    whole: frozenset[str] = frozenset()
    whole_below: int | None = None
    rest: Literal["whole", "empty"] = "whole"
    match: Literal["any", "all"] = "any"
    # Tables of which no row is copied.
    without_rows: frozenset[str] = frozenset()


@dataclass
class World:
    """All rows that can be copied, and who refers to whom."""

    asked: Asked
    rows: list[Row]
    # A hash of each row's key, for a table by its name.
    hashed: Callable[[str, Row], bytes]
    parents: dict[Reference, dict[Row, list[Row]]] = field(default_factory=dict)
    children: dict[Reference, dict[Row, list[Row]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Compare every child with every parent."""
        for reference in self.asked.references:
            below: dict[Row, list[Row]] = {}
            above: dict[Row, list[Row]] = {}
            for child in self.rows:
                key = reference.key_of(child) if child.has(reference.child) else None
                if key is None:
                    continue
                for parent in self.rows:
                    if parent.has(reference.parent) and reference.key_in(parent) == key:
                        above.setdefault(child, []).append(parent)
                        below.setdefault(parent, []).append(child)
            self.parents[reference], self.children[reference] = above, below

    def brought_by(self, reference: Reference, parent: Row) -> list[Row]:
        """The children that come with a parent."""
        found = self.children[reference].get(parent, [])
        if reference.children == "none":
            return []
        if reference.children == "all":
            return found
        return sorted(found, key=lambda row: self.hashed(reference.child, row))[
            : reference.children
        ]


def kept_rows(world: World) -> set[Row]:
    """Every row of the subset."""
    asked = world.asked
    begin = {row for start in asked.starts for row in start_rows(world, start)}
    filtered = _filtered(asked)
    down = _with_children(world, begin, set(world.rows))
    if asked.match == "all":
        down = _of_all(world, begin, filtered)
    kept = down | {row for row in world.rows if row.table in asked.whole}
    kept = _with_parents(world, kept, filtered)
    untied = {row for row in world.rows if row.table not in _tied(asked)}
    return kept | untied if asked.rest == "whole" else kept


def start_rows(world: World, start: Start) -> list[Row]:
    """The rows of a start: those that match, or some of them by the keyed hash."""
    found = [row for row in world.rows if row.table == start.table and start.matches(row)]
    if start.rows is not None:
        return sorted(found, key=lambda row: world.hashed(start.table, row))[: start.rows]
    if start.percent is not None:
        share = start.percent / 100
        return [row for row in found if _share(world.hashed(start.table, row)) < share]
    return found


def nulled_rows(world: World, kept: set[Row]) -> dict[str, set[Row]]:
    """The kept rows whose cut reference becomes NULL, by `table.column`."""
    found: dict[str, set[Row]] = {}
    for reference in world.asked.references:
        if reference.is_cut:
            for child, parents in world.parents[reference].items():
                if child in kept and not kept.intersection(parents):
                    for column in reference.cut:
                        found.setdefault(f"{child.leaf}.{column}", set()).add(child)
    return found


def _with_children(world: World, begin: Iterable[Row], allowed: set[Row]) -> set[Row]:
    """Rows, with what refers to them, however far, as far as it is allowed."""
    found = set(begin) & allowed
    while True:
        more = {
            child
            for reference in world.asked.references
            for parent in found
            for child in world.brought_by(reference, parent)
        }
        if more & allowed <= found:
            return found
        found |= more & allowed


def _of_all(world: World, begin: set[Row], filtered: set[str]) -> set[Row]:
    """The largest set whose rows all are reached and have all of their filtered parents."""
    started = {start.table for start in world.asked.starts}
    allowed = {row for row in world.rows if row.table not in started or row in begin}
    while True:
        found = _with_children(world, begin, allowed)
        stay = {row for row in found if _has_parents(world, row, found, filtered)}
        if stay == found:
            return found
        allowed = stay


def _has_parents(world: World, row: Row, found: set[Row], filtered: set[str]) -> bool:
    return all(
        parent in found
        for reference in world.asked.references
        if not reference.is_cut
        for parent in world.parents[reference].get(row, [])
        if parent.table in filtered
    )


def _with_parents(world: World, kept: set[Row], filtered: set[str]) -> set[Row]:
    """Rows, with what they refer to, however far, and with small tables whole."""
    kept = set(kept)
    while True:
        more = {
            parent
            for reference in world.asked.references
            if not reference.is_cut
            for child in kept
            for parent in world.parents[reference].get(child, [])
        }
        small = {row.table for row in more if _is_small(world, row.table, filtered)}
        more |= {row for row in world.rows if row.table in small}
        if more <= kept:
            return kept
        kept |= more


def _is_small(world: World, table: str, filtered: set[str]) -> bool:
    below = world.asked.whole_below
    count = sum(row.table == table for row in world.rows)
    return below is not None and table not in filtered and count < below


def _filtered(asked: Asked) -> set[str]:
    """The tables of starts, and those to which children lead from there."""
    found = {start.table for start in asked.starts}
    while True:
        more = {
            asked.root_of[reference.child]
            for reference in asked.references
            if asked.root_of[reference.parent] in found
            and reference.children != "none"
            and not {asked.root_of[reference.child]} & asked.without_rows
        }
        if more <= found:
            return found
        found |= more


def _tied(asked: Asked) -> set[str]:
    """The tables that references tie to a start, in either direction."""
    found = {start.table for start in asked.starts}
    while True:
        more = set[str]()
        for reference in asked.references:
            ends = {asked.root_of[reference.child], asked.root_of[reference.parent]}
            more |= ends if ends & found else set()
        if more <= found:
            return found
        found |= more


def _as_text(value: Any) -> str | None:
    """A value as Postgres prints it inside or outside of a document."""
    return value if value is None or isinstance(value, str) else json.dumps(value)


def _share(hashed: bytes) -> float:
    return int.from_bytes(hashed[:8]) / 2**64
