"""Decides per table what happens to orphans: rows that refer to a row which is not in the copy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from privaci_core.catalog.foreign_keys import MATCH_FULL
from privaci_core.plan.inputs import policy_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from privaci_core.catalog.catalog import Catalog
    from privaci_core.catalog.foreign_keys import ForeignKey
    from privaci_core.plan.inputs import Inputs
    from privaci_core.plan.plan import Plan
    from privaci_core.plan.rules import Rules
    from privaci_core.policy import Finding
    from privaci_core.policy.document import OrphanRows


@dataclass(frozen=True, slots=True, kw_only=True)
class Orphans:
    """What happens to the orphans of each table, by oid; those of other tables are refused."""

    nulls: frozenset[int]
    # Tables whose orphans are left out, by their rule or the file's.
    drops: frozenset[int]
    # Tables that say nothing, whose rows may refer to rows that were left out: they go with them.
    follows: frozenset[int]
    findings: tuple[Finding, ...]


def choose_orphans(inputs: Inputs, rules: Rules) -> Orphans:
    """Read from the policy what happens to orphans; a key that cannot become NULL is a finding."""
    chosen = _choices(inputs, rules)
    catalog = inputs.catalog
    referring = _referring(catalog)
    drops = frozenset(
        oid
        for oid, choice in chosen.items()
        if choice == "drop" and any(above in referring for above in _lineage(catalog, oid))
    )
    follows = _followers(inputs, rules, chosen, drops)
    partial = _partial(catalog, rules) | {_root(catalog, oid) for oid in drops | follows}
    nulls = frozenset(oid for oid, choice in chosen.items() if choice == "null")
    return Orphans(
        nulls=nulls,
        drops=drops,
        follows=follows,
        findings=tuple(_rigid_keys(inputs, rules, nulls, partial)),
    )


def nullable_columns(catalog: Catalog, key: ForeignKey) -> list[str]:
    """The columns of a key that can be set to NULL; none where that would not mend the key."""
    columns = [catalog.by_place[key.relation, name] for name in key.columns]
    rigid = [column for column in columns if column.not_null or column.generated]
    # MATCH FULL allows no key of which a part is NULL.
    if key.match == MATCH_FULL and rigid:
        return []
    nullable = [column.name for column in columns if column not in rigid]
    # A period says when the row is true: it stays if another column can become NULL.
    return [name for name in nullable if not key.period or name != key.columns[-1]] or nullable


def leaves_out(plan: Plan, catalog: Catalog, child: int, parent: int) -> bool:
    """Whether the orphans of a key between two tables are left out."""
    if child in plan.drops_orphans:
        return True
    losing = {_root(catalog, oid) for oid in plan.drops_orphans | plan.follows_drops}
    return child in plan.follows_drops and _root(catalog, parent) in losing


def _choices(inputs: Inputs, rules: Rules) -> dict[int, OrphanRows]:
    """What the policy says about each table that is created in the target."""
    found = {}
    for relation in inputs.catalog.row_tables:
        if relation.oid not in rules.excluded:
            rule = rules.tables.get(relation.oid)
            own = rule.chosen_orphan_rows if rule else None
            found[relation.oid] = own or inputs.policy.orphan_rows
    return found


def _followers(
    inputs: Inputs, rules: Rules, chosen: Mapping[int, OrphanRows], drops: frozenset[int]
) -> frozenset[int]:
    """The tables that say nothing and refer, however far, to a table that loses rows."""
    catalog = inputs.catalog
    silent = {
        oid
        for oid, choice in chosen.items()
        if choice == "refuse"
        and (oid not in rules.tables or rules.tables[oid].chosen_orphan_rows is None)
    }
    found = frozenset[int]()
    while True:
        losing = {_root(catalog, oid) for oid in drops | found}
        referring = frozenset(
            key.relation
            for key in catalog.foreign_keys
            if _root(catalog, key.referenced) in losing and key.relation in silent
        )
        if referring == found:
            return found
        found = referring


def _rigid_keys(
    inputs: Inputs, rules: Rules, nulls: frozenset[int], partial: frozenset[int]
) -> Iterator[Finding]:
    """Keys that are to become NULL and cannot: those that may have orphans, or the table's all."""
    catalog = inputs.catalog
    keys: dict[int, list[ForeignKey]] = {}
    for key in catalog.foreign_keys:
        if key.relation in nulls and key.relation not in rules.empty:
            keys.setdefault(key.relation, []).append(key)
    for oid, found in keys.items():
        rigid = [key for key in found if not nullable_columns(catalog, key)]
        rule = rules.tables.get(oid)
        filtered = rule is not None and rule.where is not None and len(rigid) < len(found)
        # A table's own predicate may have chosen rows that all have their parents.
        lacking = [
            key for key in rigid if _root(catalog, key.referenced) in partial and not filtered
        ]
        useless = rule is not None and rule.chosen_orphan_rows and len(rigid) == len(found)
        for key in rigid if useless else lacking:
            yield _finding(inputs, rules, key)


def _finding(inputs: Inputs, rules: Rules, key: ForeignKey) -> Finding:
    catalog = inputs.catalog
    child, parent = catalog.by_oid[key.relation], catalog.by_oid[key.referenced].qualified
    rigid = next(
        name
        for name in key.columns
        if (column := catalog.by_place[key.relation, name]).not_null or column.generated
    )
    column = catalog.by_place[key.relation, rigid]
    why = "is NOT NULL" if column.not_null else "is generated"
    rule = rules.tables.get(key.relation)
    named = (
        "tables",
        policy_name(child),
        "null_orphan_fks" if rule and rule.null_orphan_fks else "orphan_rows",
    )
    return inputs.policy.finding(
        *(named if rule and rule.chosen_orphan_rows else ("orphan_rows",)),
        reason=f"the foreign key {key.name} of {child.qualified} cannot become NULL:"
        f" its column {rigid} {why}",
        remedy=f"Say orphan_rows: drop for {child.qualified}, which leaves such rows out, or"
        f" orphan_rows: refuse where {parent} is copied whole.",
    )


def _partial(catalog: Catalog, rules: Rules) -> frozenset[int]:
    """The roots of tables whose rows are not all copied."""
    return frozenset(
        _root(catalog, oid)
        for oid, rule in rules.tables.items()
        if rule.where is not None or oid in rules.empty
    )


def _referring(catalog: Catalog) -> frozenset[int]:
    return frozenset(key.relation for key in catalog.foreign_keys)


def _lineage(catalog: Catalog, oid: int) -> list[int]:
    return [relation.oid for relation in catalog.lineage(catalog.by_oid[oid])]


def _root(catalog: Catalog, oid: int) -> int:
    return catalog.root(catalog.by_oid[oid]).oid
