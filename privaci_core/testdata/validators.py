"""Checks the rows of a request before any of them is written; every rule is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from privaci_core.testdata.errors import Rejected
from privaci_core.testdata.generators import plugin
from privaci_core.testdata.mistakes import related_roles
from privaci_core.testdata.referring import keys_between
from privaci_core.testdata.rules import holding
from privaci_core.testdata.savepoint import set_savepoint
from privaci_core.testdata.scenario import Rule

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from privaci_core.postgres.session import Connection
    from privaci_core.testdata.bundle import Bundle, Row
    from privaci_core.testdata.scenario import Scenario
    from privaci_core.testdata.target_facts import TargetFacts

    # Gets the rows of every role as column to text form; True if they are right.
    Accepts = Callable[[Mapping[str, list[dict[str, str | None]]]], bool]

VALIDATORS = "privaci.validators"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a validator says of a bundle."""

    name: str
    message: str
    passed: bool


def check_bundle(
    connection: Connection, facts: TargetFacts, bundle: Bundle, scenario: Scenario
) -> tuple[Verdict, ...]:
    """The verdict of every validator, in the order of the scenario."""
    set_savepoint(connection)
    rows = {role: bundle.of_role(role) for role in scenario.rows}
    tables = {role: facts.table(rule.table) for role, rule in scenario.rows.items()}
    rules = [each.rule for each in scenario.validators if isinstance(each, Rule)]
    passed = dict(zip(rules, holding(connection, rules, tables, rows), strict=True))
    return tuple(
        Verdict(name=each.name, message=each.message or each.rule, passed=passed[each.rule])
        if isinstance(each, Rule)
        else _of_name(facts, scenario, each, rows)
        for each in scenario.validators
    )


def refuse_rejected(scenario: Scenario, verdicts: Sequence[Verdict]) -> None:
    """Raise an error that tells every rule that failed."""
    failed = [verdict for verdict in verdicts if not verdict.passed]
    if failed:
        told = [f"{each.name}: {each.message}" if each.message else each.name for each in failed]
        raise Rejected(
            f"Validating the rows of {scenario.scenario_id}",
            "\n    - ".join(["these validators failed", *told]),
            "Change the constraints of the request, or the scenario.",
        )


def _of_name(
    facts: TargetFacts, scenario: Scenario, name: str, rows: Mapping[str, Sequence[Row]]
) -> Verdict:
    roles = related_roles(scenario, name)
    if roles is not None:
        return _related(facts, scenario, name, roles, rows)
    accepts: Accepts = plugin(VALIDATORS, name)
    shown = {role: [dict(row.values) for row in each] for role, each in rows.items()}
    try:
        passed = accepts(shown) is True
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything, with values in it
        return Verdict(name=name, message=f"it ended with {type(error).__name__}", passed=False)
    return Verdict(name=name, message="the rows are not what it accepts", passed=passed)


def _related(
    facts: TargetFacts,
    scenario: Scenario,
    name: str,
    roles: tuple[str, str],
    rows: Mapping[str, Sequence[Row]],
) -> Verdict:
    """Whether each row of a role refers to a row of another one, by one of its foreign keys."""
    one, other = (facts.table(scenario.rows[role].table) for role in roles)
    keys = list(keys_between(facts, one, other))
    if not keys:
        message = f"{one.name} has no foreign key to {other.name}"
        return Verdict(name=name, message=message, passed=False)
    message = f"a row of {roles[0]} refers to no row of {roles[1]}"
    passed = all(
        any(
            all(
                row.values.get(mine) is not None and row.values.get(mine) == of.values.get(its)
                for mine, its in zip(key.columns, key.referenced_columns, strict=True)
            )
            for key in keys
            for of in rows[roles[1]]
        )
        for row in rows[roles[0]]
    )
    return Verdict(name=name, message=message, passed=passed)
