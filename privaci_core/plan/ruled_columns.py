"""Spreads the rules of listed columns along links, so that linked columns are masked alike."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from privaci_core.plan.rules import ColumnRule
from privaci_core.postgres.names import column_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from privaci_core.catalog.catalog import Place
    from privaci_core.plan.inputs import Inputs
    from privaci_core.plan.linked_columns import LinkedColumns
    from privaci_core.plan.rules import Rules
    from privaci_core.policy import Action, Finding


# A column is masked where one of these is true; without any, in every row.
Conditions = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuledColumns:
    """The rule of each column that has one, by itself or through a link."""

    rules: Mapping[Place, ColumnRule]
    findings: tuple[Finding, ...]


def spread_rules(inputs: Inputs, rules: Rules, links: LinkedColumns) -> RuledColumns:
    """Give each column that is linked to a ruled one the same rule, and refuse two that differ."""
    found, waiting = dict(rules.columns), list(rules.columns)
    conditions = {place: _conditions(rule.when) for place, rule in found.items()}
    conflicts: dict[tuple[Place, Place], None] = {}
    while waiting:
        place = waiting.pop()
        rule = found[place]
        for other, condition in links.neighbours.get(place, ()):
            known, added = found.get(other), _conditions(condition) or conditions[place]
            if known is None:
                found[other] = ColumnRule(action=rule.action, reason="inherited by key")
                conditions[other] = added
                waiting.append(other)
            elif _differ(known.action, rule.action):
                # An unconditional link is seen from both of its ends.
                if place < other or condition:
                    conflicts[place, other] = None
            elif known.reason == "inherited by key":
                widened = _widened(conditions[other], added)
                if widened != conditions[other]:
                    conditions[other] = widened
                    waiting.append(other)
    ruled = {place: replace(rule, when=_when(conditions[place])) for place, rule in found.items()}
    findings = tuple(_conflict(inputs, *places) for places in conflicts)
    return RuledColumns(rules=ruled, findings=findings)


def _differ(one: Action, other: Action) -> bool:
    """Whether two actions give one value different fakes; their conditions make no difference."""
    return one.model_copy(update={"when": None}) != other.model_copy(update={"when": None})


def _conditions(when: str | None) -> Conditions:
    return () if when is None else (when,)


def _widened(conditions: Conditions, added: Conditions) -> Conditions:
    """A column that refers to several masked keys is masked where it refers to any of them."""
    if not conditions or not added:
        return ()
    return tuple(dict.fromkeys((*conditions, *added)))


def _when(conditions: Conditions) -> str | None:
    """The conditions joined by `||`."""
    if len(conditions) > 1:
        return " || ".join(f"({condition})" for condition in conditions)
    return next(iter(conditions), None)


def _conflict(inputs: Inputs, place: Place, other: Place) -> Finding:
    _, table, _, column = inputs.path(other)
    reason = f"it holds the same key as {column_name(table, column)}, but has another rule"
    return inputs.finding(place, reason=reason, remedy="Give both the same rule, or remove one.")
