"""Lists the columns that no rule of the policy names, though they look personal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from privaci_core.policy import relation_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from privaci_core.catalog.catalog import Catalog
    from privaci_core.plan.plan import Plan
    from privaci_core.policy import Finding, Policy

Fate = Literal["copied", "masked"]
GIVE_A_RULE = "Give it an action, passthrough if it may be seen."


def uncovered(plan: Plan, catalog: Catalog, policy: Policy) -> Iterator[tuple[Fate, Finding]]:
    """What becomes of each such column without a rule, and why it looks personal."""
    for table, column, suspicion in plan.suspected:
        why = f"{suspicion.confidence}: {suspicion.evidence}"
        reason = f"it is copied unmasked, and seems to hold {suspicion.kind} ({why})"
        yield "copied", _finding(policy, table, column, reason)
    masked = dict[tuple[str, str], str]()
    for part in plan.tables:
        root = catalog.root(catalog.by_name[part.name])
        for each in part.masked:
            if each.reason == "detected":
                name = relation_name(root.schema, root.name)
                masked.setdefault((name, each.name), each.evidence)
    for (table, column), evidence in masked.items():
        reason = f"no rule lists it; it is masked as detected ({evidence})"
        yield "masked", _finding(policy, table, column, reason)


def _finding(policy: Policy, table: str, column: str, reason: str) -> Finding:
    return policy.finding("tables", table, "columns", column, reason=reason, remedy=GIVE_A_RULE)
