"""Collects every distinct original of the masked columns from the source's snapshot."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from psycopg import sql

from privaci_core.codecs.codec import TEXT
from privaci_core.codecs.registry import BY_NAME, codec_of
from privaci_core.masks.documents.masked_scalars import WHOLE, masked_scalars
from privaci_core.masks.documents.members import has_members, masked_members
from privaci_core.masks.text.around import keeps_around, originals_inside
from privaci_core.masks.text.patterns import patterns_in
from privaci_core.policy import (
    AiRefine,
    Json,
    NerMask,
    RegexMask,
)
from privaci_core.postgres.driver_errors import driver_errors
from privaci_core.postgres.names import column_name
from privaci_core.prove.search.chance import count_up
from privaci_core.prove.search.fingerprints import made
from privaci_core.prove.search.forms import REASONS, SEARCHED
from privaci_core.prove.search.likeness import Gathered, likeness_of
from privaci_core.prove.search.lost_names import is_free_text, lost_names
from privaci_core.prove.search.searched_columns import why_not_collected, why_not_searched
from privaci_core.stream.arrays import elements_of
from privaci_core.stream.mask_rows import wire_of
from privaci_core.stream.read import read_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence

    from privaci_core.catalog.catalog import Catalog
    from privaci_core.codecs.codec import Codec
    from privaci_core.masks import Shape
    from privaci_core.plan.plan import ColumnPlan, Plan, TablePlan
    from privaci_core.policy import Action
    from privaci_core.postgres.session import Connection
    from privaci_core.prove.search.fingerprints import Index

# Dates, and streets where firms are too.
UNSEARCHED = frozenset({"dob", "street"})
# Of what a document loses only because no path names it, this may identify.
IDENTIFIES = re.compile(r"@|(?:\d\D{0,3}){6}")
NO_ROOM = "more than fit in memory"


@dataclass(frozen=True, slots=True, kw_only=True)
class Originals:
    """The originals of a database as fingerprints, and what was left out."""

    index: Index
    # The masked columns, in the order of their numbers.
    columns: tuple[str, ...]
    # How many distinct originals there are, how many are searched, why the others are not.
    count: int
    searched: int
    left_out: Mapping[str, int]
    # How many columns are not searched for at all, and why.
    columns_left_out: Mapping[str, int]
    # By column, how many numbers of each number of digits are searched.
    numbers: np.ndarray[tuple[int, int], np.dtype[np.int64]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What was read of the source: fingerprints that more may come to."""

    index: Index
    gathered: Gathered
    collected: Sequence[tuple[TablePlan, Sequence[ColumnPlan]]]


def read_originals(
    source: Connection, plan: Plan, catalog: Catalog, rows: int | None = None
) -> Read:
    """Stream the masked columns of every table, of at most so many rows each, into fingerprints."""
    collected = [
        (table, [column for column in table.masked if not why_not_collected(column)])
        for table in plan.tables
    ]
    index = made(sum(len(columns) for _, columns in collected), catalog)
    gathered, first = Gathered(index, likeness_of(plan)), 0
    for table, columns in collected:
        if columns:
            with driver_errors(f"Reading originals of {table.name}"):
                for part in table.in_parts():
                    _collect(source, part, columns, partial(gathered.add_after, first), rows)
        first += len(columns)
    return Read(index=index, gathered=gathered, collected=collected)


def with_lost_names(
    read: Read,
    source: Connection,
    target: Connection,
    plan: Plan,
    loaded: Container[str] | None = None,
) -> Originals:
    """Add the names that the target lost; the originals are then ready for the search.

    The target says which names in free texts its masks replaced, of the tables that it was given:
    of all, or of those that are loaded.
    """
    columns = [(table, column) for table, columns in read.collected for column in columns]
    no_room = 0
    for number, (table, column) in enumerate(columns):
        if is_free_text(column) and (loaded is None or table.name in loaded):
            lost, dropped = lost_names(source, target, table, column)
            read.gathered.add(number, lost)
            no_room += dropped
    read.gathered.flush()
    names = tuple(column_name(table.name, column.name) for table, column in columns)
    return _sealed(read.index, names, _columns_left_out(plan), no_room)


def collect_originals(
    source: Connection,
    target: Connection,
    plan: Plan,
    catalog: Catalog,
    rows: int | None = None,
    loaded: Container[str] | None = None,
) -> Originals:
    """Collect every distinct original, and the names in free texts that the target lost."""
    read = read_originals(source, plan, catalog, rows)
    return with_lost_names(read, source, target, plan, loaded)


