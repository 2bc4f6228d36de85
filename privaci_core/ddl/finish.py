"""Completes the target after its rows: sequences, indexes, constraints, views, triggers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from psycopg import sql

from privaci_core.ddl.create import prepare_for_ddl, roles_of, run_entries
from privaci_core.ddl.event_triggers import KIND as EVENT_TRIGGER
from privaci_core.ddl.event_triggers import disabled
from privaci_core.ddl.side_by_side import add_foreign_keys, build_keys
from privaci_core.errors import CopyError
from privaci_core.postgres.driver_errors import driver_errors
from privaci_core.postgres.names import shown
from privaci_core.postgres.session import Connection, target_session
from privaci_core.postgres.together import parts_of
from privaci_core.sql import query
from privaci_core.target.remembered import refuse_remembered

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from privaci_core.ddl.dump import Entry

SET_POSITIONS = """
SELECT pg_catalog.setval(name::regclass, position, is_called)
FROM ROWS FROM (
    pg_catalog.unnest(%s::text[]), pg_catalog.unnest(%s::bigint[]), pg_catalog.unnest(%s::boolean[])
) AS given (name, position, is_called)
"""
EXIST = """
SELECT pg_catalog.to_regclass(name) IS NOT NULL
FROM pg_catalog.unnest(%s::text[]) WITH ORDINALITY AS given (name, place) ORDER BY place
"""
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

UNREACHED = (
    "Its query fails on the target's server: it may read another server, a file or a setting that"
    " only the source's has, and it runs as the view's owner, who needs privileges."
    " Give the target's server the same, then resume. Or refresh the view in the source"
    " WITH NO DATA: it then has no rows in the copy either."
)


def copy_sequences(
    source: Connection, target: Connection, names: Iterable[tuple[str, str]]
) -> None:
    """Give every sequence the position of the source's."""
    for part in parts_of(_present(target, names)):
        try:
            _copy_positions(source, target, part)
        except CopyError:
            # The error is to name one sequence.
            for name in part:
                _copy_positions(source, target, [name])


def _copy_positions(
    source: Connection, target: Connection, names: Sequence[tuple[str, str]]
) -> None:
    called = ", ".join(shown(*name) for name in names)
    sequences = [sql.Identifier(*name) for name in names]
    asked = sql.SQL(" UNION ALL ").join(
        sql.SQL("SELECT {}, last_value, is_called FROM {}").format(sql.Literal(place), sequence)
        for place, sequence in enumerate(sequences)
    )
    with driver_errors(f"Copying the position of sequence {called}"), source.transaction():
        found = sorted(source.execute(asked).fetchall())
        quoted = [sequence.as_string(target) for sequence in sequences]
        positions, are_called = [row[1] for row in found], [row[2] for row in found]
        target.execute(SET_POSITIONS, [quoted, positions, are_called])


def set_positions(target: Connection, positions: Iterable[tuple[str, str, int, bool]]) -> None:
    """Give sequences positions that were read before; those that the target lacks are left out."""
    by_name = {(schema, name): found for schema, name, *found in positions}
    for part in parts_of(_present(target, by_name)):
        quoted = [sql.Identifier(*name).as_string(target) for name in part]
        last_values, are_called = zip(*(by_name[name] for name in part), strict=True)
        with driver_errors("Setting the positions of sequences"):
            target.execute(SET_POSITIONS, [quoted, list(last_values), list(are_called)])


def populated_matviews(source: Connection) -> tuple[tuple[str, str], ...]:
    """The source's materialized views that hold rows, each after those it reads."""
    return tuple(source.execute(query("matviews")).fetchall())


@dataclass(frozen=True, slots=True, kw_only=True)
class Orphans:
    """What to do about rows whose foreign key refers to no row."""

    # Before the foreign keys are added.
    settle: Callable[[Connection], Iterable[str]] = lambda _: ()
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
    notes = [*build_keys(dsn, keys, again=again)]
    with target_session(dsn, autocommit=True) as connection:
        notes += orphans.settle(connection)
    done = {entry.id for entry in (*keys, *foreign_keys)}
    rest = [entry for entry in entries if entry.id not in done]
    try:
        notes += add_foreign_keys(dsn, foreign_keys, again=again)
        # Keys to a partitioned table are among the rest: they need its attached indexes.
        notes += _in_order(dsn, rest, matviews, again=again)
    except CopyError:
        with target_session(dsn, autocommit=True) as connection:
            orphans.refuse(connection)
        raise
    return tuple(notes)


def _in_order(
    dsn: str, entries: Sequence[Entry], matviews: Sequence[tuple[str, str]], *, again: bool
) -> list[str]:
    """Run entries in one session: passive ones, materialized views, active ones."""
    with target_session(dsn) as connection:
        prepare_for_ddl(connection)
        return finish_in_session(connection, entries, matviews, again=again)


def finish_in_session(
    connection: Connection,
    entries: Sequence[Entry],
    matviews: Sequence[tuple[str, str]],
    *,
    again: bool = False,
) -> list[str]:
    """The same in a session that is prepared for DDL, in its transaction if it has one."""
    passive, active = _by_activity(entries)
    roles = roles_of(connection)
    notes = [*run_entries(connection, passive, roles, again=again)]
    _refresh(connection, matviews)
    quiet = [
        disabled(connection, entry) if entry.kind == EVENT_TRIGGER else entry for entry in active
    ]
    notes += run_entries(connection, quiet, roles, again=again)
    _analyze(connection)
    return notes


def _analyze(connection: Connection) -> None:
    """Tell the planner of the rows; no other server is asked for those of a foreign partition."""
    alone = connection.execute(query("analyzed_alone")).fetchall()
    names = sql.SQL(", ").join(sql.Identifier(*name) for name in alone)
    connection.execute(sql.SQL("ANALYZE {}").format(names))
    refuse_remembered(connection)


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
    known = list(names)
    quoted = [sql.Identifier(*name).as_string(target) for name in known]
    exist = target.execute(EXIST, [quoted]).fetchall()
    return [name for name, (exists,) in zip(known, exist, strict=True) if exists]


def _refresh(connection: Connection, matviews: Iterable[tuple[str, str]]) -> None:
    for schema, name in _present(connection, matviews):
        doing = f"Refreshing materialized view {shown(schema, name)} on the target"
        with driver_errors(doing, UNREACHED):
            connection.execute(
                sql.SQL("REFRESH MATERIALIZED VIEW {}").format(sql.Identifier(schema, name))
            )
