"""Loads the files of a baseline into the tables of a target, read and decrypted ahead."""

from __future__ import annotations

from contextlib import closing
from itertools import groupby
from typing import TYPE_CHECKING

from psycopg import sql

from privaci_core.errors import CopyError
from privaci_core.postgres.driver_errors import driver_errors
from privaci_core.postgres.encoding import bytes_as_stored
from privaci_core.postgres.names import table_name
from privaci_core.stores.extra import DOCS
from privaci_core.stores.parquet import rows_of
from privaci_core.stores.parquet_wire import binary_rows_of, is_wireable
from privaci_core.stream.binary_rows import framed
from privaci_core.stream.load import copied_in
from privaci_core.stream.read_ahead import read_ahead

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from privaci_core.baselines.manifest import Baseline, KeptTable
    from privaci_core.postgres.session import Connection
    from privaci_core.stores.store import Store
    from privaci_core.stream.binary_rows import Buffer


def load_tables(target: Connection, store: Store, baseline: Baseline) -> None:
    """COPY the rows of every table into the target, in the caller's transaction."""
    with closing(read_ahead(_pieces(store, baseline))) as pieces:
        for place, of_table in groupby(pieces, key=lambda piece: piece[0]):
            _load(target, baseline.tables[place], (rows for _, rows in of_table))


def _pieces(store: Store, baseline: Baseline) -> Iterator[tuple[int, Buffer]]:
    """The rows of all tables in their order; an empty table has none."""
    for place, table in enumerate(baseline.tables):
        if not table.fields and table.rows:
            # Rows without columns are empty lines.
            yield place, b"\n" * table.rows
        for file in table.files:
            octets = b"".join(store.get(file))
            read = binary_rows_of if is_wireable(table.fields) else rows_of
            try:
                yield from ((place, rows) for rows in read(octets, table.fields))
            except (ValueError, OSError):
                raise CopyError(
                    f"Reading {file.name} from the store",
                    "it is not the Parquet file that the baseline names",
                    "Use another baseline.",
                    DOCS,
                ) from None


def _load(target: Connection, table: KeptTable, pieces: Iterable[Buffer]) -> None:
    name = table_name(table.schema, table.relation)
    names = sql.SQL(", ").join(sql.Identifier(field.name) for field in table.fields)
    listed = sql.SQL(" ({})").format(names) if table.fields else sql.SQL("")
    # Frozen rows need no second write when they are read first, which is before the commit. The
    # table was created or truncated in this transaction.
    is_binary = is_wireable(table.fields)
    copy = sql.SQL("COPY {}{} FROM STDIN (FORMAT {}, FREEZE)").format(
        sql.Identifier(table.schema, table.relation),
        listed,
        sql.SQL("binary" if is_binary else "csv"),
    )
    cursor, statement = target.cursor(), copy.as_bytes(target)
    with (
        driver_errors(f"Restoring {name}"),
        bytes_as_stored(target),
        copied_in(cursor, statement) as write,
    ):
        for piece in framed(iter(pieces)) if is_binary else pieces:
            write(piece)
    if cursor.rowcount != table.rows:
        raise CopyError(
            f"Restoring {name}",
            f"its files hold {cursor.rowcount} rows, and the baseline had {table.rows}",
            "Use another baseline.",
            DOCS,
        )
