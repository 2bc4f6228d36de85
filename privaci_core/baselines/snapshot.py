"""Takes a baseline: reads a published and proved target in one snapshot, and stores it."""

from __future__ import annotations

import json
import secrets
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from psycopg import sql

from privaci_core.baselines.kept import drop, folder_of, publish, refuse_taken
from privaci_core.baselines.large_objects import keep_large_objects
from privaci_core.baselines.manifest import Baseline, Position
from privaci_core.baselines.shape import shape_of
from privaci_core.baselines.write_tables import write_tables
from privaci_core.catalog.catalog import read_catalog
from privaci_core.catalog.lock_file import shape_fingerprint
from privaci_core.ddl.create import database_settings
from privaci_core.ddl.dump import dump_schema
from privaci_core.ddl.finish import populated_matviews
from privaci_core.ddl.prune import without_secrets
from privaci_core.errors import PreflightError, PrivaciError
from privaci_core.postgres.driver_errors import driver_errors
from privaci_core.postgres.dsn import database_of, describe
from privaci_core.postgres.session import source_session
from privaci_core.postgres.snapshot import take_snapshot
from privaci_core.prove.proved_rows import differing_rows
from privaci_core.stores.extra import DOCS
from privaci_core.stores.store import Store, refuse_unencrypted
from privaci_core.target.ledger_store import stored_ledgers
from privaci_core.target.unfinished import refuse_unfinished

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from privaci_core.catalog.catalog import Catalog
    from privaci_core.postgres.session import Connection
    from privaci_core.prove.document import ProofId
    from privaci_core.target.ledger_store import Stored as Ledgers

    # The proof of the newest of some refreshes, if it can be found.
    FindProof = Callable[[Sequence[str]], ProofId | None]

MOST_NAMED = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opened:
    """A published target in one snapshot, which a session holds."""

    dsn: str
    session: Connection
    catalog: Catalog
    ledgers: Ledgers
    snapshot: str


def no_proof(_refreshes: Sequence[str]) -> None:
    """Names no proof, where nobody knows where proofs are kept."""


def snapshot(
    dsn: str,
    store: Store,
    name: str = "",
    *,
    may_be_plain: bool = False,
    find_proof: FindProof = no_proof,
) -> Baseline:
    """Keep a published target as a baseline; its rows must be those that were proved.

    What breaks off leaves no baseline: the manifest comes last.
    """
    refuse_unencrypted(store, may_be_plain=may_be_plain)
    name = name or new_id()
    refuse_taken(store, name)
    with source_session(dsn) as session:
        opened = _opened(dsn, session)
        _refuse_unproved(opened)
        try:
            baseline = _written(opened, store, name)
            baseline = replace(baseline, proof=find_proof(baseline.refreshes))
        except BaseException:
            # What is left is not listed, and a later drop removes it too.
            with suppress(PrivaciError):
                drop(store, name)
            raise
    publish(store, baseline)
    return baseline


def new_id(at: datetime | None = None) -> str:
    """An id that sorts by time, and that no other snapshot of this second has."""
    return f"{at or datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"


def _opened(dsn: str, session: Connection) -> _Opened:
    held = take_snapshot(session)
    refuse_unfinished(session, f"Taking a baseline of {describe(dsn)}")
    catalog = read_catalog(session)
    return _Opened(
        dsn=dsn,
        session=session,
        catalog=catalog,
        ledgers=stored_ledgers(session),
        snapshot=held,
    )


def _refuse_unproved(opened: _Opened) -> None:
    """Refuse a target whose rows are not those that its last refresh proved."""
    doing = f"Taking a baseline of {describe(opened.dsn)}"
    if not opened.ledgers.parts:
        why = "it keeps no ledger of proved rows: no refresh has published it"
        raise PreflightError(doing, why, "Refresh it first: privaci run.", DOCS)
    wrong = differing_rows(opened.dsn, opened.session, opened.catalog, opened.snapshot)
    if wrong:
        named = [f"{table}: {why}" for table, why in list(wrong.items())[:MOST_NAMED]]
        raise PreflightError(
            doing,
            "\n    - ".join(["its rows are not those that were proved", *named]),
            "Refresh it again: privaci run. A baseline keeps proved rows alone.",
            DOCS,
        )


def _written(opened: _Opened, store: Store, name: str) -> Baseline:
    folder, session, catalog = folder_of(name), opened.session, opened.catalog
    dump, _ = without_secrets(dump_schema(opened.dsn, catalog.server_version, opened.snapshot))
    made = {**asdict(dump), "settings": database_settings(session)}
    schema = store.put(f"{folder}/schema.json", [json.dumps(made).encode()])
    ledgers = store.put(f"{folder}/ledgers.json", [_ledgers(opened.ledgers)])
    return Baseline(
        id=name,
        at=datetime.now(UTC),
        database=database_of(opened.dsn),
        refreshes=tuple(dict.fromkeys(part.refresh for part in opened.ledgers.parts)),
        fingerprint=shape_fingerprint(catalog),
        shape=shape_of(catalog),
        server_version=catalog.server_version,
        encoding=catalog.encoding,
        has_public=catalog.has_public,
        tables=write_tables(opened.dsn, catalog, opened.snapshot, store, folder),
        positions=tuple(_positions(session, catalog)),
        matviews=populated_matviews(session),
        schema=schema,
        ledgers=ledgers,
        large_objects=keep_large_objects(session, store, folder),
    )


def _ledgers(ledgers: Ledgers) -> bytes:
    """The ledgers with their keys: they prove the rows again after a restore."""
    keys = {refresh: key.hex() for refresh, key in ledgers.keys.items()}
    return json.dumps({"parts": [asdict(part) for part in ledgers.parts], "keys": keys}).encode()


def _positions(session: Connection, catalog: Catalog) -> Iterator[Position]:
    ask = sql.SQL("SELECT last_value, is_called FROM {}")
    for sequence in catalog.sequences:
        with driver_errors(f"Reading the position of sequence {sequence.qualified}"):
            row = session.execute(ask.format(sequence.identifier)).fetchone()
        last_value, is_called = row or (1, False)
        yield Position(
            schema=sequence.schema,
            name=sequence.name,
            last_value=last_value,
            is_called=is_called,
        )
