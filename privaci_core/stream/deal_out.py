"""Reads a shuffled column whole, and deals its values out: every chunk and stream deals alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np
import polars as pl
import pyarrow as pa
from psycopg import sql

from privaci_core.errors import CopyError
from privaci_core.masks import bind
from privaci_core.masks.base.keys import derive
from privaci_core.masks.keyed.digest import DigestWords
from privaci_core.policy import Shuffle
from privaci_core.postgres.driver_errors import driver_errors
from privaci_core.postgres.names import column_name
from privaci_core.stream.mask_rows import wire_of
from privaci_core.stream.read import read_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy.typing as npt

    from privaci_core.codecs.codec import Codec
    from privaci_core.masks import Keys
    from privaci_core.plan.plan import ColumnPlan, TablePlan
    from privaci_core.postgres.session import Connection
    from privaci_core.stream.masked_column import MaskInRow

    U64 = npt.NDArray[np.uint64]
    Columns = Mapping[str, pl.Series]

# The column's values and eight bytes a row are in memory, in each process that loads the table.
MOST_BYTES = 128 << 20
# No text that Postgres stores has this character; between two values it keeps them apart.
BETWEEN, ABSENT = "\x00", "\x00\x00"
OTHERWISE = "Use fake, hash, null or static, or give the column passthrough."


@dataclass(frozen=True, slots=True)
class Deal:
    """The value that each row gets: rows are found by a keyed digest of what identifies them."""

    names: tuple[str, ...]
    key: str
    # In the order of the digests, whatever the order in which the rows were read.
    rows: U64
    values: pl.Series

    def dealer(self) -> MaskInRow:
        """Gives the rows of one stream their values; rows that are equal throughout take turns."""
        twins = np.unique(self.rows[1:][self.rows[1:] == self.rows[:-1]])
        turns = _Turns(twins) if len(twins) else None

        def dealt(_values: pl.Series, row: Columns, _masked: Columns) -> pl.Series:
            digests = _digests(row, self.names, self.key)
            places = np.searchsorted(self.rows, digests)
            if turns is not None:
                places += turns.of(digests)
            # A row that a condition leaves out has no place; it keeps its value.
            return self.values.gather(np.minimum(places, len(self.rows) - 1))

        return dealt


class _Turns:
    """Counts how often each row of a stream has come before, where several are equal."""

    def __init__(self, twins: U64) -> None:
        self.twins, self.seen = twins, dict.fromkeys(twins.tolist(), 0)

    def of(self, digests: U64) -> npt.NDArray[np.int64]:
        """The turn of each row; zero where no other row is equal."""
        found = np.zeros(len(digests), np.int64)
        for place in np.flatnonzero(np.isin(digests, self.twins)):
            digest = int(digests[place])
            found[place] = self.seen[digest]
            self.seen[digest] += 1
        return found


# A session reads one snapshot, and its chunks of a table follow one another.
_latest: WeakKeyDictionary[Connection, tuple[str, dict[str, Deal]]] = WeakKeyDictionary()


def deals_of(
    source: Connection, table: TablePlan, keys: Keys, codecs: Mapping[str, Codec]
) -> dict[str, Deal]:
    """The deal of each shuffled column of a table, read once in a session."""
    if not table.shuffled:
        return {}
    name, found = _latest.get(source, ("", {}))
    if name != table.name:
        deals = (_deal(source, table, column, keys, codecs) for column in table.shuffled)
        found = dict(zip((column.name for column in table.shuffled), deals, strict=True))
        _latest[source] = (table.name, found)
    return found


def _deal(
    source: Connection,
    table: TablePlan,
    column: ColumnPlan,
    keys: Keys,
    codecs: Mapping[str, Codec],
) -> Deal:
    names = tuple(dict.fromkeys((column.name, *column.reads)))
    with driver_errors(f"Reading {column_name(table.name, column.name)}, which is shuffled"):
        columns = _read(source, table, column, names, codecs)
    values = columns[column.name]
    _refuse_one_value(table, column, values)
    action = column.action
    alias = action.seed_alias if isinstance(action, Shuffle) else None
    key = derive(keys.salt, "shuffle rows", alias)
    # With a key the column itself is none of them: columns of one alias move together.
    known = tuple(sorted(column.reads)) or (column.name,)
    digests = _digests(columns, known, key)
    order = np.argsort(digests, kind="stable")
    dealt = bind(action, column.shape, keys)(values.gather(order))
    return Deal(known, key, digests[order], dealt)


def _refuse_one_value(table: TablePlan, column: ColumnPlan, values: pl.Series) -> None:
    """Refuse a column whose values have nothing to change places with."""
    filled = values.drop_nulls()
    filled = filled.filter(filled != "")
    if len(filled) and filled.n_unique() == 1:
        rows = "its only row" if len(filled) == 1 else f"each of its {len(filled):,} rows"
        raise CopyError(
            f"Shuffling {column_name(table.name, column.name)}",
            f"the column has one value: {rows} would keep it",
            OTHERWISE,
        )


def _read(
    source: Connection,
    table: TablePlan,
    column: ColumnPlan,
    names: Sequence[str],
    codecs: Mapping[str, Codec],
) -> dict[str, pl.Series]:
    """Whole columns of the rows that the shuffle is about, in text form."""
    parts: dict[str, list[pl.Series]] = {name: [] for name in names}
    size = 0.0
    for fields in _fields(source, table, _statement(table, column, names), len(names)):
        for name, field in zip(names, fields, strict=True):
            parts[name].append(codecs[name].decode(field))
        size += sum(part[-1].estimated_size() for part in parts.values()) + 8 * len(fields[0])
        if size > MOST_BYTES:
            raise CopyError(
                f"Shuffling {column_name(table.name, column.name)}",
                f"a shuffle holds the column in memory, and it has more than {MOST_BYTES >> 20}"
                " MiB with what identifies its rows",
                OTHERWISE,
            )
    empty = pl.Series([], dtype=pl.String)
    return {name: pl.concat(found) if found else empty for name, found in parts.items()}


def _statement(table: TablePlan, column: ColumnPlan, names: Sequence[str]) -> sql.Composed:
    """COPY of columns; of a partition, those of the whole table, so that rows can change it."""
    chosen = [part for part in (table.condition, column.when) if part is not None]
    relation = table.family or sql.SQL("ONLY {}").format(table.identifier)
    return sql.SQL("COPY (SELECT {} FROM {} WHERE {}) TO STDOUT (FORMAT {})").format(
        sql.SQL(", ").join(map(sql.Identifier, names)),
        relation,
        sql.SQL(" AND ").join(chosen or [sql.SQL("true")]),
        sql.SQL(table.format),
    )


def _fields(
    source: Connection, table: TablePlan, statement: sql.Composed, count: int
) -> Iterator[Sequence[pa.Array]]:
    """The fields of the rows of a COPY, block by block."""
    wire = wire_of(table.format)
    for rows in read_rows(source, statement, table.format):
        if len(rows.lengths) == 1:
            fields, _ = wire.split_one(rows.buffer, count)
            yield [pa.array([field], pa.binary()) for field in fields]
        else:
            yield wire.split(rows, count).columns


def _digests(columns: Columns, names: Sequence[str], key: str) -> U64:
    """A keyed number for each row, from what identifies it."""
    row = [columns[name].fill_null(ABSENT).alias(str(place)) for place, name in enumerate(names)]
    texts = pl.DataFrame(row).select(pl.concat_str(pl.all(), separator=BETWEEN)).to_series()
    words: U64 = DigestWords.of(texts, key).words[:, 0]
    return words
