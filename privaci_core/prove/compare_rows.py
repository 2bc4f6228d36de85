"""Compares sampled rows with what they became: masked values differ, others are the same."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import polars as pl
from psycopg import sql

from privaci_core.policy import (
    AiRefine,
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
    from collections.abc import Iterable, Mapping, Sequence

    from privaci_core.masks import Keys
    from privaci_core.plan.plan import ColumnPlan, TablePlan
    from privaci_core.postgres.session import Connection

ROWS = 500
# About as many bytes as the sample may read for each row that it wants.
BYTES_PER_ROW = 200
SMALLEST_PERCENT = 0.01
# Actions that may leave a value unchanged, such as a text that names no one.
MAY_KEEP = (
    AiRefine,
    Bucket,
    Generalize,
    Json,
    NerMask,
    Noise,
    Partial,
    RegexMask,
    Shuffle,
    Static,
    Template,
)
# Actions that the policy can make write an empty text.
MAY_EMPTY = (RegexMask, Static, Template)
# Values that mean the same for everyone, so that masks keep them.
IMPERSONAL = frozenset({"infinity", "-infinity", "nan", "\\x", "{}"})

Judgement = Literal["fine", "kept", "changed", "lost", "masked"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What the comparison of a table's sample found: counts by column, and no value."""

    rows: int
    # Rows of the source whose masked key the target does not have.
    missing: int = 0
    # Values that should have been masked and are unchanged.
    kept: dict[str, int] = field(default_factory=dict)
    # Values that should have been copied and are different.
    changed: dict[str, int] = field(default_factory=dict)
    # Values that are NULL or empty on one end only.
    lost: dict[str, int] = field(default_factory=dict)
    # Values that were masked as they should be.
    masked: dict[str, int] = field(default_factory=dict)

    @property
    def wrong(self) -> dict[str, Any]:
        """Everything that should not be, by its kind."""
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
    """How many rows of a table the target should have, and how many it has."""
    expected, found = count_statements(table)
    with driver_errors(f"Counting the rows of {table.name}"):
        return _count(source, expected), _count(target, found)


def count_statements(table: TablePlan) -> tuple[sql.Composed, sql.Composed]:
    """What counts a table's rows on the source and on the target.

    A masked partition key moves rows to other partitions: then all partitions are counted together.
    """
    only = sql.SQL("ONLY " if table.into == table.identifier else "")
    count = sql.SQL("SELECT pg_catalog.count(*) FROM {}{}").format(only, table.into)
    if table.condition is None:
        return count, count
    return count + sql.SQL(" WHERE {}").format(table.condition), count


def compare_rows(
    source: Connection,
    target: Connection,
    table: TablePlan,
    keys: Keys,
    may_be_null: frozenset[str] = frozenset(),
) -> Compared | None:
    """Compare sampled rows, found in the target by their masked keys; None where no key can.

    `may_be_null` names columns that may have become NULL: the rows they name were not copied.
    """
    if not can_find(table):
        return None
    with driver_errors(f"Comparing rows of {table.name}"):
        before = source.execute(sample_statement(table)).fetchall()
        lookup = target.execute(lookup_statement(table), masked_keys(table, before, keys))
        after = {number: values for number, *values in lookup}
    return judge_rows(table, before, after, may_be_null)


def can_find(table: TablePlan) -> bool:
    """Whether a row's key in the target follows from its key in the source alone."""
    masked = {column.name: column for column in table.masked}
    key = [masked.get(column.name) for column in table.key]
    return bool(key) and not any(column and _needs_more(column) for column in key)


def masked_keys(
    table: TablePlan, rows: Sequence[Sequence[Any]], keys: Keys
) -> list[list[str | None]]:
    """The keys of sampled rows as the target has them, one list for each column of the key."""
    names, masked = compared_columns(table), {column.name: column for column in table.masked}
    found = []
    for column in table.key:
        place, plan = names.index(column.name), masked.get(column.name)
        values = [row[place] for row in rows]
        found.append(values if plan is None else _mask(plan, values, keys))
    return found


def compared_columns(table: TablePlan) -> tuple[str, ...]:
    """The columns that are compared, in the order of both statements."""
    return (*table.leading, *table.carried)


