"""Checks a scenario against the target's tables: every table and column that it names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from privaci_core.plan.condition_terms import ConditionError
from privaci_core.policy.findings import suggest
from privaci_core.testdata.load_scenario import ScenarioError
from privaci_core.testdata.mistakes import given
from privaci_core.testdata.referring import meant
from privaci_core.testdata.rules import compiled
from privaci_core.testdata.scenario import Create, Rule
from privaci_core.testdata.templates import references_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from privaci_core.policy.findings import Finding
    from privaci_core.testdata.scenario import Find, Scenario
    from privaci_core.testdata.table_facts import TableFacts
    from privaci_core.testdata.target_facts import TargetFacts
    from privaci_core.testdata.templates import Reference


def refuse_misfit(scenario: Scenario, facts: TargetFacts) -> None:
    """Refuse a scenario that the target has no tables or columns for; tell all at once."""
    findings = list(misfits(scenario, facts))
    if findings:
        raise ScenarioError(f"Checking the scenario {scenario.scenario_id}", findings)


def misfits(scenario: Scenario, facts: TargetFacts) -> Iterator[Finding]:
    """What the scenario names and the target does not have."""
    tables = {}
    for role, rule in scenario.rows.items():
        word = "create" if isinstance(rule, Create) else "find"
        if rule.table in facts.tables:
            tables[role] = facts.tables[rule.table]
            yield from _keyless(scenario, role, rule, tables[role])
        else:
            yield scenario.finding(
                "rows",
                role,
                word,
                reason=f"the target has no table {rule.table}",
                remedy=suggest(rule.table, facts.tables),
            )
    for role, rule in scenario.rows.items():
        if role in tables:
            yield from _columns(scenario, facts, tables, role, rule)
    if len(tables) == len(scenario.rows):
        yield from _rules(scenario, tables)


def _keyless(
    scenario: Scenario, role: str, rule: Find | Create, table: TableFacts
) -> Iterator[Finding]:
    if isinstance(rule, Create) and not table.filled:
        yield scenario.finding(
            "rows",
            role,
            "create",
            reason=f"{table.name} has no column by which a reset finds its rows again",
            remedy="Name another table.",
        )
    if not isinstance(rule, Create) and not table.row_key:
        yield scenario.finding(
            "rows",
            role,
            "find",
            reason=f"{table.name} has no key by which its rows are told apart",
            remedy="Name a table with a primary key, or a unique key that is never NULL.",
        )


def _columns(
    scenario: Scenario,
    facts: TargetFacts,
    tables: dict[str, TableFacts],
    role: str,
    rule: Find | Create,
) -> Iterator[Finding]:
    table = tables[role]
    word = "values" if isinstance(rule, Create) else "where"
    for column, value in given(rule).items():
        path = ("rows", role, word, column)
        known = table.columns.get(column)
        if known is None:
            reason = f"{table.name} has no column {column}"
            yield scenario.finding(*path, reason=reason, remedy=suggest(column, table.columns))
            continue
        if known.is_generated and isinstance(rule, Create):
            reason = f"the server computes {table.name}.{column}"
            yield scenario.finding(*path, reason=reason, remedy="Leave it out.")
        for reference in references_in(value):
            if reference.role in tables:
                yield from _reference(scenario, facts, tables, path, reference)


def _reference(
    scenario: Scenario,
    facts: TargetFacts,
    tables: dict[str, TableFacts],
    path: tuple[str, ...],
    reference: Reference,
) -> Iterator[Finding]:
    """What is wrong with a reference to a role whose table is known."""
    _, role, _, column = path
    other, rule = tables[reference.role], scenario.rows[reference.role]
    if reference.column is None:
        if meant(facts, tables[role], column, other)[0] is None:
            reason = f"{other.name} has no key of one column that @{reference.role} could mean"
            remedy = f"Write @{reference.role}.column."
            yield scenario.finding(*path, reason=reason, remedy=remedy)
    elif reference.column not in other.columns:
        reason = f"{other.name} has no column {reference.column}"
        remedy = suggest(reference.column, other.columns)
        yield scenario.finding(*path, reason=reason, remedy=remedy)
    elif isinstance(rule, Create) and other.columns[reference.column].is_generated:
        reason = f"the server computes {other.name}.{reference.column} when the row is written"
        yield scenario.finding(*path, reason=reason, remedy="Name another column.")


def _rules(scenario: Scenario, tables: dict[str, TableFacts]) -> Iterator[Finding]:
    for place, validator in enumerate(scenario.validators):
        if isinstance(validator, Rule):
            try:
                compiled(validator.rule, tables)
            except ConditionError as error:
                yield scenario.finding(
                    "validators", place, "rule", reason=error.reason, remedy=error.remedy
                )
