"""Compares the rows of a database with the ledgers that it keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from privaci_core.catalog.catalog import read_catalog
from privaci_core.postgres.session import source_session
from privaci_core.postgres.snapshot import take_snapshot
from privaci_core.prove.ledgers import NOT_THERE, recorded_in, wanted
from privaci_core.prove.read_back import read_back
from privaci_core.prove.rows import verdict_of_rows
from privaci_core.target.make_room import tables_with_rows

if TYPE_CHECKING:
    from privaci_core.catalog.catalog import Catalog
    from privaci_core.postgres.session import Connection


def differing_rows(
    dsn: str, session: Connection, catalog: Catalog, snapshot: str
) -> dict[str, str]:
    """The tables whose rows are not those that were proved, each with what differs."""
    recorded = recorded_in(session, catalog)
    expected = {table: each.ledger for table, each in recorded.items()}
    wants = {table: wanted(ledger, recorded[table].key) for table, ledger in expected.items()}
    read = read_back(dsn, catalog, wants, snapshot)
    missing = sorted(_with_rows(session, catalog) - expected.keys())
    return dict(verdict_of_rows(expected, read, missing).wrong)


def differing_rows_of(dsn: str) -> dict[str, str]:
    """The same of a database that nothing else reads; one without a ledger differs as a whole."""
    with source_session(dsn) as session:
        snapshot, catalog = take_snapshot(session), read_catalog(session)
        if not recorded_in(session, catalog):
            return {"_privaci.ledger": NOT_THERE}
        return differing_rows(dsn, session, catalog, snapshot)


def _with_rows(session: Connection, catalog: Catalog) -> set[str]:
    """The tables that hold rows, partitions counted as their root."""
    by_name = {(each.schema, each.name): each for each in catalog.tables}
    full = tables_with_rows(session)
    return {catalog.root(by_name[name]).qualified for name in full if name in by_name}
