"""Foresees which open columns have originals of masked ones, so that their copy will be stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from privaci_core.detect.suspect import Suspicion
from privaci_core.detect.value_words import numbers
from privaci_core.policy import Fake, Fpe, Hash, HmacHash, Passthrough, Pseudonym

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence

    from privaci_core.catalog.catalog import Place
    from privaci_core.detect.sample import Contents
    from privaci_core.plan.inputs import Inputs
    from privaci_core.plan.rules import ColumnRule

# Actions whose originals are searched for in all of the target.
REPLACING = (Fake, Pseudonym, Hash, HmacHash, Fpe)
# What many people share is not searched for.
SHARED = frozenset({"city", "country", "job_title", "postcode", "user_agent", "dob"})


def foresee_originals(
    inputs: Inputs,
    places: Iterable[Place],
    rules: Mapping[Place, ColumnRule],
    named: Container[Place],
) -> dict[Place, Suspicion]:
    """The open columns whose sample has values of a masked column's sample, and of which.

    Words of such values are enough where a column is not named for another reason.
    """
    masked, searched = dict(masked_prints(inputs, rules)), dict(searched_values(inputs, rules))
    found = {}
    for place in places:
        contents = inputs.contents.get(place)
        if contents is None or place in rules:
            continue
        origins = [masked[each] for each in contents.prints if each in masked]
        if not origins and place not in named:
            words = numbers(contents.words)
            origins = [searched[each] for each in words if each in searched]
        if origins:
            evidence = f"{_values_of(inputs, origins)}; the search for originals will find them"
            found[place] = Suspicion(kind="originals", confidence="medium", evidence=evidence)
    return found


def foresee_allowed(inputs: Inputs, rules: Mapping[Place, ColumnRule]) -> Iterator[str]:
    """A note on each column with originals of masked ones that `passthrough` lets stay."""
    masked = {**dict(searched_values(inputs, rules)), **dict(masked_prints(inputs, rules))}
    for place, rule in rules.items():
        contents = inputs.contents.get(place)
        if contents is None or not isinstance(rule.action, Passthrough):
            continue
        kept = contents.prints or numbers(contents.searched)
        origins = [masked[each] for each in kept if each in masked]
        if origins:
            name, values = inputs.catalog.path_of(place), _values_of(inputs, origins)
            yield f"COLUMN {name}: passthrough keeps {values}; the search for originals will warn."


def masked_prints(inputs: Inputs, rules: Mapping[Place, ColumnRule]) -> Iterator[tuple[int, Place]]:
    """What stands for sampled values of masked columns, each with its column."""
    for place, contents in _replaced(inputs, rules):
        yield from ((each, place) for each in contents.prints)


def searched_values(
    inputs: Inputs, rules: Mapping[Place, ColumnRule]
) -> Iterator[tuple[int, Place]]:
    """What the search looks for of masked columns, each with its column."""
    for place, contents in _replaced(inputs, rules):
        yield from ((each, place) for each in numbers(contents.searched))


def _replaced(
    inputs: Inputs, rules: Mapping[Place, ColumnRule]
) -> Iterator[tuple[Place, Contents]]:
    """The columns whose originals are searched for in all of the target."""
    for place, rule in rules.items():
        action, contents = rule.action, inputs.contents.get(place)
        if contents is None or not isinstance(action, REPLACING) or action.when is not None:
            continue
        if not isinstance(action, Fake | Pseudonym) or action.provider not in SHARED:
            yield place, contents


def _values_of(inputs: Inputs, origins: Sequence[Place]) -> str:
    """How many sampled values are a masked column's, and which column's most are."""
    most = max(sorted(set(origins)), key=origins.count)
    values = "a sampled value" if len(origins) == 1 else f"{len(origins)} sampled values"
    return f"{values} of {inputs.catalog.path_of(most)}, which is masked"
