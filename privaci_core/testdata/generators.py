"""Runs a scenario's installed generators on its rows, and takes over what they change."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from privaci_core.masks.base.plugins import loaded
from privaci_core.masks.base.shape import Unbindable
from privaci_core.testdata.errors import SeedFailed
from privaci_core.testdata.given_values import given_text
from privaci_core.testdata.judge import faults

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from privaci_core.testdata.bundle import Row
    from privaci_core.testdata.filling import Filling
    from privaci_core.testdata.scenario import Scenario

    # Takes and returns, for every role, a list of its rows as column to value.
    Generator = Callable[..., dict[str, list[dict[str, Any]]]]

GENERATORS = "privaci.generators"


def plugin(group: str, name: str) -> Any:
    """An installed plugin; one that is missing or does not load is refused."""
    try:
        return loaded(group, name)
    except Unbindable as error:
        raise SeedFailed(f"Loading the plugin {name}", error.reason, error.remedy) from None


def generate(filling: Filling, scenario: Scenario, constraints: Mapping[str, Any]) -> list[Row]:
    """The rows as the generators leave them; each gets what the one before it returned."""
    shown: dict[str, list[dict[str, Any]]] = {role: [] for role in scenario.rows}
    for row in filling.rows:
        if row.role in shown:
            shown[row.role].append(dict(row.values))
    for name in scenario.generators:
        shown = _run(name, shown, constraints, filling.seed)
    changed = [_changed(filling, row, shown) for row in filling.rows]
    _judge(filling, changed)
    return changed


def _run(
    name: str,
    shown: dict[str, list[dict[str, Any]]],
    constraints: Mapping[str, Any],
    seed: str,
) -> dict[str, list[dict[str, Any]]]:
    generator: Generator = plugin(GENERATORS, name)
    context = f"Running the generator {name}"
    before = {role: len(rows) for role, rows in shown.items()}
    try:
        made = generator(shown, constraints=dict(constraints), seed=seed)
        after = {role: len(rows) for role, rows in made.items()}
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything, with values in it
        cause = f"it ended with {type(error).__name__}"
        raise SeedFailed(context, cause, "Correct the generator.") from None
    if after != before:
        raise SeedFailed(
            context,
            "it returned other roles, or another number of rows",
            "Let it change values only; the scenario says how many rows there are.",
        )
    return made


def _changed(filling: Filling, row: Row, shown: Mapping[str, list[dict[str, Any]]]) -> Row:
    if row.role not in shown:
        return row
    table = filling.facts.table(row.table)
    made = shown[row.role][row.number - 1]
    other = {name: value for name, value in made.items() if row.values.get(name, ...) != value}
    if not other:
        return row
    if row.found:
        raise SeedFailed(
            f"Running the generators on {row.role}",
            "they changed a row that the scenario finds",
            "Let them change created rows only.",
        )
    values = {**row.values, **{n: given_text(table, n, value) for n, value in other.items()}}
    return replace(row, values=values, key={name: values[name] or "" for name in row.key})


def _judge(filling: Filling, rows: list[Row]) -> None:
    """Refuse changed rows that a constraint forbids."""
    for name in dict.fromkeys(row.table for row in rows if not row.found):
        table = filling.facts.table(name)
        of_table = [row.values for row in rows if row.table == name and not row.found]
        found = faults(filling.connection, table, of_table)
        if found:
            raise SeedFailed(
                f"Running the generators on {name}",
                f"their rows break {found[0].constraint.name}",
                "Correct the generators.",
            )
