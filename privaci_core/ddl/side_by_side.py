"""Builds indexes and keys on two sessions at once, those of small tables many at a time."""

from __future__ import annotations

import re
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

from privaci_core.ddl.create import prepare_for_ddl, roles_of, run_entries
from privaci_core.postgres.driver_errors import driver_errors
from privaci_core.postgres.session import target_session
from privaci_core.postgres.spread import spread
from privaci_core.postgres.together import parts_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from privaci_core.ddl.dump import Entry
    from privaci_core.postgres.session import Connection

    # Entries that one session runs, one after the other.
    Share = list[Entry]

# How many sessions build indexes and check keys at once.
CONNECTIONS = 2
# A statement about a smaller table costs less than its round trip and its commit.
SMALL_BYTES = 8 << 20
# Small tables whose keys one session builds before it takes more: both sessions end together.
TABLES_A_SHARE = 25
NAME = r'(?:"(?:[^"]|"")*"|[^\s".(]+)'
# The table that an index, a key or a constraint is about, as pg_dump writes it.
ABOUT = re.compile(
    rf"^(?:ALTER TABLE|CREATE (?:UNIQUE )?INDEX {NAME} ON) (?:ONLY )?({NAME}\.{NAME})\s",
    re.MULTILINE,
)
SIZES = """
SELECT name, pg_catalog.pg_total_relation_size(class.oid)
FROM pg_catalog.unnest(%s::text[]) AS name
JOIN pg_catalog.pg_class AS class ON class.oid = pg_catalog.to_regclass(name)
WHERE class.relkind <> 'p'
"""


def build_keys(dsn: str, entries: Sequence[Entry], *, again: bool) -> Iterator[str]:
    """Build indexes and constraints that do not need each other; yields notes."""
    small, large = _by_size(dsn, entries)
    parts = parts_of(list(small.values()), TABLES_A_SHARE)
    together = [[entry for table in part for entry in table] for part in parts]
    yield from _side_by_side(dsn, [*([entry] for entry in large), *together], again=again)


def add_foreign_keys(dsn: str, entries: Sequence[Entry], *, again: bool) -> Iterator[str]:
    """Add foreign keys, first those of small tables; yields notes.

    A batch locks all of its tables, so two sessions of batches would wait for each other.
    """
    small, large = _by_size(dsn, entries)
    together = [entry for table in small.values() for entry in table]
    yield from _side_by_side(dsn, [together], again=again)
    yield from _side_by_side(dsn, [[entry] for entry in large], again=again)


def _by_size(dsn: str, entries: Sequence[Entry]) -> tuple[dict[str, Share], Share]:
    """The entries of each small table, and those of all others; a partitioned one is no small one.

    What has no size that this finds, such as a domain, is among the others.
    """
    if not entries:
        return {}, []
    tables = {entry.id: _table_of(entry) for entry in entries}
    with target_session(dsn, autocommit=True) as target, driver_errors("Measuring tables"):
        names = sorted({name for name in tables.values() if name})
        sizes = dict(target.execute(SIZES, [names]).fetchall())
    small, large = dict[str, "Share"](), list["Entry"]()
    for entry in entries:
        name = tables[entry.id]
        if name and sizes.get(name, SMALL_BYTES) < SMALL_BYTES:
            small.setdefault(name, []).append(entry)
        else:
            large.append(entry)
    return small, large


def _table_of(entry: Entry) -> str | None:
    found = ABOUT.search(entry.sql)
    return found[1] if found else None


def _side_by_side(dsn: str, shares: Iterable[Share], *, again: bool) -> Iterator[str]:
    """Run shares that do not need each other on a few sessions at once."""
    work = partial(_run_all, again=again)
    opened = partial(target_session, dsn)
    yield from chain.from_iterable(spread(filter(None, shares), CONNECTIONS, opened, work))


def _run_all(connection: Connection, shares: Iterator[Share], *, again: bool) -> list[str]:
    prepare_for_ddl(connection)
    roles = roles_of(connection)
    return [note for share in shares for note in run_entries(connection, share, roles, again=again)]
