"""Compiles the conditions of column rules to SQL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from privaci_core.plan.condition_terms import ConditionError
from privaci_core.plan.conditions import compile_condition
from privaci_core.policy import Fake, Hash, Passthrough, Pseudonym

if TYPE_CHECKING:
    from collections.abc import Mapping

    from psycopg import sql

    from privaci_core.catalog.catalog import Place
    from privaci_core.masks import Shape
    from privaci_core.plan.inputs import Inputs
    from privaci_core.plan.rules import ColumnRule
    from privaci_core.policy import Finding

# Their fakes of text never equal a value that stays.
NEVER_REAL = (Fake, Pseudonym, Hash)


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnConditions:
    """The condition of each column that is masked only in some rows."""

    compiled: Mapping[Place, sql.Composable]
    findings: tuple[Finding, ...]


def compile_conditions(
    inputs: Inputs, rules: Mapping[Place, ColumnRule], shapes: Mapping[Place, Shape]
) -> ColumnConditions:
    """Compile each condition; one that does not fit its column becomes a finding."""
    compiled, findings = {}, []
    for place, rule in rules.items():
        if rule.when is None or isinstance(rule.action, Passthrough):
            continue
        # The column's own index decides; a key that it refers to says nothing about its own rows.
        if shapes[place].unique and not _never_real(rule, shapes[place]):
            findings.append(_meeting(inputs, place))
        try:
            columns = inputs.catalog.columns[place[0]]
            compiled[place] = compile_condition(rule.when, columns)
        except ConditionError as error:
            findings.append(inputs.finding(place, "when", reason=error.reason, remedy=error.remedy))
    return ColumnConditions(compiled=compiled, findings=tuple(findings))


def _never_real(rule: ColumnRule, shape: Shape) -> bool:
    return shape.is_text and isinstance(rule.action, NEVER_REAL)


def _meeting(inputs: Inputs, place: Place) -> Finding:
    return inputs.finding(
        place,
        "when",
        reason="a value that stays and a fake could meet in a unique column",
        remedy="Leave `when` out, or use hash on text.",
    )
