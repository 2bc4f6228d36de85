"""Finds which columns hold the same values: both ends of keys, partitions with their parents, declared relations."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from privaci_core.policy import relation_name, suggest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from privaci_core.catalog.catalog import Catalog, Place, Relation
    from privaci_core.policy import Finding, Policy


@dataclass(frozen=True, slots=True)
class Tie:
    """Two columns that hold the same values: where `when` is true, for a relation that is only sometimes one."""

    referencing: Place
    referenced: Place
    when: str | None = None


def ties_of(catalog: Catalog, policy: Policy, findings: list[Finding]) -> tuple[Tie, ...]:
    """Every tie of a database; relations that name what is not there become findings."""
    return (*_of_keys(catalog), *_of_partitions(catalog), *_declared(catalog, policy, findings))


def neighbours(ties: Iterable[Tie]) -> dict[Place, list[tuple[Place, str | None]]]:
    """For each column those it is tied to, and on what condition; what is referenced takes no condition over."""
    found: dict[Place, list[tuple[Place, str | None]]] = defaultdict(list)
    for tie in ties:
        found[tie.referenced].append((tie.referencing, tie.when))
        if tie.when is None:
            found[tie.referencing].append((tie.referenced, None))
    return found


def groups_of(ties: Iterable[tuple[Place, Place]]) -> dict[Place, frozenset[Place]]:
    """For each column all that hold the same values, itself among them, however many ties away."""
    groups: dict[Place, set[Place]] = {}
    for one, other in ties:
        joined = groups.get(one, {one}) | groups.get(other, {other})
        groups.update(dict.fromkeys(joined, joined))
    frozen = {id(group): frozenset(group) for group in groups.values()}
    return {place: frozen[id(group)] for place, group in groups.items()}


def tables_by_name(catalog: Catalog) -> dict[str, Relation]:
    """Tables, partitioned ones too, by the names that the policy gives them."""
    tables = (relation for relation in catalog.relations if relation.kind in {"r", "p"})
    return {relation_name(relation.schema, relation.name): relation for relation in tables}


def _of_keys(catalog: Catalog) -> Iterator[Tie]:
    for key in catalog.foreign_keys:
        for column, referenced in zip(key.columns, key.referenced_columns, strict=True):
            yield Tie((key.relation, column), (key.referenced, referenced))


def _of_partitions(catalog: Catalog) -> Iterator[Tie]:
    for relation in catalog.relations:
        for parent in (
            *relation.inherits,
            *([relation.partition_of] if relation.partition_of else []),
        ):
            for shared in catalog.columns.get(parent, ()):
                yield Tie((relation.oid, shared.name), (parent, shared.name))


def _declared(catalog: Catalog, policy: Policy, findings: list[Finding]) -> Iterator[Tie]:
    tables = tables_by_name(catalog)
    for number, relation in enumerate(policy.relations):
        ends = []
        for word, end in (("from", relation.source), ("to", relation.target)):
            table = tables.get(end.relation)
            if table is None:
                remedy = suggest(end.relation, tables)
                findings.append(
                    policy.finding("relations", number, word, reason="no such table", remedy=remedy)
                )
                break
            known = [column.name for column in catalog.columns.get(table.oid, ())]
            unknown = next((name for name in end.columns if name not in known), None)
            if unknown is not None:
                reason, remedy = f"the table has no column {unknown}", suggest(unknown, known)
                findings.append(
                    policy.finding("relations", number, word, reason=reason, remedy=remedy)
                )
                break
            ends.append([(table.oid, name) for name in end.columns])
        else:
            for one, other in zip(*ends, strict=True):
                yield Tie(one, other, relation.when)
