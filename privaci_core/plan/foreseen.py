"""Foresees which open columns have originals of masked ones, so that their copy will be stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from privaci_core.detect.suspect import Suspicion
from privaci_core.policy import Fake, Fpe, Hash, HmacHash, Pseudonym

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from privaci_core.catalog.catalog import Place
    from privaci_core.plan.inputs import Inputs
    from privaci_core.plan.rules import ColumnRule

REPLACING = (Fake, Pseudonym, Hash, HmacHash, Fpe)
# What many people share is not searched for.
SHARED = frozenset({"city", "country", "job_title", "postcode", "user_agent", "dob"})


def foresee_originals(
    inputs: Inputs, places: Iterable[Place], rules: Mapping[Place, ColumnRule]
) -> dict[Place, Suspicion]:
    """The open columns whose sample has values of a masked column's sample, and of which."""
    masked = dict(masked_prints(inputs, rules))
    found = {}
    for place in places:
        contents = inputs.contents.get(place)
        if contents is None or place in rules:
            continue
        origins = [masked[each] for each in contents.prints if each in masked]
        if origins:
            found[place] = _suspicion(inputs, max(set(origins), key=origins.count), len(origins))
    return found


def masked_prints(inputs: Inputs, rules: Mapping[Place, ColumnRule]) -> Iterator[tuple[int, Place]]:
    """What stands for sampled values of masked columns, each with its column."""
    for place, rule in rules.items():
        action, contents = rule.action, inputs.contents.get(place)
        if contents is None or not isinstance(action, REPLACING) or action.when is not None:
            continue
        if isinstance(action, Fake | Pseudonym) and action.provider in SHARED:
            continue
        yield from ((each, place) for each in contents.prints)


def _suspicion(inputs: Inputs, origin: Place, count: int) -> Suspicion:
    name = f"{inputs.catalog.by_oid[origin[0]].qualified}.{origin[1]}"
    values = "a sampled value" if count == 1 else f"{count} sampled values"
    evidence = f"{values} of {name}, which is masked; the search for originals will find them"
    return Suspicion(kind="originals", confidence="medium", evidence=evidence)
