"""Spreads the rules of listed columns along links, so that linked columns are masked alike."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from privaci_core.plan.rules import ColumnRule

if TYPE_CHECKING:
    from collections.abc import Mapping

    from privaci_core.catalog.catalog import Place
    from privaci_core.plan.inputs import Inputs
    from privaci_core.plan.linked_columns import LinkedColumns
    from privaci_core.plan.rules import Rules
    from privaci_core.policy import Action, Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class RuledColumns:
    """The rule of each column that has one, by itself or through a link."""

    rules: Mapping[Place, ColumnRule]
    findings: tuple[Finding, ...]


def spread_rules(inputs: Inputs, rules: Rules, links: LinkedColumns) -> RuledColumns:
    """Give each column that is linked to a ruled one the same rule, and refuse two that differ."""
    found, waiting = dict(rules.columns), list(rules.columns)
    conflicts: list[tuple[Place, Place]] = []
    while waiting:
        place = waiting.pop()
        rule = found[place]
        for other, condition in links.neighbours.get(place, ()):
            known = found.get(other)
            if known is None:
                found[other] = _inherited(rule, condition)
                waiting.append(other)
            elif _differ(known.action, rule.action):
                # An unconditional link is seen from both of its ends.
                if place < other or condition:
                    conflicts.append((place, other))
            elif known.reason == "inherited by key" and known.when is not None:
                widened = _widened(known, rule, condition)
                if widened.when is None:
                    waiting.append(other)
                found[other] = widened
    return RuledColumns(
        rules=found, findings=tuple(_conflict(inputs, *places) for places in conflicts)
    )


def _inherited(rule: ColumnRule, condition: str | None) -> ColumnRule:
    return ColumnRule(action=rule.action, reason="inherited by key", when=condition or rule.when)


def _differ(one: Action, other: Action) -> bool:
    """Whether two actions give one value different fakes; their conditions make no difference."""
    return one.model_copy(update={"when": None}) != other.model_copy(update={"when": None})


def _widened(known: ColumnRule, rule: ColumnRule, condition: str | None) -> ColumnRule:
    """A column that refers to several masked keys is masked where it refers to any of them."""
    added = condition or rule.when
    if added is None or known.when is None:
        return replace(known, when=None)
    return replace(known, when=_either(known.when, added))


def _either(one: str, other: str) -> str:
    """The two conditions joined by `||`."""
    return one if other == one or f"({other})" in one else f"({one}) || ({other})"


def _conflict(inputs: Inputs, place: Place, other: Place) -> Finding:
    _, table, _, column = inputs.path(other)
    reason = f"it holds the same key as {table}.{column}, but has another rule"
    return inputs.finding(place, reason=reason, remedy="Give both the same rule, or remove one.")