def judge_rows(
    table: TablePlan,
    before: Sequence[Sequence[Any]],
    after: Mapping[int, Sequence[Any]],
    may_be_null: frozenset[str] = frozenset(),
) -> Compared:
    """Count by column what became of each value; `after` has the rows by number, from 1."""
    counts = Counter[tuple[Judgement, str]]()
    for number, became in after.items():
        row = before[number - 1]
        masked = _masked_in(table, row)
        # The conditions behind the columns have no counterpart.
        for name, was, now in zip(compared_columns(table), row, became, strict=False):
            if now is None and name in may_be_null:
                continue
            counts[judge(was, now, masked.get(name)), name] += 1
    return Compared(
        rows=len(before),
        missing=len(before) - len(after),
        kept=_of_kind(counts, "kept"),
        changed=_of_kind(counts, "changed"),
        lost=_of_kind(counts, "lost"),
        masked=_of_kind(counts, "masked"),
    )


def judge(before: str | None, after: str | None, column: ColumnPlan | None) -> Judgement:
    """Judge one value in text form; `column` is None where it should have been copied unmasked."""
    if column is None:
        return "fine" if before == after else "changed"
    if isinstance(column.action, Null):
        return "masked" if after is None else "kept"
    if _is_lost(before, after, column):
        return "lost"
    if not before or before.lower() in IMPERSONAL:
        return "fine"
    if before == after and not isinstance(column.action, MAY_KEEP):
        return "kept"
    return "masked"


def sample_percent(size_bytes: int) -> float:
    """How many per cent of a table's pages have enough rows: all of a small table."""
    enough = ROWS * BYTES_PER_ROW
    return max(SMALLEST_PERCENT, 100.0 * enough / max(size_bytes, enough))


def sample_statement(table: TablePlan) -> sql.Composed:
    """Rows from all over the table in text form, each followed by its masks' conditions."""
    texts = [_as_text(sql.Identifier(name)) for name in compared_columns(table)]
    texts += [_as_text(sql.SQL("({})").format(condition)) for condition in table.conditions]
    where = sql.SQL(" WHERE {}").format(table.condition) if table.condition else sql.SQL("")
    return sql.SQL("SELECT {} FROM ONLY {} TABLESAMPLE SYSTEM ({}){} LIMIT {}").format(
        sql.SQL(", ").join(texts),
        table.identifier,
        sql.Literal(sample_percent(table.size_bytes)),
        where,
        sql.Literal(ROWS),
    )


def lookup_statement(table: TablePlan) -> sql.Composed:
    """The target's rows of given keys, by the keys' numbers; each key is cast to its own type."""
    key = [sql.Identifier(column.name) for column in table.key]
    texts = [
        _as_text(sql.SQL("there.{}").format(sql.Identifier(name)))
        for name in compared_columns(table)
    ]
    equal = [
        sql.SQL("there.{0} = given.{0}::{1}").format(name, sql.SQL(column.type))
        for name, column in zip(key, table.key, strict=True)
    ]
    return sql.SQL(
        "SELECT given.ordinality, {} FROM ROWS FROM ({}) WITH ORDINALITY AS given ({}, ordinality)"
        " JOIN {} AS there ON {}"
    ).format(
        sql.SQL(", ").join(texts),
        sql.SQL(", ").join(sql.SQL("pg_catalog.unnest(%s::pg_catalog.text[])") for _ in key),
        sql.SQL(", ").join(key),
        table.into,
        sql.SQL(" AND ").join(equal),
    )


def _count(connection: Connection, statement: sql.Composed) -> int:
    ((count,),) = connection.execute(statement).fetchall()
    return int(count)


def _needs_more(column: ColumnPlan) -> bool:
    """Whether a fake depends on more than its value: a condition, other columns, other rows."""
    shuffled = isinstance(column.action, Shuffle | Template)
    return column.when is not None or bool(column.reads) or shuffled


def _mask(column: ColumnPlan, values: Iterable[str | None], keys: Keys) -> list[str | None]:
    fakes: list[str | None] = bind_alone(column, keys)(
        pl.Series(column.name, values, dtype=pl.String)
    ).to_list()
    return fakes


def _is_lost(before: str | None, after: str | None, column: ColumnPlan) -> bool:
    """Whether a value became NULL or empty, or came out of nothing."""
    if (before is None) != (after is None):
        return True
    return (before == "") != (after == "") and not isinstance(column.action, MAY_EMPTY)


def _masked_in(table: TablePlan, row: Sequence[Any]) -> dict[str, ColumnPlan]:
    """The columns that are masked in this row: all but those whose condition is not true for it."""
    conditions = iter(row[len(compared_columns(table)) :])
    return {
        column.name: column
        for column in table.masked
        if column.when is None or next(conditions) == "true"
    }


def _of_kind(counts: Mapping[tuple[Judgement, str], int], kind: Judgement) -> dict[str, int]:
    return {name: count for (found, name), count in counts.items() if found == kind}


def _as_text(value: sql.Composable) -> sql.Composed:
    return sql.SQL("{}::pg_catalog.text").format(value)
