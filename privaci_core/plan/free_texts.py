"""Masks open texts that name people for certain, or that repeat masked values of their rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from privaci_core.detect.by_contents import surely_tells
from privaci_core.detect.choose_mask import fits, mask_of_texts
from privaci_core.detect.names_of_things import names_a_firm
from privaci_core.detect.recognise import PROSE_WORDS
from privaci_core.plan.foreseen import REPLACING, masked_prints
from privaci_core.plan.rules import ColumnRule
from privaci_core.plan.text_costs import reading_time
from privaci_core.policy import Fake
from privaci_core.postgres.names import spelled

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from privaci_core.catalog.catalog import Place
    from privaci_core.detect.sample import Contents
    from privaci_core.masks import Shape
    from privaci_core.plan.inputs import Inputs
    from privaci_core.policy import Action

# In so many of its rows a text repeats a masked value; the search for originals would find them.
REPEATED = 0.01
# So many masked values of other tables tell as much.
TOLD = 2
FIRM = Fake(action="fake", provider="company")


def mask_free_texts(
    inputs: Inputs,
    places: Iterable[Place],
    rules: Mapping[Place, ColumnRule],
    shapes: Mapping[Place, Shape],
) -> dict[Place, ColumnRule]:
    """Rules for the open columns of texts that would bring people into the target.

    The actions are chosen by what is known: `rules` are those of all other columns.
    """
    found, originals = {}, dict(masked_prints(inputs, rules))
    for place in places:
        evidence = _evidence(inputs, place, rules) or _elsewhere(inputs, place, originals)
        if not evidence:
            continue
        action = _mask_of(inputs, place, shapes[place])
        if fits(action, shapes[place]):
            evidence += reading_time(inputs, place, action)
            found[place] = ColumnRule(action=action, reason="detected", evidence=evidence)
    return found


def _mask_of(inputs: Inputs, place: Place, shape: Shape) -> Action:
    """Another firm, where a firm's name has its owner's; else what masks words inside of texts."""
    table, looks = inputs.catalog.by_oid[place[0]], inputs.contents[inputs.at_root(place)].looks
    is_firm = looks.words < PROSE_WORDS and names_a_firm(place[1], table.name)
    return FIRM if is_firm and fits(FIRM, shape) else mask_of_texts(shape)


def _evidence(inputs: Inputs, place: Place, rules: Mapping[Place, ColumnRule]) -> str:
    """Why a column's texts are masked; empty where they are not."""
    contents = inputs.contents.get(inputs.at_root(place))
    if contents is None or not inputs.policy.auto_detect:
        return ""
    repeated = dict(_repeated(contents, place, rules))
    if repeated:
        most = max(repeated, key=repeated.__getitem__)
        return f"{repeated[most]:.0%} of its sampled texts repeat their row's {spelled(most)}"
    looks = contents.looks
    if surely_tells(looks):
        texts = f"{looks.telling:.0%} of {looks.distinct} sampled texts"
        return f"{texts} name people, addresses or numbers"
    return ""


def _elsewhere(inputs: Inputs, place: Place, originals: Mapping[int, Place]) -> str:
    """Which masked column of the database has values that are in a column's texts."""
    contents = inputs.contents.get(inputs.at_root(place))
    if contents is None or not inputs.policy.auto_detect:
        return ""
    origins = [originals[each] for each in contents.inside if each in originals]
    if len(origins) < TOLD:
        return ""
    origin = max(sorted(set(origins)), key=origins.count)
    return f"its sampled texts have values of {inputs.catalog.path_of(origin)}"


def _repeated(
    contents: Contents, place: Place, rules: Mapping[Place, ColumnRule]
) -> Iterator[tuple[str, float]]:
    """The masked columns whose values the texts repeat."""
    for name, share in contents.repeats.items():
        rule = rules.get((place[0], name))
        if share >= REPEATED and rule is not None and isinstance(rule.action, REPLACING):
            yield name, share
