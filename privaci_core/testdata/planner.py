"""Has an installed language model choose a scenario and its constraints; it sees no row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from privaci_core.policy.plugins import installed
from privaci_core.testdata.errors import PlannerMissing, SeedFailed
from privaci_core.testdata.generators import plugin
from privaci_core.testdata.scenario import Create

if TYPE_CHECKING:
    from collections.abc import Iterable

    from privaci_core.testdata.scenario import Scenario
    from privaci_core.testdata.target_facts import TargetFacts

PLANNERS = "privaci.planners"
# How a request names its planner: by this word, or by this word, a colon and a plugin's name.
LLM = "llm"


class Planner(Protocol):
    """A plugin: answers a request in words with a scenario's name and its constraints."""

    def __call__(
        self,
        request: str,
        *,
        constraints: Mapping[str, Any],
        scenarios: Sequence[Mapping[str, Any]],
        tables: Mapping[str, Mapping[str, str]],
    ) -> Mapping[str, Any]:
        """Choose; the answer is `{"scenario": name, "constraints": {name: value}}`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What a planner chose; it is validated as any request."""

    scenario: str
    constraints: dict[str, Any]


def plan(
    planner: str,
    request: str,
    constraints: Mapping[str, Any],
    scenarios: Iterable[Scenario],
    facts: TargetFacts,
) -> Planned:
    """What a request asks for: as it says by itself, or as a language model reads it."""
    if planner == "rule":
        return Planned(scenario=request, constraints=dict(constraints))
    name = _named(planner)
    chosen: Planner = plugin(PLANNERS, name)
    known = list(scenarios)
    context = f"Planning with {name}"
    try:
        answer = chosen(
            request,
            constraints=dict(constraints),
            scenarios=[_described(each) for each in known],
            tables=_tables(known, facts),
        )
        scenario, made = answer["scenario"], answer.get("constraints", {})
    except Exception as error:  # noqa: BLE001 - a plugin may raise anything, with texts in it
        cause = f"it ended with {type(error).__name__}"
        raise SeedFailed(context, cause, "Ask for the planner `rule`.") from None
    if not isinstance(scenario, str) or not isinstance(made, Mapping):
        cause = "its answer is not a scenario with constraints"
        raise SeedFailed(context, cause, "Ask for the planner `rule`.")
    # What the caller says himself stands.
    return Planned(scenario=scenario, constraints={**made, **constraints})


def _named(planner: str) -> str:
    """The plugin that is meant; a plain refusal where it is not installed."""
    known = sorted(installed(PLANNERS))
    kind, _, name = planner.partition(":")
    if kind == LLM and (name in known or (not name and len(known) == 1)):
        return name or known[0]
    cause = "no planner with a language model is installed"
    if kind != LLM:
        cause = "there is no such planner"
    elif known:
        cause = f"it is not said which planner is meant: {', '.join(known)}"
    raise PlannerMissing(
        "Planning a request",
        cause,
        f"Ask for the planner `rule`, or install a plugin of the group {PLANNERS}.",
    )


def _described(scenario: Scenario) -> dict[str, Any]:
    """What a model sees of a scenario; values of constraints are the author's, never a row's."""
    return {
        "scenario": scenario.scenario_id,
        "description": scenario.description,
        "domain": scenario.domain,
        "tags": list(scenario.tags),
        "constraints": dict(scenario.default_constraints),
        "rows": {
            role: {"create" if isinstance(rule, Create) else "find": rule.table}
            for role, rule in scenario.rows.items()
        },
    }


def _tables(scenarios: Sequence[Scenario], facts: TargetFacts) -> dict[str, dict[str, str]]:
    """The columns of the scenarios' tables with their types."""
    names = sorted({rule.table for scenario in scenarios for rule in scenario.rows.values()})
    return {
        name: {each.name: each.column.type for each in facts.tables[name].columns.values()}
        for name in names
        if name in facts.tables
    }
