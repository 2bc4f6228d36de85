"""Searches rows and texts of the target for originals; what it finds adds up over threads."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from privaci_core.compiled.search import COLUMN, FOR_ALL, FOR_SURE_ONES
from privaci_core.postgres.names import column_name, table_name
from privaci_core.prove.search.chance import expected, is_chance
from privaci_core.prove.search.fingerprints import tally_of, types_of
from privaci_core.prove.search.row_texts import SENT_BY, Written
from privaci_core.prove.search.searched_columns import may_keep_its_own, searched_for
from privaci_core.sql import query

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from privaci_core.plan.plan import Plan
    from privaci_core.postgres.session import Connection
    from privaci_core.prove.search.fingerprints import Tally
    from privaci_core.prove.search.originals import Originals
    from privaci_core.stream.binary_rows import Rows

# Places that are no column.
STATISTICS, LARGE_OBJECTS = "the statistics of ", "large objects"
# By place, how many values of which masked column were found there.
Found = dict[str, dict[str, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetColumn:
    """A column of the target, and what it is searched for."""

    name: str
    type: int
    what: int
    # The masked column whose originals the policy itself may leave in this one.
    own: int = -1
    # Whether the target computes it from others: a generated column, one of a materialized view.
    is_computed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetTable:
    """A table of the target with the columns that hold rows."""

    schema: str
    relation: str
    columns: tuple[TargetColumn, ...]
    materialized: bool
    binary: bool
    estimated_rows: float
    size_bytes: int

    @property
    def name(self) -> str:
        """The table's name as a person reads it."""
        return table_name(self.schema, self.relation)


def target_tables(target: Connection, plan: Plan, originals: Originals) -> list[TargetTable]:
    """Every table of the target, the largest first: all of them in one query."""
    planned = {
        (table.schema, table.relation, column.name): column
        for table in plan.tables
        for column in table.masked
    }
    numbers = {name: number for number, name in enumerate(originals.columns)}
    rows: dict[int, list[Any]] = defaultdict(list)
    for row in target.execute(query("search_columns")).fetchall():
        rows[row[0]].append(row)
    tables = []
    for found in rows.values():
        _, schema, relation, materialized, estimated, size, *_ = found[0]
        columns = []
        for *_, name, type_, computed, _binary in found:
            column = planned.get((schema, relation, name))
            is_computed = materialized or computed
            full_name = column_name(table_name(schema, relation), name)
            keeps = column is not None and may_keep_its_own(column)
            columns.append(
                TargetColumn(
                    name=name,
                    type=type_,
                    what=FOR_SURE_ONES if is_computed else searched_for(column),
                    is_computed=is_computed,
                    own=numbers.get(full_name, -1) if keeps else -1,
                )
            )
        tables.append(
            TargetTable(
                schema=schema,
                relation=relation,
                columns=tuple(columns),
                materialized=materialized,
                binary=all(row[-1] for row in found),
                estimated_rows=estimated,
                size_bytes=size,
            )
        )
    return sorted(tables, key=lambda table: (-table.size_bytes, table.name))


