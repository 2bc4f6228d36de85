"""Searches rows and texts of the target for originals; what it finds adds up over threads."""

from __future__ import annotations

from collections import Counter, defaultdict
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from privaci_core.compiled.search import COLUMN, FOR_ALL
from privaci_core.postgres.names import column_name
from privaci_core.prove.search.chance import expected, is_chance
from privaci_core.prove.search.fingerprints import tally_of, types_of
from privaci_core.prove.search.repeats import Repeats
from privaci_core.prove.search.row_texts import SENT_BY, Written
from privaci_core.prove.search.target_tables import target_tables
from privaci_core.sql import query

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from privaci_core.plan.plan import Plan
    from privaci_core.postgres.session import Connection
    from privaci_core.prove.search.fingerprints import Tally
    from privaci_core.prove.search.originals import Originals
    from privaci_core.prove.search.target_tables import TargetColumn, TargetTable
    from privaci_core.stream.binary_rows import Rows

# Places that are no column.
STATISTICS, LARGE_OBJECTS = "the statistics of ", "large objects"
# By place, how many values of which masked column were found there.
Found = dict[str, dict[str, int]]


def _types(target: Connection) -> list[tuple[int, int, int]]:
    return [
        (oid, SENT_BY.get(sent_by, Written.TEXT), inner)
        for oid, sent_by, inner in target.execute(query("search_types")).fetchall()
    ]


class TableSearch:
    """What the parts of one table have in common, and the sum of what they found.

    Whether numbers are there by chance is asked of the whole table: a part has too few.
    """

    def __init__(
        self, search: Search, name: str, columns: Sequence[TargetColumn], *, text: bool, parts: int
    ) -> None:
        """Nothing is searched yet."""
        self.search, self.name, self.columns, self.text = search, name, columns, text
        given = [(column.type, column.what, column.own) for column in columns]
        self.given = np.array(given, COLUMN)
        self._total: Tally | None = None
        self._bytes, self._left, self._lock = 0, parts, Lock()

    def part(self) -> PartSearch:
        """The search of one part, by one thread."""
        return PartSearch(self)

    def add(self, tally: Tally, size: int) -> None:
        """Take what a part has found; the last one tells the search of the whole table."""
        with self._lock:
            self._bytes += size
            self._left -= 1
            if self._total is None:
                self._total = tally
            else:
                self._total.add(tally)
            total = self._total if not self._left else None
        if total is not None:
            self._finish(total)

    def _finish(self, total: Tally) -> None:
        found = {
            column_name(self.name, column.name): self.search.found_in(total, number)
            for number, column in enumerate(self.columns)
        }
        self.search.add(found, self._bytes)


class PartSearch:
    """The search of a part of a table by one thread."""

    def __init__(self, table: TableSearch) -> None:
        """Nothing is searched yet."""
        self._table, self._bytes = table, 0
        self._tally = tally_of(len(table.columns), len(table.search.originals.columns))

    def rows(self, block: Rows) -> None:
        """Search a block of whole rows, without header and trailer, in the columns' order."""
        table, rows = self._table, (block.buffer, block.lengths)
        self._bytes += len(block.buffer)
        index, types = table.search.originals.index, table.search.types
        index.search_rows(types, table.given, rows, self._tally, text=table.text)

    def finish(self) -> None:
        """Add what was found to what other parts found."""
        self._table.add(self._tally, self._bytes)


class Search:
    """A search under way: what it looks for, and what it has found so far."""

    def __init__(
        self,
        originals: Originals,
        types: Sequence[tuple[int, int, int]],
        tables: Sequence[TargetTable] = (),
        repeats: Repeats | None = None,
    ) -> None:
        self.originals, self.tables = originals, tuple(tables)
        self.repeats = repeats or Repeats(tables)
        self.types = types_of(types)
        self._by_name = {table.name: table for table in tables}
        self._found: dict[str, Counter[str]] = defaultdict(Counter)
        self._repeated: dict[str, Sequence[str]] = {}
        self._bytes, self._lock = 0, Lock()
        self._spare: Tally | None = None

    @classmethod
    def of(cls, target: Connection, plan: Plan, originals: Originals) -> Search:
        """The search of a target; what it must know of it is read in three queries."""
        tables = target_tables(target, plan, originals)
        return cls(originals, _types(target), tables, Repeats.of(target, tables))

    def of_table(
        self, name: str, columns: Sequence[str] | None = None, *, text: bool = False, parts: int = 1
    ) -> TableSearch:
        """Search a table, as `schema.name`, whose rows have these columns in this order."""
        known = {column.name: column for column in self._by_name[name].columns}
        chosen = tuple(known[column] for column in columns or known)
        return TableSearch(self, name, chosen, text=text, parts=parts)

    def text(
        self,
        place: str,
        parts: Iterable[str | bytes],
        what: int = FOR_ALL,
        own: Sequence[int] = (),
        repeated: Sequence[str] = (),
    ) -> None:
        """Search a text that is no row, in parts, but for originals of its own columns.

        It may repeat what is stored in some columns.
        """
        tally, size = self._spare or tally_of(1, len(self.originals.columns)), 0
        for part in parts:
            raw = part.encode() if isinstance(part, str) else part
            self.originals.index.search_text(raw, tally, what)
            size += len(raw)
        for number in own:
            tally.found[:, number] = tally.numbers[:, number] = 0
        self._repeated[place] = repeated
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

        What repeats columns, as a computed one does, is named only where none of them has originals
        of that masked column.
        """
        found = {
            place: {
                origin: count
                for origin, count in counts.items()
                if not self._is_repeated(place, origin)
            }
            for place, counts in sorted(self._found.items())
        }
        return {place: counts for place, counts in found.items() if counts}

    def _is_repeated(self, place: str, origin: str) -> bool:
        columns = self._repeated.get(place) or self.repeats.by(place)
        return any(origin in self._found.get(column, ()) for column in columns)
