"""Takes excluded tables out of a dump, with everything that cannot be without them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from privaci_core.ddl.dump import Dump

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from privaci_core.ddl.dump import Entry

# What a person may miss; the rest is part of the table itself.
WORTH_A_NOTE = frozenset(
    {"VIEW", "MATERIALIZED VIEW", "FUNCTION", "PROCEDURE", "PUBLICATION TABLE"}
)
OWNED = "SEQUENCE OWNED BY"


# Their options hold passwords of other servers.
SECRETS = "USER MAPPING"


def without_secrets(dump: Dump) -> tuple[Dump, tuple[str, ...]]:
    """The dump without the passwords by which the source reaches other servers, and a note for each."""
    left = {entry.id for entry in dump.pre_data if entry.kind == SECRETS}
    notes = tuple(
        f"{entry}: left out, it may hold a password" for entry in dump.pre_data if entry.id in left
    )
    return Dump(
        pre_data=_kept(dump.pre_data, left), post_data=dump.post_data, drops=dump.drops
    ), notes


def without(dump: Dump, tables: Collection[tuple[str, str]]) -> tuple[Dump, tuple[str, ...]]:
    """The dump without some tables and what needs them, and a note for each object that a person may miss."""
    if not tables:
        return dump, ()
    entries = (*dump.pre_data, *dump.post_data)
    left = {
        entry.id
        for entry in entries
        if entry.kind == "TABLE" and (entry.schema, entry.name) in tables
    }
    left = _needing(entries, left)
    # The sequence of a serial column stands before its table, and belongs to it.
    sequences = {entry.id for entry in entries if entry.kind == "SEQUENCE"}
    owned = {
        need
        for entry in entries
        if entry.id in left and entry.kind == OWNED
        for need in entry.needs
    }
    left = _needing(entries, left | (owned & sequences))
    gone = [entry for entry in entries if entry.id in left and entry.kind in WORTH_A_NOTE]
    notes = tuple(f"{entry}: left out, it needs an excluded table" for entry in gone)
    return Dump(pre_data=_kept(dump.pre_data, left), post_data=_kept(dump.post_data, left)), notes


def _needing(entries: Iterable[Entry], left: set[int]) -> set[int]:
    """These entries and all that need one of them, directly or not."""
    while True:
        more = {
            entry.id for entry in entries if entry.id not in left and left.intersection(entry.needs)
        }
        if not more:
            return left
        left = left | more


def _kept(entries: Iterable[Entry], left: set[int]) -> tuple[Entry, ...]:
    return tuple(entry for entry in entries if entry.id not in left)
