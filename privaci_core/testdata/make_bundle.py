"""Makes the rows of one request: finds what exists, fills what is new, and writes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from privaci_core.policy.findings import PLAIN_KEY, suggest
from privaci_core.testdata.bundle import Bundle, Row
from privaci_core.testdata.errors import BadConstraint
from privaci_core.testdata.fill import create_rows
from privaci_core.testdata.filling import Filling
from privaci_core.testdata.find_rows import find_rows
from privaci_core.testdata.fits import refuse_misfit
from privaci_core.testdata.generators import generate
from privaci_core.testdata.given_values import given_text
from privaci_core.testdata.mistakes import given, in_order
from privaci_core.testdata.referring import meant
from privaci_core.testdata.savepoint import set_savepoint
from privaci_core.testdata.scenario import Create
from privaci_core.testdata.templates import reference_in, resolved

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from psycopg.sql import Composable

    from privaci_core.postgres.session import Connection
    from privaci_core.testdata.scenario import Find, Scenario
    from privaci_core.testdata.target_facts import TargetFacts
    from privaci_core.testdata.templates import Reference


def make_bundle(  # noqa: PLR0913 - what a request is, each by its name
    connection: Connection,
    facts: TargetFacts,
    scenario: Scenario,
    constraints: Mapping[str, Any],
    *,
    run: str,
    seed: str,
    taken: Composable,
) -> Bundle:
    """The rows of a request, in the caller's transaction; only sequences move.

    `taken` is a relation, or a query in brackets, of the rows that other runs reserved or created:
    its columns are `relation` (text) and `key` (jsonb), as `Row` has them.
    """
    values = with_defaults(scenario, constraints)
    refuse_misfit(scenario, facts)
    filling = Filling(
        connection=connection, facts=facts, seed=seed, taken=taken, made_up=scenario.made_up
    )
    set_savepoint(connection)
    for role in in_order(scenario):
        rule = scenario.rows[role]
        if isinstance(rule, Create):
            table = facts.table(rule.table)
            beginnings = [
                _beginning(filling, rule, scenario, values, number)
                for number in range(1, rule.count + 1)
            ]
            create_rows(filling, table, role, beginnings)
        else:
            _find(filling, role, rule, scenario, values)
    rows = generate(filling, scenario, values) if scenario.generators else filling.rows
    return Bundle(scenario_id=scenario.scenario_id, run=run, seed=seed, rows=tuple(rows))


def with_defaults(scenario: Scenario, constraints: Mapping[str, Any]) -> dict[str, Any]:
    """The constraints of a request over those of its scenario; refuses unknown ones."""
    known = scenario.default_constraints
    unknown = [name for name in constraints if name not in known]
    if unknown:
        near = suggest(unknown[0], known) if known else "The scenario has no constraints."
        # What is no name may be a value in the wrong place.
        shown = [name for name in unknown if PLAIN_KEY.fullmatch(name)] or ["as the request's"]
        raise BadConstraint(
            f"Reading the constraints of {scenario.scenario_id}",
            f"it has no constraint named {', '.join(shown)}",
            near,
        )
    return {**known, **constraints}


def _find(
    filling: Filling, role: str, rule: Find, scenario: Scenario, values: Mapping[str, Any]
) -> list[Row]:
    table = filling.facts.table(rule.table)
    where = {
        column: resolved(value, values, _looking_up(filling, scenario, rule, column, 1))
        for column, value in rule.where.items()
    }
    return find_rows(filling, role, rule, table, where)


def _beginning(
    filling: Filling, rule: Create, scenario: Scenario, values: Mapping[str, Any], number: int
) -> dict[str, str | None]:
    """What a scenario says of a new row, with the rest of the keys that it refers by."""
    table = filling.facts.table(rule.table)
    begun: dict[str, str | None] = {}
    for column, value in given(rule).items():
        filled = resolved(value, values, _looking_up(filling, scenario, rule, column, number))
        begun[column] = given_text(table, column, filled)
    for column, value in list(given(rule).items()):
        reference = reference_in(value)
        if reference is not None and reference.column is None:
            other = filling.facts.table(scenario.rows[reference.role].table)
            row = filling.of_role(reference.role, number)
            for name, of in meant(filling.facts, table, column, other)[1].items():
                begun.setdefault(name, row.values[of])
    return begun


def _looking_up(
    filling: Filling, scenario: Scenario, rule: Find | Create, column: str, number: int
) -> Callable[[Reference], str | None]:
    """Finds the value that a reference means, in the role's row that goes with this number."""

    def look_up(reference: Reference) -> str | None:
        row = filling.of_role(reference.role, number)
        other = filling.facts.table(scenario.rows[reference.role].table)
        table = filling.facts.table(rule.table)
        name = reference.column or meant(filling.facts, table, column, other)[0]
        return None if name is None else row.values.get(name)

    return look_up
