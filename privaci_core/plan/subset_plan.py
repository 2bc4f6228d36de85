"""Plans which rows a subset has: its starts, its edges, and the tables that come whole or empty."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from privaci_core.plan.inputs import policy_name
from privaci_core.plan.subset import Start, SubsetPlan
from privaci_core.plan.subset_edges import edges_of
from privaci_core.plan.subset_findings import findings_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from privaci_core.catalog.catalog import Catalog
    from privaci_core.plan.inputs import Inputs
    from privaci_core.plan.rules import Rules
    from privaci_core.plan.subset import Edge
    from privaci_core.policy import Finding
    from privaci_core.policy.subset import Subset


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedSubset:
    """The subset that a policy asks for, if it asks for one."""

    subset: SubsetPlan | None = None
    findings: tuple[Finding, ...] = ()


def plan_subset(inputs: Inputs, rules: Rules) -> PlannedSubset:
    """Plan the subset of a policy; what does not fit the source becomes findings."""
    subset = inputs.policy.subset
    if subset is None:
        return PlannedSubset()
    edges = edges_of(inputs, subset)
    findings = tuple(findings_of(inputs, rules, subset, edges))
    if findings:
        return PlannedSubset(findings=findings)
    return PlannedSubset(subset=_planned(inputs, rules, subset, edges))


def _planned(inputs: Inputs, rules: Rules, subset: Subset, edges: tuple[Edge, ...]) -> SubsetPlan:
    catalog = inputs.catalog
    starts = tuple(_starts(catalog, subset))
    begin = {start.table for start in starts}
    copied = [edge for edge in edges if _are_copied(catalog, rules, edge)]
    ways = [_roots(catalog, edge) for edge in copied]
    tied = _reached(begin, [*ways, *((child, parent) for parent, child in ways)])
    roots = _with_rows(catalog, rules)
    edges = tuple(edge for edge in copied if {*_roots(catalog, edge)} <= roots)
    downwards = [_roots(catalog, edge) for edge in edges if edge.down]
    whole, untied = _whole(catalog, subset) & roots, roots - tied
    return SubsetPlan(
        starts=starts,
        edges=edges,
        whole=whole,
        whole_below=subset.whole_below,
        filtered=frozenset(_reached(begin, downwards)),
        untied=untied,
        empty=untied - whole if subset.rest == "empty" else frozenset(),
        match=subset.match,
    )


def _starts(catalog: Catalog, subset: Subset) -> Iterable[Start]:
    named = {policy_name(relation): relation for relation in catalog.roots}
    for start in subset.start:
        yield Start(
            table=named[start.table].qualified,
            where=start.where,
            percent=start.percent,
            rows=start.rows,
            may_be_empty=start.may_be_empty,
        )


def _roots(catalog: Catalog, edge: Edge) -> tuple[str, str]:
    """The tables at the top of an edge's parent and of its child."""
    return catalog.root_name(edge.parent), catalog.root_name(edge.child)


def _are_copied(catalog: Catalog, rules: Rules, edge: Edge) -> bool:
    """Whether the target gets both tables of an edge."""
    ends = {catalog.by_name[edge.child].oid, catalog.by_name[edge.parent].oid}
    return not ends & rules.excluded


def _with_rows(catalog: Catalog, rules: Rules) -> frozenset[str]:
    """The roots of all tables that get rows."""
    without = rules.excluded | rules.empty
    return frozenset(
        catalog.root(relation).qualified
        for relation in catalog.tables
        if relation.oid not in without
    )


def _reached(begin: Collection[str], ways: Iterable[tuple[str, str]]) -> set[str]:
    """The tables that ways lead to, however far, and where they begin."""
    following: dict[str, list[str]] = {}
    for one, other in ways:
        following.setdefault(one, []).append(other)
    found, waiting = set(begin), list(begin)
    while waiting:
        for other in following.get(waiting.pop(), ()):
            if other not in found:
                found.add(other)
                waiting.append(other)
    return found


def _whole(catalog: Catalog, subset: Subset) -> frozenset[str]:
    """The tables that the policy's names and patterns mean."""
    return frozenset(
        relation.qualified
        for relation in catalog.roots
        if any(fnmatchcase(policy_name(relation), pattern) for pattern in subset.whole)
    )
