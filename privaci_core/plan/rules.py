"""Reads from the policy the rule of each table and of each column that it lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from privaci_core.plan.inputs import policy_name
from privaci_core.policy import Passthrough, suggest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from privaci_core.catalog.catalog import Catalog, Column, Place, Relation
    from privaci_core.plan.inputs import Inputs
    from privaci_core.policy import Action, Finding, Policy, TableRule

Reason = Literal["rule", "inherited by key", "detected", "unlisted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnRule:
    """What happens to a column, why, and on what condition."""

    action: Action
    reason: Reason
    when: str | None = None
    # What shows that the column is personal, where detection chose the action.
    evidence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The rule of each table, its own or its parent's, and of each listed column."""

    tables: Mapping[int, TableRule]
    columns: Mapping[Place, ColumnRule]
    # Tables that the target does not get at all, and those that it gets without rows.
    excluded: frozenset[int]
    empty: frozenset[int]
    findings: tuple[Finding, ...]


def read_rules(inputs: Inputs) -> Rules:
    """Match the policy with the catalog; names that the source lacks become findings."""
    catalog, policy = inputs.catalog, inputs.policy
    rules = table_rules(catalog, policy)
    excluded = _of_strategy(rules, "exclude")
    return Rules(
        tables=rules,
        columns=dict(_column_rules(catalog, policy)),
        excluded=excluded,
        empty=_of_strategy(rules, "empty", "truncate"),
        findings=(*_needed_tables(inputs, excluded), *_misplaced_rules(catalog, policy)),
    )


def table_rules(catalog: Catalog, policy: Policy) -> dict[int, TableRule]:
    """Each table's own rule, or that of the nearest partitioned table above it."""
    rules = {}
    for relation in catalog.row_tables:
        lineage = map(policy_name, catalog.lineage(relation))
        name = next((name for name in lineage if name in policy.tables), None)
        if name is not None:
            rules[relation.oid] = policy.tables[name]
    return rules


def tables_by_name(catalog: Catalog) -> dict[str, Relation]:
    """Tables, partitioned ones too, by the names that the policy gives them."""
    return {policy_name(relation): relation for relation in catalog.row_tables}


def listed_columns(policy: Policy, catalog: Catalog) -> frozenset[tuple[str, str, str]]:
    """The columns that need no sample: listed ones, and those of tables without rows."""
    rules = table_rules(catalog, policy)
    return frozenset(
        (relation.schema, relation.name, column.name)
        for relation in catalog.row_tables
        if (rule := rules.get(relation.oid))
        for column in catalog.columns.get(relation.oid, ())
        if column.name in rule.columns or rule.strategy != "transform"
    )


def _of_strategy(rules: Mapping[int, TableRule], *strategies: str) -> frozenset[int]:
    return frozenset(oid for oid, rule in rules.items() if rule.strategy in strategies)


def _column_rules(catalog: Catalog, policy: Policy) -> Iterator[tuple[Place, ColumnRule]]:
    tables = tables_by_name(catalog)
    for name, rule in policy.tables.items():
        if name not in tables:
            continue
        oid = tables[name].oid
        for column, action in rule.columns.items():
            if _refusal(catalog.by_place.get((oid, column)), action) is None:
                yield (oid, column), ColumnRule(action=action, reason="rule", when=action.when)


def _misplaced_rules(catalog: Catalog, policy: Policy) -> Iterator[Finding]:
    """Rules of tables and columns that the source lacks, and of columns that Postgres generates."""
    tables = tables_by_name(catalog)
    for name, rule in policy.tables.items():
        if name not in tables:
            reason, remedy = "the source has no such table", suggest(name, tables)
            yield policy.finding("tables", name, reason=reason, remedy=remedy)
            continue
        columns = {column.name: column for column in catalog.columns.get(tables[name].oid, ())}
        for column, action in rule.columns.items():
            refused = _refusal(columns.get(column), action)
            if refused is not None:
                path = ("tables", name, "columns", column)
                remedy = REMEDIES.get(refused) or suggest(column, columns)
                yield policy.finding(*path, reason=refused, remedy=remedy)


ABSENT, GENERATED = "the table has no such column", "the column is generated from others"
REMEDIES = {GENERATED: "Mask those; it follows by itself."}


def _refusal(column: Column | None, action: Action) -> str | None:
    """Why a column cannot have a rule."""
    if column is None:
        return ABSENT
    if column.generated and not isinstance(action, Passthrough):
        return GENERATED
    return None


def _needed_tables(inputs: Inputs, excluded: frozenset[int]) -> Iterator[Finding]:
    """Excluded tables to which a foreign key of a copied table refers."""
    for key in inputs.catalog.foreign_keys:
        if key.referenced in excluded and key.relation not in excluded:
            name = policy_name(inputs.catalog.by_oid[key.referenced])
            referencing = inputs.catalog.by_oid[key.relation].qualified
            yield inputs.policy.finding(
                "tables",
                name,
                "strategy",
                reason=f"the foreign key {key.name} of {referencing} needs the table",
                remedy=(
                    f"Use strategy: empty with orphan_rows: null or drop for {referencing}, or"
                    f" exclude {referencing} as well."
                ),
            )
