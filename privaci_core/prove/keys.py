"""Compares what the source defines with what the target defines: keys, indexes, checks, triggers.

A definition counts, not its name. The target may have more than the source, and need not have what
the policy excludes. Definitions hold literals, so a verdict quotes none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from psycopg.rows import class_row

from privaci_core.postgres.driver_errors import driver_errors
from privaci_core.postgres.names import shown, table_name
from privaci_core.postgres.session import target_session
from privaci_core.prove.references import orphans
from privaci_core.prove.verdict import Verdict
from privaci_core.sql import query
from privaci_core.target.audit_trail import unguarded
from privaci_core.target.trail_digest import unsealed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from privaci_core.loading.copy import Copy
    from privaci_core.postgres.session import Connection
    from privaci_core.prove.evidence import Evidence

# What a target that is emptied in place must have as well: all else in it is its owner's.
KEYS = frozenset({"unique key", "unique index", "foreign key"})
# States that a copy may better: the source itself has no more.
UNPROVED = frozenset({"not validated", "not valid", "disabled"})
# A trigger is in the state that its owner gave it.
EXACT = frozenset({"trigger", "row security"})
MAJOR = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """One object of a table: its text, and the state that the text does not tell."""

    # Its oids, and those of its table.
    relation: int
    object_class: int
    object: int
    schema: str
    table_name: str
    kind: str
    name: str
    definition: str
    state: str
    # Whether another version of the server may print the same definition in another way.
    deparsed: bool

    @property
    def table(self) -> tuple[str, str]:
        """The table, by schema and name."""
        return self.schema, self.table_name

    @property
    def place(self) -> str:
        """The object, as a person looks for it."""
        # The row security of a table has no name of its own.
        name = self.name if self.name == self.kind else shown(self.name)
        return f"{table_name(*self.table)}: {name}"


def keys_hold(evidence: Evidence) -> Verdict:
    """Compare the definitions of both ends, and look for orphans that this run did not exclude."""
    copy, source = evidence.copy, evidence.source
    # A selection exchanges rows alone: the keys that hold them are the target's own.
    with target_session(
        copy.live if copy.selection else copy.ends.target, autocommit=True
    ) as target:
        wanted, found = wanted_definitions(source, copy), definitions_in(target)
        same_version = _major(source) == _major(target)
        differences = dict(lacking(wanted, found, same_version=same_version))
        differences |= unguarded(target)
        keys = [definition for definition in wanted if definition.kind == "foreign key"]
        # Keys that a refresh has just built were validated by it.
        if not copy.mark.refresh:
            differences |= orphans(target) | unsealed(target)
    return Verdict(
        differences=dict(sorted(differences.items())),
        details={"definitions": len(wanted), "foreign_keys": len(keys)},
    )


def wanted_definitions(source: Connection, copy: Copy) -> list[Definition]:
    """The source's definitions that the target must have."""
    gone = _excluded(source, copy)
    in_place = copy.policy.on_existing_data == "truncate"
    return [
        found
        for found in definitions_in(source)
        if (found.object_class, found.object) not in gone
        and found.relation not in {oid for _, oid in gone}
        and (found.kind in KEYS or not in_place)
        and (found.kind == "column" or not _is_broken(found))
    ]


def definitions_in(connection: Connection) -> list[Definition]:
    """The definitions of every table that a person made."""
    with (
        driver_errors("Reading the definitions of keys, indexes and triggers"),
        connection.cursor(row_factory=class_row(Definition)) as cursor,
    ):
        return cursor.execute(query("key_definitions")).fetchall()


def lacking(
    wanted: Iterable[Definition], found: Collection[Definition], *, same_version: bool
) -> Iterator[tuple[str, str]]:
    """What the target lacks, by place, in words."""
    tables = {definition.table for definition in found}
    known = _by_meaning(found, same_version=same_version)
    named = {(each.table, each.kind, each.name) for each in found}
    for each in wanted:
        alike = known.get(_meaning(each, same_version=same_version), [])
        if each.table not in tables:
            yield table_name(*each.table), "the table is not in the target"
        elif not alike:
            other = (each.table, each.kind, each.name) in named
            what = "has another definition" if other else "is not in the target"
            yield each.place, f"the {each.kind} {what}"
        elif not any(_is_as_good(theirs.state, each) for theirs in alike):
            yield each.place, f"the {each.kind} is {alike[0].state}"


def _by_meaning(
    found: Iterable[Definition], *, same_version: bool
) -> Mapping[tuple[object, ...], list[Definition]]:
    known: dict[tuple[object, ...], list[Definition]] = {}
    for each in found:
        known.setdefault(_meaning(each, same_version=same_version), []).append(each)
    return known


def _meaning(each: Definition, *, same_version: bool) -> tuple[object, ...]:
    """What makes two definitions one: their text, or their name where versions print it."""
    prints_alike = same_version or not each.deparsed
    return (each.table, each.kind, each.definition if prints_alike else each.name)


def _is_as_good(state: str, wanted: Definition) -> bool:
    if wanted.kind in EXACT:
        return state == wanted.state
    return state not in UNPROVED or state == wanted.state


def _is_broken(found: Definition) -> bool:
    """Whether an index was never finished: a dump leaves it out."""
    return found.kind in {"index", "unique index"} and found.state == "not valid"


def _excluded(source: Connection, copy: Copy) -> set[tuple[int, int]]:
    """The excluded tables and all that needs one of them, as classes and oids."""
    oids = [
        relation.oid
        for relation in copy.catalog.relations
        if (relation.schema, relation.name) in copy.plan.excluded
    ]
    if not oids:
        return set()
    return set(source.execute(query("objects_that_need"), [oids]).fetchall())


def _major(connection: Connection) -> int:
    return connection.info.server_version // MAJOR
