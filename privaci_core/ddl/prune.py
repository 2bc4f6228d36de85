"""Leaves excluded tables out of a dump, with everything that needs them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from privaci_core.ddl.dump import Dump

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from privaci_core.ddl.dump import Entry

# Objects that a person may miss; others are part of their table.
WORTH_A_NOTE = frozenset(
    {"VIEW", "MATERIALIZED VIEW", "FUNCTION", "PROCEDURE", "PUBLICATION TABLE"}
)
OWNED = "SEQUENCE OWNED BY"
# Their options hold passwords of other servers.
SECRETS = "USER MAPPING"


def without_secrets(dump: Dump) -> tuple[Dump, tuple[str, ...]]:
    """The dump without the source's passwords for other servers, and a note for each."""
    secrets = [entry for entry in dump.pre_data if entry.kind == SECRETS]
    notes = tuple(f"{entry}: left out, it may hold a password" for entry in secrets)
    pre_data = _without(dump.pre_data, {entry.id for entry in secrets})
    return Dump(pre_data=pre_data, post_data=dump.post_data, drops=dump.drops), notes


def without_tables(dump: Dump, tables: Collection[tuple[str, str]]) -> tuple[Dump, tuple[str, ...]]:
    """The dump without some tables and what needs them, and notes on objects worth one."""
    if not tables:
        return dump, ()
    entries = (*dump.pre_data, *dump.post_data)
    excluded = _needing(entries, _ids_of_tables(entries, tables))
    excluded = _needing(entries, excluded | _owned_sequences(entries, excluded))
    gone = [entry for entry in entries if entry.id in excluded and entry.kind in WORTH_A_NOTE]
    notes = tuple(f"{entry}: left out, it needs an excluded table" for entry in gone)
    pre_data, post_data = _without(dump.pre_data, excluded), _without(dump.post_data, excluded)
    return Dump(pre_data=pre_data, post_data=post_data), notes


def _ids_of_tables(entries: Iterable[Entry], tables: Collection[tuple[str, str]]) -> set[int]:
    return {
        entry.id
        for entry in entries
        if entry.kind == "TABLE" and (entry.schema, entry.name) in tables
    }


def _owned_sequences(entries: Iterable[Entry], excluded: set[int]) -> set[int]:
    """The sequences of excluded serial columns, which precede their tables in the dump."""
    sequences = {entry.id for entry in entries if entry.kind == "SEQUENCE"}
    owners = [entry for entry in entries if entry.id in excluded and entry.kind == OWNED]
    return sequences.intersection(need for entry in owners for need in entry.needs)


def _needing(entries: Iterable[Entry], ids: set[int]) -> set[int]:
    """These entries and all that need one of them, directly or not."""
    while True:
        more = {entry.id for entry in entries if entry.id not in ids and ids & {*entry.needs}}
        if not more:
            return ids
        ids = ids | more


def _without(entries: Iterable[Entry], ids: set[int]) -> tuple[Entry, ...]:
    return tuple(entry for entry in entries if entry.id not in ids)
