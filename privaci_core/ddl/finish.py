"""Completes the target after its rows: sequences, indexes, constraints, views, triggers."""

from __future__ import annotations

import queue
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from psycopg import sql

from privaci_core.ddl.create import prepare_for_ddl, roles_of, run_entry
from privaci_core.ddl.event_triggers import KIND as EVENT_TRIGGER
from privaci_core.ddl.event_triggers import disabled
from privaci_core.errors import CopyError
from privaci_core.postgres.driver_errors import driver_errors
from privaci_core.postgres.session import Connection, target_session
from privaci_core.sql import query

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from privaci_core.ddl.dump import Entry

# How many sessions build indexes and check keys at once.
CONNECTIONS = 2
SET_POSITION = "SELECT pg_catalog.setval(%s::regclass, %s, %s)"
EXISTS = "SELECT pg_catalog.to_regclass(%s) IS NOT NULL"
# Objects that several sessions may build at once. Foreign keys follow: they need other keys.
KEYS = frozenset({"INDEX", "CONSTRAINT", "CHECK CONSTRAINT"})
FOREIGN_KEYS = frozenset({"FK CONSTRAINT"})
# These act on rows, so they follow the last row, those of materialized views too.
ACTIVE = frozenset(
    {
        "TRIGGER",
        "RULE",
        "POLICY",
        "ROW SECURITY",
        EVENT_TRIGGER,
        "PUBLICATION",
        "PUBLICATION TABLE",
    }
)


def copy_sequences(
    source: Connection, target: Connection, names: Iterable[tuple[str, str]]
) -> None:
    """Give every sequence the position of the source's."""
    for schema, name in _present(target, names):
        with driver_errors(f"Copying the position of sequence {schema}.{name}"):
            sequence = sql.Identifier(schema, name)
            position = sql.SQL("SELECT last_value, is_called FROM {}").format(sequence)
            row = source.execute(position).fetchone() or ()
            target.execute(SET_POSITION, [sequence.as_string(target), *row])


def populated_matviews(source: Connection) -> tuple[tuple[str, str], ...]:
    """The source's materialized views that hold rows, each after those it reads."""
    return tuple(source.execute(query("matviews")).fetchall())


@dataclass(frozen=True, slots=True, kw_only=True)
class Orphans:
    """What to do about rows whose foreign key refers to no row."""

    # Before the foreign keys are added.
    null: Callable[[Connection], Iterable[str]] = lambda _: ()
    # After one of them failed.
    refuse: Callable[[Connection], None] = lambda _: None


def finish_objects(
    dsn: str,
    entries: Sequence[Entry],
    matviews: Sequence[tuple[str, str]],
    orphans: Orphans,
    *,
    again: bool = False,
) -> tuple[str, ...]:
    """Run post-data entries and fill the materialized views; returns notes on what was left out."""
    keys = _independent(entries, KEYS)
    foreign_keys = _independent(entries, FOREIGN_KEYS)
    notes = [*_side_by_side(dsn, keys, again=again)]
    with target_session(dsn, autocommit=True) as connection:
        notes += orphans.null(connection)
    try:
        notes += _side_by_side(dsn, foreign_keys, again=again)
    except CopyError:
        with target_session(dsn, autocommit=True) as connection:
            orphans.refuse(connection)
        raise
    done = {entry.id for entry in (*keys, *foreign_keys)}
    rest = [entry for entry in entries if entry.id not in done]
    return (*notes, *_in_order(dsn, rest, matviews, again=again))


def _in_order(
    dsn: str, entries: Sequence[Entry], matviews: Sequence[tuple[str, str]], *, again: bool
) -> list[str]:
    """Run entries in one session: passive ones, materialized views, active ones."""
    passive, active = _by_activity(entries)
    with target_session(dsn) as connection:
        prepare_for_ddl(connection)
        roles = roles_of(connection)
        notes = [n for entry in passive for n in run_entry(connection, entry, roles, again=again)]
        _refresh(connection, matviews)
        for entry in active:
            quiet = disabled(connection, entry) if entry.kind == EVENT_TRIGGER else entry
            notes += run_entry(connection, quiet, roles, again=again)
        connection.execute("ANALYZE")
    return notes


def _by_activity(entries: Sequence[Entry]) -> tuple[list[Entry], list[Entry]]:
    """Entries that do not act on rows, and those that do: event triggers, and comments, last."""
    acting = {entry.id for entry in entries if entry.kind in ACTIVE}
    after = [entry for entry in entries if acting.intersection((entry.id, *entry.needs))]
    passive = [entry for entry in entries if entry not in after]
    return passive, sorted(
        after, key=lambda entry: (entry.kind not in ACTIVE, entry.kind == EVENT_TRIGGER)
    )


def _independent(entries: Sequence[Entry], kinds: frozenset[str]) -> list[Entry]:
    """Entries of some kinds that need only keys: a view may follow the keys it needs."""
    later = {entry.id for entry in entries if entry.kind not in KEYS}
    return [
        entry for entry in entries if entry.kind in kinds and not later.intersection(entry.needs)
    ]


def _present(target: Connection, names: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The relations that the target has; those that need an excluded table are missing."""
    identifiers = [(name, sql.Identifier(*name).as_string(target)) for name in names]
    return [
        name
        for name, quoted in identifiers
        if (target.execute(EXISTS, [quoted]).fetchone() or (False,))[0]
    ]


def _refresh(connection: Connection, matviews: Iterable[tuple[str, str]]) -> None:
    for schema, name in _present(connection, matviews):
        with driver_errors(f"Refreshing materialized view {schema}.{name} on the target"):
            connection.execute(
                sql.SQL("REFRESH MATERIALIZED VIEW {}").format(sql.Identifier(schema, name))
            )


def _side_by_side(dsn: str, entries: Sequence[Entry], *, again: bool) -> Iterator[str]:
    """Run entries that do not need each other on a few sessions at once."""
    if not entries:
        return
    waiting: queue.SimpleQueue[Entry] = queue.SimpleQueue()
    for entry in entries:
        waiting.put(entry)
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        for done in [
            pool.submit(_run_waiting, dsn, waiting, again=again) for _ in range(CONNECTIONS)
        ]:
            yield from done.result()


def _run_waiting(dsn: str, waiting: queue.SimpleQueue[Entry], *, again: bool) -> list[str]:
    notes: list[str] = []
    with target_session(dsn) as connection:
        prepare_for_ddl(connection)
        roles = roles_of(connection)
        while not waiting.empty():
            try:
                entry = waiting.get_nowait()
            except queue.Empty:
                break
            notes += run_entry(connection, entry, roles, again=again)
    return notes
