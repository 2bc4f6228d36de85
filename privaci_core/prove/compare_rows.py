"""Looks for what a copy must not be: of another size than its source, or with originals where fakes should stand."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import polars as pl
from psycopg import sql

from privaci_core.policy import (
    Bucket,
    Generalize,
    Json,
    NerMask,
    Noise,
    Null,
    Partial,
    RegexMask,
    Shuffle,
    Static,
    Template,
)
from privaci_core.postgres.driver_errors import driver_errors
from privaci_core.stream.bind_columns import bind_alone

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from privaci_core.masks import Keys
    from privaci_core.plan.plan import ColumnPlan, TablePlan
    from privaci_core.postgres.session import Connection

ROWS = 500
# Actions that may leave a value as it is, knowingly: a text that names nobody, a number that is its own range's edge.
MAY_KEEP = (Bucket, Generalize, Json, NerMask, Noise, Partial, RegexMask, Shuffle, Static, Template)
# Actions whose own words may be none.
MAY_EMPTY = (RegexMask, Static, Template)

# Values that stay because they are about nobody.
SAY_NOTHING = frozenset({"infinity", "-infinity", "nan", "\\x", "{}"})
KINDS = ("kept", "changed", "lost", "masked")


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What a comparison of some rows on both ends found: counts by column, and no value."""

    rows: int = 0
    # Rows of the source that the target does not have under their masked key.
    missing: int = 0
    # Values that should have been masked and are as they were.
    kept: dict[str, int] = field(default_factory=dict)
    # Values that should have stayed and are others.
    changed: dict[str, int] = field(default_factory=dict)
    # NULL or empty on one end alone.
    lost: dict[str, int] = field(default_factory=dict)
    # How many values of each masked column were looked at.
    masked: dict[str, int] = field(default_factory=dict)

    @property
    def wrong(self) -> dict[str, Any]:
        """What should not be, by its kind."""
        kinds = {
            "missing": self.missing,
            "kept": self.kept,
            "changed": self.changed,
            "lost": self.lost,
        }
        return {kind: found for kind, found in kinds.items() if found}

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        return not self.wrong


def row_counts(source: Connection, target: Connection, table: TablePlan) -> tuple[int, int]:
    """The rows of a table that should be there, and those that are; of all partitions where rows change theirs."""
    only = sql.SQL("ONLY " if table.into == table.identifier else "")
    count = sql.SQL("SELECT pg_catalog.count(*) FROM {}{}").format(only, table.into)
    wanted = count + sql.SQL(" WHERE {}").format(table.condition) if table.condition else count
    with driver_errors(f"Counting the rows of {table.name}"):
        expected, found = source.execute(wanted).fetchone(), target.execute(count).fetchone()
    return (expected or (0,))[0], (found or (0,))[0]


def compare_rows(
    source: Connection,
    target: Connection,
    table: TablePlan,
    keys: Keys,
    let_go: frozenset[str] = frozenset(),
) -> Compared | None:
    """Hold some rows against what became of them, found by their masked keys; None where there is no key to find by.

    `let_go` are columns that may have become NULL, because what they referred to is not there.
    """
    masked = {column.name: column for column in table.masked}
    names = [*masked, *(name for name, _ in table.read), *table.carried]
    key = [column.name for column in table.key]
    if not key or any(_looks_beyond(masked[name]) for name in key if name in masked):
        return None
    with driver_errors(f"Comparing rows of {table.name}"):
        before = source.execute(_some_rows(table, names)).fetchall()
        faked = [
            _key_of(name, [row[names.index(name)] for row in before], masked.get(name), keys)
            for name in key
        ]
        after = {row[0]: row[1:] for row in target.execute(_found_rows(table, key, names), faked)}
    flags = {
        column.name: place
        for place, column in enumerate((c for c in table.masked if c.when), len(names))
    }
    found = Counter[tuple[str, str]]()
    for number, became in after.items():
        row = before[number - 1]
        for place, name in enumerate(names):
            chosen = name not in flags or row[flags[name]] == "true"
            if became[place] is not None or name not in let_go:
                found[
                    _judged(row[place], became[place], masked.get(name) if chosen else None), name
                ] += 1
    counts = {
        kind: {name: count for (of, name), count in found.items() if of == kind} for kind in KINDS
    }
    return Compared(rows=len(before), missing=len(before) - len(after), **counts)


def _judged(before: str | None, after: str | None, column: ColumnPlan | None) -> str:
    """What is wrong with one value, or that it was masked as it should be."""
    if column is None:
        return "" if before == after else "changed"
    if isinstance(column.action, Null):
        return "masked" if after is None else "kept"
    if (before is None) != (after is None):
        return "lost"
    if (before == "") != (after == "") and not isinstance(column.action, MAY_EMPTY):
        return "lost"
    if not before or before.lower() in SAY_NOTHING:
        return ""
    return "kept" if before == after and not isinstance(column.action, MAY_KEEP) else "masked"


def _looks_beyond(column: ColumnPlan) -> bool:
    """Whether a value's fake cannot be had from the value alone."""
    return (
        column.when is not None
        or bool(column.reads)
        or isinstance(column.action, Shuffle | Template)
    )


def _key_of(name: str, values: Sequence[str], column: ColumnPlan | None, keys: Keys) -> list[str]:
    """The keys by which rows are found in the target."""
    if column is None:
        return list(values)
    fakes: list[str] = bind_alone(column, keys)(pl.Series(name, values, dtype=pl.String)).to_list()
    return fakes


def _some_rows(table: TablePlan, names: Iterable[str]) -> sql.Composed:
    """Rows from all over the table, in text, and after them the conditions of masks."""
    texts = [sql.SQL("{}::pg_catalog.text").format(sql.Identifier(name)) for name in names]
    texts += [sql.SQL("({})::pg_catalog.text").format(condition) for condition in table.conditions]
    where = sql.SQL(" WHERE {}").format(table.condition) if table.condition else sql.SQL("")
    percent = min(100.0, 100.0 * ROWS * 200 / max(table.size_bytes, 1))
    return sql.SQL("SELECT {} FROM ONLY {} TABLESAMPLE SYSTEM ({}){} LIMIT {}").format(
        sql.SQL(", ").join(texts),
        table.identifier,
        sql.Literal(max(percent, 0.01)),
        where,
        sql.Literal(ROWS),
    )


def _found_rows(table: TablePlan, key: Sequence[str], names: Sequence[str]) -> sql.Composed:
    """The rows of some keys, which are given in text and compared in their own types, each with its key's number."""
    texts = [sql.SQL("there.{}::pg_catalog.text").format(sql.Identifier(name)) for name in names]
    types = {column.name: column.type for column in table.key}
    same = [
        sql.SQL("there.{0} = given.{0}::{1}").format(sql.Identifier(n), sql.SQL(types[n]))
        for n in key
    ]
    return sql.SQL(
        "SELECT given.ordinality, {} FROM ROWS FROM ({}) WITH ORDINALITY AS given ({}, ordinality)"
        " JOIN {} AS there ON {}"
    ).format(
        sql.SQL(", ").join(texts),
        sql.SQL(", ").join(sql.SQL("pg_catalog.unnest(%s::pg_catalog.text[])") for _ in key),
        sql.SQL(", ").join(map(sql.Identifier, key)),
        table.into,
        sql.SQL(" AND ").join(same),
    )
