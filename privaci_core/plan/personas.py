"""Lets the names of a row be those of one person: an e-mail address or user name decides which."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from privaci_core.masks import Anchored
from privaci_core.policy import Fake, Json, Pseudonym
from privaci_core.policy.providers import ANCHORS, NAMES, OF_PERSONA, anchors_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from privaci_core.catalog.catalog import Place
    from privaci_core.masks import Shape
    from privaci_core.plan.inputs import Inputs
    from privaci_core.plan.linked_columns import LinkedColumns
    from privaci_core.plan.plan import ColumnPlan
    from privaci_core.plan.rules import ColumnRule
    from privaci_core.policy import Action, Finding

    # The masked columns of one table, by name.
    OfTable = Mapping[str, ColumnRule]

# What a column's name says of its kind; the rest says whose it is.
KIND_WORDS = re.compile(
    r"e[_-]?mail|mail|address|addr|user|login|nick|handle|display|first|last|given|family|full|sur"
    r"|fore|middle|name|[_\d]+",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Personas:
    """The rules with the personas that were chosen, and those that no row can follow."""

    rules: Mapping[Place, ColumnRule]
    findings: tuple[Finding, ...]


def choose_personas(
    inputs: Inputs,
    rules: Mapping[Place, ColumnRule],
    links: LinkedColumns,
    shapes: Mapping[Place, Shape],
) -> Personas:
    """Give detected names the persona of their row; refuse it where keys need other fakes."""
    free = {place: rule for place, rule in rules.items() if _is_free(inputs, place, links)}
    tables: dict[int, dict[str, ColumnRule]] = defaultdict(dict)
    for place, rule in rules.items():
        if _provider(rule) in OF_PERSONA and _holds_text(inputs, place, shapes):
            tables[place[0]][place[1]] = rule
    documented = {place[0] for place, rule in rules.items() if _names_people(rule)}
    # User names of several tables may refer to one another, though no key says so.
    logins = [place for place, rule in rules.items() if _provider(rule) == "username"]
    apart = len({inputs.at_root(place)[0] for place in logins}) > 1
    chosen = {
        (oid, name): _with_persona(rules[oid, name], anchor)
        for oid, table in tables.items()
        for name, anchor in (() if oid in documented else _chosen(table))
        if (oid, name) in free
        and not _must_differ(rules[oid, name], shapes[oid, name])
        and not (apart and (oid, name) in logins)
    }
    return Personas(rules={**rules, **chosen}, findings=tuple(_linked(inputs, rules, free)))


def anchored(plans: Mapping[Place, ColumnPlan]) -> dict[Place, ColumnPlan]:
    """Tell each column with a persona what masks the column that decides about it."""
    return {
        place: replace(plan, anchor=_anchor(plan.action, plans.get((place[0], persona))))
        if (persona := getattr(plan.action, "persona", None)) is not None
        else plan
        for place, plan in plans.items()
    }


def _anchor(action: Action, anchor: ColumnPlan | None) -> Anchored | None:
    """What masks an anchor that the action can follow: text, by its own value alone."""
    if anchor is None or anchor.is_array or not anchor.shape.is_text or anchor.shape.labels:
        return None
    deciding, following = anchor.action, getattr(action, "provider", "")
    if not isinstance(deciding, Fake | Pseudonym) or deciding.persona:
        return None
    if deciding.provider not in anchors_of(following):
        return None
    return Anchored(action=deciding, type_name=anchor.shape.type_name)


def _provider(rule: ColumnRule) -> str:
    return rule.action.provider if isinstance(rule.action, Fake | Pseudonym) else ""


def _names_people(rule: ColumnRule) -> bool:
    """Whether a document repeats names, which its mask knows by their values alone."""
    paths = rule.action.paths.values() if isinstance(rule.action, Json) else ()
    return any(getattr(action, "provider", "") in NAMES for action in paths)


def _holds_text(inputs: Inputs, place: Place, shapes: Mapping[Place, Shape]) -> bool:
    return shapes[place].is_text and not inputs.catalog.by_place[place].is_array


def _is_free(inputs: Inputs, place: Place, links: LinkedColumns) -> bool:
    """Whether no other table holds the column's values, but for partitions of its own."""
    root = inputs.at_root(place)[0]
    return all(inputs.at_root(other)[0] == root for other, _ in links.neighbours.get(place, ()))


def _must_differ(rule: ColumnRule, shape: Shape) -> bool:
    """Whether the column's fakes must be unique, which names of personas are not."""
    return shape.unique and _provider(rule) not in ANCHORS


def _with_persona(rule: ColumnRule, anchor: str) -> ColumnRule:
    return replace(rule, action=rule.action.model_copy(update={"persona": anchor}))


def _chosen(table: OfTable) -> Iterator[tuple[str, str]]:
    """The detected columns of a table that get a persona, and its anchor.

    The anchor is the one address, or else the one user name, that is called after the same person.
    Where that follows a name, the names stay by themselves.
    """
    anchors = _of_provider(table, "email") or _of_provider(table, "username")
    if any(getattr(table[name].action, "persona", None) for name in anchors):
        return
    detected = [name for name, rule in table.items() if rule.reason == "detected"]
    others = [name for name in detected if name not in anchors]
    people = {_whose(name) for name in others}
    for name in others:
        same = [anchor for anchor in anchors if _whose(anchor) == _whose(name)]
        if len(same) == 1:
            yield name, same[0]
        elif len(people) == len(anchors) == 1:
            yield name, anchors[0]


def _of_provider(table: OfTable, provider: str) -> list[str]:
    return [name for name, rule in table.items() if _provider(rule) == provider]


def _whose(name: str) -> str:
    """What is left of a column's name without the words that say what it holds."""
    return KIND_WORDS.sub("", name).lower()


def _linked(
    inputs: Inputs, rules: Mapping[Place, ColumnRule], free: Mapping[Place, ColumnRule]
) -> Iterator[Finding]:
    """Personas of columns that a key links to others, which would get other fakes."""
    for place, rule in rules.items():
        if getattr(rule.action, "persona", None) and place not in free and rule.reason == "rule":
            yield inputs.finding(
                place,
                reason="a key links the column to others, which have no such person in their rows",
                remedy="Leave persona out.",
            )
