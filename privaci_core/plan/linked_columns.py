"""Links columns that hold the same values: keys, partitions, inheritance, declared relations."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from privaci_core.plan.condition_terms import ConditionError
from privaci_core.plan.conditions import compile_condition
from privaci_core.plan.rules import tables_by_name
from privaci_core.policy import suggest
from privaci_core.postgres.names import spelled

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from privaci_core.catalog.catalog import Catalog, Place, Relation
    from privaci_core.catalog.foreign_keys import ForeignKey
    from privaci_core.plan.inputs import Inputs
    from privaci_core.policy import Finding, KeyColumns, Policy
    from privaci_core.policy import Relation as DeclaredRelation


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Two columns that hold the same values, in all rows or in those where `when` is true."""

    referencing: Place
    referenced: Place
    when: str | None = None


# The types whose values can be looked into.
DOCUMENTS = {("pg_catalog", "json"), ("pg_catalog", "jsonb")}
# A column at the other end of a link, and the condition under which it holds the same values.
Neighbour = tuple["Place", str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedColumns:
    """Every link of a database, and the columns next to each column."""

    links: tuple[Link, ...]
    neighbours: Mapping[Place, tuple[Neighbour, ...]]
    # The columns at both ends of foreign keys.
    of_keys: frozenset[Place]
    findings: tuple[Finding, ...]

    @property
    def pairs(self) -> list[tuple[Place, Place]]:
        """Both ends of every link."""
        return [(link.referencing, link.referenced) for link in self.links]

    def reachable(self, start: Place) -> tuple[Place, ...]:
        """The column and all columns that a rule on it would spread to."""
        found, waiting = {start: None}, [start]
        while waiting:
            for other, _ in self.neighbours.get(waiting.pop(), ()):
                if other not in found:
                    found[other] = None
                    waiting.append(other)
        return tuple(found)


def link_columns(inputs: Inputs) -> LinkedColumns:
    """Find every link; declared relations that name what the source lacks become findings."""
    catalog, policy = inputs.catalog, inputs.policy
    by_keys = [link for key in catalog.foreign_keys for link in _of_key(key)]
    copied = _copied(catalog, (*by_keys, *_of_parents(catalog), *_declared(catalog, policy)))
    return LinkedColumns(
        links=copied,
        neighbours=neighbours_of(copied),
        of_keys=frozenset(end for link in by_keys for end in (link.referencing, link.referenced)),
        findings=tuple(_misnamed_relations(catalog, policy)),
    )


def links_of(catalog: Catalog, policy: Policy) -> tuple[Link, ...]:
    """The links of foreign keys and of declared relations, between tables that are copied."""
    by_keys = (link for key in catalog.foreign_keys for link in _of_key(key))
    return _copied(catalog, (*by_keys, *_declared(catalog, policy)))


def _copied(catalog: Catalog, links: Iterable[Link]) -> tuple[Link, ...]:
    """Tables of an extension have columns and keys, and are no part of what is copied."""
    return tuple(
        link
        for link in links
        if link.referencing[0] in catalog.by_oid and link.referenced[0] in catalog.by_oid
    )


def neighbours_of(links: Iterable[Link]) -> dict[Place, tuple[Neighbour, ...]]:
    """The neighbours of each column: a conditional link leads to the referencing column only."""
    found: dict[Place, list[Neighbour]] = defaultdict(list)
    for link in links:
        found[link.referenced].append((link.referencing, link.when))
        if link.when is None:
            found[link.referencing].append((link.referenced, None))
    return {place: tuple(others) for place, others in found.items()}


def groups_of(pairs: Iterable[tuple[Place, Place]]) -> dict[Place, frozenset[Place]]:
    """For each column of a pair all columns that hold the same values, itself among them."""
    groups: dict[Place, set[Place]] = {}
    for one, other in pairs:
        joined = (groups.setdefault(one, {one}), groups.setdefault(other, {other}))
        smaller, larger = sorted(joined, key=len)
        if smaller is not larger:
            # The larger one grows in place: a column of thousands of partitions is one group.
            larger |= smaller
            groups.update(dict.fromkeys(smaller, larger))
    frozen = {id(group): frozenset(group) for group in groups.values()}
    return {place: frozen[id(group)] for place, group in groups.items()}


def _of_key(key: ForeignKey) -> Iterator[Link]:
    for column, referenced in zip(key.columns, key.referenced_columns, strict=True):
        yield Link(referencing=(key.relation, column), referenced=(key.referenced, referenced))


def _of_parents(catalog: Catalog) -> Iterator[Link]:
    """The columns that partitions and inheriting tables share with the tables above them."""
    for relation in catalog.relations:
        partitioned = () if relation.partition_of is None else (relation.partition_of,)
        for parent in (*relation.inherits, *partitioned):
            for shared in catalog.columns.get(parent, ()):
                own, above = (relation.oid, shared.name), (parent, shared.name)
                yield Link(referencing=own, referenced=above)


def _declared(catalog: Catalog, policy: Policy) -> Iterator[Link]:
    """The links of declared relations whose both ends the source has."""
    for relation, child, parent in usable_relations(catalog, policy):
        columns = zip(relation.source.ends, relation.target.columns, strict=True)
        for (one, inside), other in columns:
            # A mask of the key says nothing of documents that hold a copy of it.
            if not inside:
                yield Link(
                    referencing=(child.oid, one),
                    referenced=(parent.oid, other),
                    when=relation.when,
                )


def usable_relations(
    catalog: Catalog, policy: Policy
) -> Iterator[tuple[DeclaredRelation, Relation, Relation]]:
    """The declared relations without a mistake, with the tables at both ends."""
    tables = tables_by_name(catalog)
    for relation in policy.relations:
        if _mistake(catalog, tables, relation) is None:
            yield relation, tables[relation.source.relation], tables[relation.target.relation]


def _misnamed_relations(catalog: Catalog, policy: Policy) -> Iterator[Finding]:
    """The first mistake of each declared relation."""
    tables = tables_by_name(catalog)
    for number, relation in enumerate(policy.relations):
        mistake = _mistake(catalog, tables, relation)
        if mistake is not None:
            end, reason, remedy = mistake
            yield policy.finding("relations", number, end, reason=reason, remedy=remedy)


def _mistake(
    catalog: Catalog, tables: Mapping[str, Relation], relation: DeclaredRelation
) -> tuple[str, str, str] | None:
    """The first end that the source lacks, or a condition that does not fit: reason and remedy."""
    misnamed = _misnamed_end(catalog, tables, relation) or _no_document(catalog, tables, relation)
    if misnamed is not None or relation.when is None:
        return misnamed
    try:
        compile_condition(relation.when, catalog.columns[tables[relation.source.relation].oid])
    except ConditionError as error:
        return "when", error.reason, error.remedy
    return None


def _misnamed_end(
    catalog: Catalog, tables: Mapping[str, Relation], relation: DeclaredRelation
) -> tuple[str, str, str] | None:
    """The first end of a declared relation that the source lacks: end, reason and remedy."""
    ends: tuple[tuple[str, KeyColumns], ...] = (("from", relation.source), ("to", relation.target))
    for end, key in ends:
        table = tables.get(key.relation)
        if table is None:
            return end, "no such table", suggest(key.relation, tables)
        columns = [column.name for column in catalog.columns.get(table.oid, ())]
        absent = next((name for name in key.columns if name not in columns), None)
        if absent is not None:
            return end, f"the table has no column {absent}", suggest(absent, columns)
    return None


def _no_document(
    catalog: Catalog, tables: Mapping[str, Relation], relation: DeclaredRelation
) -> tuple[str, str, str] | None:
    """The referencing end, if it looks into a column of another type than json and jsonb."""
    oid = tables[relation.source.relation].oid
    for name, inside in relation.source.ends:
        column = catalog.by_place[oid, name]
        if inside and (column.base_schema, column.base_type) not in DOCUMENTS:
            reason = f"the column {spelled(name)} holds no documents: its type is {column.type}"
            return "from", reason, "Name a column of type json or jsonb."
    return None
