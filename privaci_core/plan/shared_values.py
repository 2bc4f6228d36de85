"""Suspects open columns of holding what is masked elsewhere, by the values that they share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from privaci_core.detect.by_contents import SOME
from privaci_core.detect.names_of_things import ENOUGH_SHARED, names_a_thing
from privaci_core.detect.suspect import Suspicion
from privaci_core.detect.table_context import languages_of
from privaci_core.masks.base.shape import TEXT
from privaci_core.plan.foreseen import masked_prints
from privaci_core.policy import Fake

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from privaci_core.catalog.catalog import Place
    from privaci_core.plan.inputs import Inputs
    from privaci_core.plan.rules import ColumnRule

# What tells who somebody is in whichever column it stands.
TELLING = frozenset({"full_name", "email", "phone", "username", "iban", "ssn"})
# Longer values are texts that mention others.
MOST_WORDS = 3.5


def suspect_shared(
    inputs: Inputs, places: Iterable[Place], rules: Mapping[Place, ColumnRule]
) -> dict[Place, Suspicion]:
    """The open columns of short values of which a masked column has a third and more.

    `assigned_to` says nothing by itself; with the names of the drivers in it, it does.
    """
    if not inputs.policy.auto_detect:
        return {}
    masked, spoken = dict(_telling_prints(inputs, rules)), languages_of(inputs.catalog)
    return {
        place: suspicion
        for place in places
        if (suspicion := _suspected(inputs, place, masked, spoken)) is not None
    }


def _telling_prints(
    inputs: Inputs, rules: Mapping[Place, ColumnRule]
) -> Iterator[tuple[int, tuple[str, Place]]]:
    for mark, place in masked_prints(inputs, rules):
        action = rules[place].action
        if isinstance(action, Fake) and action.provider in TELLING:
            yield mark, (action.provider, place)


def _suspected(
    inputs: Inputs,
    place: Place,
    masked: Mapping[int, tuple[str, Place]],
    spoken: tuple[str, ...],
) -> Suspicion | None:
    contents = inputs.contents.get(place)
    table = inputs.catalog.by_oid[place[0]]
    column = inputs.catalog.column(table, place[1])
    if contents is None or column is None or column.scalar_type not in TEXT:
        return None
    if contents.looks.words > MOST_WORDS:
        return None
    shared = [masked[each] for each in contents.prints if each in masked]
    if len(shared) < max(ENOUGH_SHARED, SOME * len(contents.prints)):
        return None
    if names_a_thing(place[1], table.name, spoken):
        return None
    kind, (oid, name) = max(set(shared), key=shared.count)
    evidence = f"it shares values with {inputs.catalog.by_oid[oid].qualified}.{name}"
    return Suspicion(kind=kind, confidence="high", evidence=evidence)