def _types(target: Connection) -> list[tuple[int, int, int]]:
    return [
        (oid, SENT_BY.get(sent_by, Written.TEXT), inner)
        for oid, sent_by, inner in target.execute(query("search_types")).fetchall()
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSearch:
    """The search of one table by one thread."""

    search: Search
    name: str
    columns: Sequence[TargetColumn]
    text: bool
    tally: Tally
    given: np.ndarray[Any, Any]
    sizes: list[int] = field(default_factory=list)

    def rows(self, block: Rows) -> None:
        """Search a block of whole rows, without header and trailer, in the columns' order."""
        self.sizes.append(len(block.buffer))
        originals, rows = self.search.originals, (block.buffer, block.lengths)
        originals.index.search_rows(self.search.types, self.given, rows, self.tally, text=self.text)

    def finish(self) -> None:
        """Add what was found to what other tables and threads found."""
        self.search.add(
            {
                column_name(self.name, column.name): self.search.found_in(self.tally, number)
                for number, column in enumerate(self.columns)
            },
            sum(self.sizes),
        )


class Search:
    """A search under way: what it looks for, and what it has found so far."""

    def __init__(
        self,
        originals: Originals,
        types: Sequence[tuple[int, int, int]],
        tables: Sequence[TargetTable] = (),
    ) -> None:
        self.originals, self.tables = originals, tuple(tables)
        self.types = types_of(types)
        self._by_name = {table.name: table for table in tables}
        self._computed = frozenset(
            column_name(table.name, column.name)
            for table in tables
            for column in table.columns
            if column.is_computed
        )
        self._found: dict[str, Counter[str]] = defaultdict(Counter)
        self._bytes, self._lock = 0, Lock()
        self._spare: Tally | None = None

    @classmethod
    def of(cls, target: Connection, plan: Plan, originals: Originals) -> Search:
        """The search of a target; what it must know of it is read in two queries."""
        return cls(originals, _types(target), target_tables(target, plan, originals))

    def of_table(
        self, name: str, columns: Sequence[str] | None = None, *, text: bool = False
    ) -> TableSearch:
        """Search a table, as `schema.name`, whose rows have these columns in this order."""
        known = {column.name: column for column in self._by_name[name].columns}
        chosen = tuple(known[column] for column in columns or known)
        given = [(column.type, column.what, column.own) for column in chosen]
        return TableSearch(
            search=self,
            name=name,
            columns=chosen,
            text=text,
            tally=tally_of(len(chosen), len(self.originals.columns)),
            given=np.array(given, COLUMN),
        )

    def text(
        self, place: str, parts: Iterable[str | bytes], what: int = FOR_ALL, own: int = -1
    ) -> None:
        """Search a text that is no row, in parts, but for originals of its own column."""
        tally, size = self._spare or tally_of(1, len(self.originals.columns)), 0
        for part in parts:
            raw = part.encode() if isinstance(part, str) else part
            self.originals.index.search_text(raw, tally, what)
            size += len(raw)
        if own >= 0:
            tally.found[:, own] = tally.numbers[:, own] = 0
        self.add({place: self.found_in(tally, 0)}, size)
        # As many masked columns as there are would be set to zero for each of many texts.
        self._spare = None if tally.hits else tally
        tally.lengths[:] = 0

    def found_in(self, tally: Tally, number: int) -> dict[str, int]:
        """What one column has, by the masked column that it came from; numbers beyond chance."""
        if not tally.hits:
            return {}
        found = {
            int(column): int(tally.found[number, column])
            for column in tally.found[number].nonzero()[0]
        }
        for column in tally.numbers[number].nonzero()[0]:
            count = int(tally.numbers[number, column])
            mean = expected(self.originals.numbers[column], tally.lengths[number])
            if not is_chance(count, mean):
                found[int(column)] = found.get(int(column), 0) + count
        return {self.originals.columns[column]: count for column, count in sorted(found.items())}

    def add(self, found: Mapping[str, Mapping[str, int]], size: int) -> None:
        """Take what a thread has found."""
        with self._lock:
            self._bytes += size
            for place, counts in found.items():
                if counts:
                    self._found[place].update(counts)

    @property
    def bytes(self) -> int:
        """How many bytes were searched."""
        return self._bytes

    @property
    def found(self) -> Found:
        """Where originals are, and from which masked columns.

        What is computed repeats the columns that it is made of: it is named only where none of
        them has originals of that column.
        """
        stored = {
            origin
            for place, counts in self._found.items()
            if not self._repeats(place)
            for origin in counts
        }
        found = {
            place: {
                origin: count
                for origin, count in counts.items()
                if not (self._repeats(place) and origin in stored)
            }
            for place, counts in sorted(self._found.items())
        }
        return {place: counts for place, counts in found.items() if counts}

    def _repeats(self, place: str) -> bool:
        return place.startswith(STATISTICS) or place in self._computed
