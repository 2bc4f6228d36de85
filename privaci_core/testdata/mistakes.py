"""Finds what a scenario says of itself that cannot be: roles and constraints that it lacks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from privaci_core.policy.findings import Finding, suggest
from privaci_core.testdata.scenario import Create, Find, Scenario
from privaci_core.testdata.templates import constraints_in, references_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

RELATIONAL = re.compile(r"relational\.(?P<roles>.+_references_existing_.+)")
BETWEEN = "_references_existing_"


def mistakes(scenario: Scenario) -> Iterator[Finding]:
    """Every mistake that the file alone shows."""
    for role, rule in scenario.rows.items():
        for column, value in given(rule).items():
            path = ("rows", role, _word(rule), column)
            yield from _in_value(scenario, path, value)
    yield from _circles(scenario)
    for place, validator in enumerate(scenario.validators):
        if isinstance(validator, str) and RELATIONAL.fullmatch(validator):
            yield from _relational(scenario, place, validator)


def given(rule: Find | Create) -> Mapping[str, Any]:
    """What a scenario says of a role's columns."""
    return rule.where if isinstance(rule, Find) else rule.values


def _word(rule: Find | Create) -> str:
    return "where" if isinstance(rule, Find) else "values"


def _in_value(scenario: Scenario, path: tuple[str, ...], value: Any) -> Iterator[Finding]:
    for name in constraints_in(value):
        if name not in scenario.default_constraints:
            yield scenario.finding(
                *path,
                reason=f"there is no constraint `{name}`",
                remedy=_near(name, scenario.default_constraints, "default_constraints")
                + f" Write {{{{{name}}}}} if the text itself is meant.",
            )
    for reference in references_in(value):
        if reference.role not in scenario.rows:
            yield scenario.finding(
                *path,
                reason=f"there is no role `{reference.role}`",
                remedy=suggest(reference.role, scenario.rows)
                + f" Write @@{reference.role} if the text itself is meant.",
            )


def _near(name: str, known: Mapping[str, Any], key: str) -> str:
    return suggest(name, known) if known else f"Give it a value under {key}."


def needs(rule: Find | Create) -> list[str]:
    """The roles whose rows a role's values need, each once."""
    return list(dict.fromkeys(each.role for each in references_in(dict(given(rule)))))


def in_order(scenario: Scenario) -> list[str]:
    """The roles, each behind those that it needs; otherwise as in the file."""
    order: list[str] = []
    waiting = list(scenario.rows)
    while waiting:
        ready = [
            role
            for role in waiting
            if all(
                need in order or need not in scenario.rows for need in needs(scenario.rows[role])
            )
        ]
        if not ready:
            break
        order.append(ready[0])
        waiting.remove(ready[0])
    return order


def _circles(scenario: Scenario) -> Iterator[Finding]:
    order = in_order(scenario)
    left = [role for role in scenario.rows if role not in order]
    if left:
        role = left[0]
        needed = next(need for need in needs(scenario.rows[role]) if need in left)
        listed = ", ".join(f"`{each}`" for each in left)
        yield scenario.finding(
            "rows",
            role,
            reason=f"the roles {listed} need one another: `{role}` refers to `{needed}`",
            remedy="Leave one of the references out.",
        )


def _relational(scenario: Scenario, place: int, validator: str) -> Iterator[Finding]:
    if related_roles(scenario, validator) is None:
        yield scenario.finding(
            "validators",
            place,
            reason="the validator names a role that the scenario does not have",
            remedy="Write relational.<role>_references_existing_<role>. "
            + suggest("", scenario.rows),
        )


def related_roles(scenario: Scenario, validator: str) -> tuple[str, str] | None:
    """The role that refers and the role that is referred to, of a `relational` validator."""
    match = RELATIONAL.fullmatch(validator)
    text = match["roles"] if match else ""
    places = [found.start() for found in re.finditer(f"(?={BETWEEN})", text)]
    pairs = [(text[:place], text[place + len(BETWEEN) :]) for place in places]
    known = (pair for pair in pairs if set(pair) <= scenario.rows.keys())
    return next(known, None)
