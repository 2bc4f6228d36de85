"""Plans a copy in one pass: each stage is a value that later stages take."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from privaci_core.plan.chosen_actions import choose_actions
from privaci_core.plan.column_aliases import resolve_aliases
from privaci_core.plan.column_conditions import compile_conditions
from privaci_core.plan.column_plans import plan_columns
from privaci_core.plan.column_shape import group_demands, shapes_of
from privaci_core.plan.document_references import kept_originals
from privaci_core.plan.foreseen import foresee_allowed, foresee_originals
from privaci_core.plan.inputs import Inputs, policy_name
from privaci_core.plan.linked_columns import link_columns
from privaci_core.plan.open_columns import find_open_columns
from privaci_core.plan.orphan_rows import choose_orphans
from privaci_core.plan.personas import choose_personas
from privaci_core.plan.plan import Plan
from privaci_core.plan.reference_masks import find_references
from privaci_core.plan.risk import plan_risk
from privaci_core.plan.ruled_columns import spread_rules
from privaci_core.plan.rules import read_rules
from privaci_core.plan.sink import plan_sink
from privaci_core.plan.subset_plan import plan_subset
from privaci_core.plan.table_plans import plan_tables
from privaci_core.plan.templates import check_templates
from privaci_core.policy import FindingsError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from privaci_core.catalog.catalog import Catalog, Place
    from privaci_core.detect.sample import Contents
    from privaci_core.detect.suspect import Suspicion
    from privaci_core.plan.open_columns import OpenColumns
    from privaci_core.plan.rules import ColumnRule
    from privaci_core.policy import Policy


def plan_copy(
    catalog: Catalog, policy: Policy, contents: Mapping[Place, Contents] | None = None
) -> Plan:
    """Plan what happens to every column; refuse a policy that does not fit, for every reason.

    `contents` is what samples showed of columns that the policy does not list.
    """
    inputs = Inputs(catalog=catalog, policy=policy, contents=contents or {})
    rules = read_rules(inputs)
    orphans = choose_orphans(inputs, rules)
    links = link_columns(inputs)
    aliases = resolve_aliases(inputs, rules.columns, links)
    ruled = spread_rules(inputs, replace(rules, columns=aliases.rules), links)
    opened = find_open_columns(inputs, rules, ruled)
    shapes = shapes_of(catalog)
    chosen = choose_actions(inputs, ruled, opened, links, shapes)
    personas = choose_personas(inputs, {**ruled.rules, **chosen.rules}, links, shapes)
    column_rules = personas.rules
    conditions = compile_conditions(inputs, column_rules, shapes)
    demands = group_demands(column_rules, links, shapes, aliases.pairs)
    columns = plan_columns(inputs, column_rules, demands, conditions)
    templates = check_templates(inputs, column_rules, opened)
    subset = plan_subset(inputs, rules)
    risk = plan_risk(inputs, rules)
    stages = (
        rules,
        orphans,
        links,
        ruled,
        opened,
        chosen,
        personas,
        conditions,
        columns,
        templates,
        subset,
        risk,
        plan_sink(inputs, rules),
    )
    findings = [finding for stage in stages for finding in stage.findings]
    if findings:
        raise FindingsError("Planning the copy", findings)
    return Plan(
        tables=plan_tables(inputs, rules, columns),
        excluded=_names(catalog, rules.excluded),
        nulls_orphans=orphans.nulls,
        drops_orphans=orphans.drops,
        follows_drops=orphans.follows,
        suspected=_suspected(inputs, opened, column_rules),
        warnings=(
            *aliases.warnings,
            *kept_originals(inputs, columns.plans),
            *foresee_allowed(inputs, column_rules),
        ),
        references=find_references(inputs, links, aliases, columns.plans),
        subset=subset.subset,
        risk=risk.risk,
    )


def _names(catalog: Catalog, relations: Collection[int]) -> frozenset[tuple[str, str]]:
    found = (catalog.by_oid[oid] for oid in relations)
    return frozenset((relation.schema, relation.name) for relation in found)


def _suspected(
    inputs: Inputs, opened: OpenColumns, rules: Mapping[Place, ColumnRule]
) -> tuple[tuple[str, str, Suspicion], ...]:
    """The columns that look personal, or have originals of others, and are copied unmasked.

    A strict policy has refused those that look personal.
    """
    looking = {} if inputs.policy.strict_autodetect else opened.suspicions
    named = {place for place, found in looking.items() if found.confidence != "low"}
    foreseen = foresee_originals(inputs, opened.places, rules, named)
    return tuple(
        (policy_name(inputs.catalog.by_oid[place[0]]), place[1], suspicion)
        for place, suspicion in {**looking, **foreseen}.items()
        if place not in rules
    )
