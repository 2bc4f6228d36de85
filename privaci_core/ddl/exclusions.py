"""Adds exclusions to a partitioned table and its partitions at once: no server attaches them.

pg_dump adds one to each partition and then attaches its index, as it does with other keys. Servers
that have exclusions on partitioned tables refuse the second step, for they do not compare two
exclusions. Postgres names those of the partitions as it likes, so they are renamed.

After ALTER TABLE ONLY the older partitions have no such exclusion, and each later one has. Only
a partition that is made or attached gets it then, so those that have it are attached once more.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from psycopg import sql

from privaci_core.ddl.exclusions_alone import added_alone, after_other_keys, partitions_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from privaci_core.ddl.dump import Dump, Entry

NAME = r'(?:"(?:[^"]|"")*"|[^\s".(;]+)'
# As pg_dump writes them. A key over periods is an exclusion, too.
ADDED = re.compile(rf"ALTER TABLE ONLY (({NAME})\.{NAME})\s+ADD CONSTRAINT ({NAME}) ")
IS_EXCLUSION = re.compile(r"EXCLUDE |(?:PRIMARY KEY|UNIQUE) \(.* WITHOUT OVERLAPS\)")
ATTACHED = re.compile(rf"ALTER INDEX ({NAME}\.{NAME}) ATTACH PARTITION ({NAME}\.{NAME});")
RENAMING = """
DECLARE
    own name;
BEGIN
{}
END"""
# To a name that no other has: two partitions may have the names that Postgres chose for each other.
RENAME = """
    SELECT conname INTO STRICT own FROM pg_catalog.pg_constraint
    WHERE conrelid = {table}::pg_catalog.regclass AND conparentid = (
        SELECT oid FROM pg_catalog.pg_constraint WHERE conrelid = {parent}::pg_catalog.regclass
        AND conname = (pg_catalog.parse_ident({parent_name}))[1]);
    EXECUTE {rename} || pg_catalog.quote_ident(own) || {to};"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion:
    """An exclusion of one table, whose names are quoted."""

    entry: Entry
    schema: str
    table: str
    name: str
    partitions: list[Exclusion] = field(default_factory=list)
    # Of the entries that attach the partitions' indexes.
    attaching: list[Entry] = field(default_factory=list)
    # The table's own partitions, those without the exclusion too.
    all_partitions: frozenset[str]

    @property
    def index(self) -> str:
        """The name of its index."""
        return f"{self.schema}.{self.name}"

    @property
    def is_whole(self) -> bool:
        """Whether each partition has it."""
        return self.all_partitions <= {partition.table for partition in self.partitions}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A partition's exclusion, what it belongs to, and a name that it has for a moment."""

    exclusion: Exclusion
    parent: str
    parent_name: str
    name: str


def added_at_once(dump: Dump) -> tuple[Entry, ...]:
    """The entries after the rows, in which a table's exclusion takes those of partitions along."""
    entries, partitions = dump.post_data, partitions_in(dump.pre_data)
    exclusions = {
        found.index: found
        for found in (_exclusion(entry, partitions) for entry in entries)
        if found
    }
    inner = set[str]()
    for entry in entries:
        match = ATTACHED.match(entry.sql) if entry.kind == "INDEX ATTACH" else None
        if match and {match[1], match[2]} <= exclusions.keys():
            exclusions[match[1]].partitions.append(exclusions[match[2]])
            exclusions[match[1]].attaching.append(entry)
            inner.add(match[2])
    outer = [found for name, found in exclusions.items() if found.partitions and name not in inner]
    if not outer:
        return entries
    alone = {found.entry.id for found in outer if not found.is_whole}
    return after_other_keys(_merged(entries, {found.entry.id: found for found in outer}), alone)


def _exclusion(entry: Entry, partitions: Mapping[str, set[str]]) -> Exclusion | None:
    match = ADDED.match(entry.sql) if entry.kind == "CONSTRAINT" else None
    if not (match and IS_EXCLUSION.match(entry.sql, match.end())):
        return None
    below = frozenset(partitions.get(match[1], ()))
    return Exclusion(
        entry=entry, schema=match[2], table=match[1], name=match[3], all_partitions=below
    )


def _merged(entries: Iterable[Entry], outer: Mapping[int, Exclusion]) -> tuple[Entry, ...]:
    """The entries without those that an outer one replaces; others need the outer one instead."""
    instead = {inner.id: found.entry.id for found in outer.values() for inner in _entries_in(found)}
    merged = (
        replace(entry, needs=tuple({instead.get(need, need) for need in _needs(entry, outer)}))
        for entry in entries
        if entry.id not in instead or entry.id in outer
    )
    return tuple(
        replace(entry, sql=_sql_of(outer[entry.id]), needs=tuple({*entry.needs} - {entry.id}))
        if entry.id in outer
        else entry
        for entry in merged
    )


def _needs(entry: Entry, outer: Mapping[int, Exclusion]) -> Iterator[int]:
    replaced = _entries_in(outer[entry.id]) if entry.id in outer else [entry]
    for each in replaced:
        yield from each.needs


def _entries_in(exclusion: Exclusion) -> Iterator[Entry]:
    """The entries of an exclusion, of its partitions', and those that attach them."""
    yield exclusion.entry
    yield from exclusion.attaching
    for partition in exclusion.partitions:
        yield from _entries_in(partition)


def _sql_of(exclusion: Exclusion) -> str:
    """What adds an exclusion to a table with its partitions, and gives each its name."""
    add = exclusion.entry.sql
    if exclusion.is_whole:
        add = add.replace("ALTER TABLE ONLY ", "ALTER TABLE ", 1)
    else:
        add = added_alone(add, exclusion.table, [part.table for part in exclusion.partitions])
    places = list(_places(exclusion, exclusion.name, f"privaci {exclusion.entry.id}"))
    body = sql.Literal(RENAMING.format("".join(map(_rename, places)))).as_string()
    names = (
        f"ALTER TABLE {place.exclusion.table} RENAME CONSTRAINT {place.name}"
        f" TO {place.exclusion.name};"
        for place in places
    )
    return "\n".join([add, f"DO {body};", *names])


def _places(parent: Exclusion, parent_name: str, prefix: str) -> Iterator[Place]:
    """The exclusions of partitions, those of inner partitions last."""
    for number, partition in enumerate(parent.partitions):
        name = f"{prefix} {number}"
        yield Place(
            exclusion=partition, parent=parent.table, parent_name=parent_name, name=f'"{name}"'
        )
        yield from _places(partition, f'"{name}"', name)


def _rename(place: Place) -> str:
    table = place.exclusion.table
    rename = sql.SQL(RENAME).format(
        table=table,
        parent=place.parent,
        parent_name=place.parent_name,
        rename=f"ALTER TABLE {table} RENAME CONSTRAINT ",
        to=f" TO {place.name}",
    )
    return rename.as_string()
