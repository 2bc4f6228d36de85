"""Judges a target, one function per check; each returns names and counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from privaci_core.policy import Passthrough, relation_name
from privaci_core.postgres.names import column_name
from privaci_core.prove.verdict import Verdict

if TYPE_CHECKING:
    from privaci_core.catalog.catalog import Catalog
    from privaci_core.policy import Policy
    from privaci_core.prove.evidence import Evidence


def all_columns_reviewed(evidence: Evidence) -> Verdict:
    """Name the columns that look personal and are copied without a rule."""
    return Verdict(
        differences={
            column_name(table, column): f"{found.kind} ({found.evidence})"
            for table, column, found in evidence.copy.plan.suspected
            if found.confidence != "low"
        }
    )


def passed_through(catalog: Catalog, policy: Policy) -> frozenset[str]:
    """Columns that the policy copies unmasked by name, each as `schema.table.column`."""
    return frozenset(
        column_name(relation.qualified, name)
        for relation in catalog.relations
        if (rule := policy.tables.get(relation_name(relation.schema, relation.name)))
        for name, action in rule.columns.items()
        if isinstance(action, Passthrough)
    )
