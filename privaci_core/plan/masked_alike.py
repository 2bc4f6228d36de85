"""Masks open columns that hold the values of a masked one, though no key says so, as that one."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from privaci_core.detect.choose_mask import fits
from privaci_core.detect.value_words import numbers
from privaci_core.plan.foreseen import searched_values

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from privaci_core.catalog.catalog import Place
    from privaci_core.masks import Shape
    from privaci_core.plan.inputs import Inputs
    from privaci_core.plan.linked_columns import LinkedColumns
    from privaci_core.plan.rules import ColumnRule

# Fewer values, or a lesser share of a column's, are the same by chance; they are only named.
FEWEST, SHARE = 2, 0.5


def mask_alike(
    inputs: Inputs,
    places: Iterable[Place],
    rules: Mapping[Place, ColumnRule],
    links: LinkedColumns,
    shapes: Mapping[Place, Shape],
) -> dict[Place, ColumnRule]:
    """Rules for open columns that the search for originals would find full of masked values."""
    masked = dict(searched_values(inputs, rules))
    found = {}
    for place in places if inputs.policy.auto_detect else ():
        contents = inputs.contents.get(inputs.at_root(place))
        if contents is None or shapes[place].unique or not _is_apart(inputs, place, links):
            continue
        own = numbers(contents.searched)
        origins = Counter(masked[each] for each in own if each in masked)
        if origins.total() < max(FEWEST, SHARE * len(own)):
            continue
        ((origin, _),) = origins.most_common(1)
        rule = _as(inputs, origin, rules[origin])
        if fits(rule.action, shapes[place]):
            found[place] = rule
    return found


def _is_apart(inputs: Inputs, place: Place, links: LinkedColumns) -> bool:
    """Whether no key links the column to others, but for those of its partitions."""
    own = inputs.at_root(place)
    return all(inputs.at_root(other) == own for other in links.reachable(place))


def _as(inputs: Inputs, origin: Place, rule: ColumnRule) -> ColumnRule:
    """The rule of another column; who a row's person is depends on the row."""
    action = rule.action
    if getattr(action, "persona", None):
        action = action.model_copy(update={"persona": None})
    evidence = f"its sampled values are those of {inputs.catalog.path_of(origin)}, which is masked"
    return replace(rule, action=action, reason="detected", evidence=evidence)