def _sealed(
    index: Index, columns: tuple[str, ...], columns_left_out: Mapping[str, int], no_room: int
) -> Originals:
    """The originals, with what is left out of them."""
    lengths, samples, dropped = index.numbers()
    dropped += no_room
    dense = [count_up(row, sample) for row, sample in zip(lengths, samples, strict=True)]
    classes = index.seal(np.array(dense, np.uint8))
    lengths[np.array(dense, bool)] = 0
    left_out = {reason: classes[class_] for class_, reason in REASONS.items() if classes[class_]}
    if dropped:
        left_out[NO_ROOM] = dropped
    return Originals(
        index=index,
        columns=columns,
        count=sum(classes) + dropped,
        searched=sum(classes[class_] for class_ in SEARCHED),
        left_out=left_out,
        columns_left_out=columns_left_out,
        numbers=lengths,
    )


def _collect(
    source: Connection,
    table: TablePlan,
    columns: Sequence[ColumnPlan],
    add: Callable[[int, pl.Series], None],
    rows: int | None,
) -> None:
    wire = wire_of(table.format)
    flags = [place for place, column in enumerate(columns) if column.when is not None]
    width = len(columns) + len(flags)
    flag_codec = _codec(table, "bool")
    for block in read_rows(source, originals_statement(table, columns, rows), table.format):
        fields = wire.split(block, width).columns
        for number, column in enumerate(columns):
            values = _codec(table, column.wire_type).decode(fields[number])
            if column.when is not None:
                flag = fields[len(columns) + flags.index(number)]
                values = values.filter(flag_codec.decode(flag) == "t")
            add(number, originals_in(column, values))


def originals_statement(
    table: TablePlan, columns: Sequence[ColumnPlan], rows: int | None
) -> sql.Composed:
    """COPY of some columns, each condition of a mask behind them."""
    names = [sql.Identifier(column.name) for column in columns]
    flags = [sql.SQL("({})").format(column.when) for column in columns if column.when is not None]
    if table.condition is None and not flags and rows is None:
        what = sql.SQL("{} ({})").format(table.identifier, sql.SQL(", ").join(names))
    else:
        where = sql.SQL(" WHERE {}").format(table.condition) if table.condition else sql.SQL("")
        limit = sql.SQL("" if rows is None else f" LIMIT {rows}")
        what = sql.SQL("(SELECT {} FROM ONLY {}{}{})").format(
            sql.SQL(", ").join([*names, *flags]), table.identifier, where, limit
        )
    return sql.SQL("COPY {} TO STDOUT (FORMAT {})").format(what, sql.SQL(table.format))


def originals_in(column: ColumnPlan, values: pl.Series) -> pl.Series:
    """What a mask replaces in some values: all of each, or the parts that it looks for."""
    values = values.drop_nulls()
    if column.is_array:
        values = elements_of(values)
    return _parts(column.action, column.shape, values)


def _parts(action: Action, shape: Shape, values: pl.Series) -> pl.Series:
    """What an action replaces in values of a type."""
    if isinstance(action, RegexMask):
        return values.str.extract_all(action.linear_pattern).explode(empty_as_null=True)
    if isinstance(action, NerMask | AiRefine):
        return _texts(_spans(values))
    if keeps_around(action):
        return _texts(originals_inside(action, values))
    return _whole(action, shape, values)


def _whole(action: Action, shape: Shape, values: pl.Series) -> pl.Series:
    """What an action replaces that replaces whole values, or scalars of documents."""
    known = BY_NAME.get(shape.type_name)
    if isinstance(action, Json) and has_members(shape):
        return _texts(_of_paths(masked_members(action, shape, values)))
    if isinstance(action, Json):
        return _texts(_of_paths(masked_scalars(action, values)))
    if known and known.family == "document":
        return _texts(_of_paths(masked_scalars(WHOLE, values)))
    if known and known.family == "fraction":
        return values.filter(~values.str.contains(".", literal=True))
    return values


def _texts(found: Iterator[str]) -> pl.Series:
    return pl.Series(found, dtype=pl.String)


def _spans(values: pl.Series) -> Iterator[str]:
    """The addresses and numbers in free texts."""
    for text in values:
        searched = (span for span in patterns_in(text) if span.kind not in UNSEARCHED)
        yield from (text[span.start : span.end] for span in searched)


def _of_paths(found: Iterable[tuple[Action | None, str]]) -> Iterator[str]:
    """The texts at paths that are searched for."""
    for rule, text in found:
        if isinstance(rule, NerMask | AiRefine):
            yield from _spans(pl.Series([text]))
        elif rule is not None and keeps_around(rule):
            yield from originals_inside(rule, [text])
        elif IDENTIFIES.search(text) if rule is None else not why_not_searched(rule):
            yield text


def _columns_left_out(plan: Plan) -> dict[str, int]:
    reasons = [why_not_collected(column) for table in plan.tables for column in table.masked]
    return {reason: reasons.count(reason) for reason in sorted(set(reasons)) if reason}


def _codec(table: TablePlan, wire_type: str) -> Codec:
    found = TEXT if table.format == "text" else codec_of(wire_type)
    return found or TEXT
