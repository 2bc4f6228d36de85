"""Tells columns of names of things, and lowers what looks like a person's name but is one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from privaci_core.detect.by_contents import HALF, NAMES_OF_PEOPLE, Suspicion
from privaci_core.detect.column_names import THING
from privaci_core.detect.sample import Contents
from privaci_core.detect.split_name import split_name
from privaci_core.detect.table_context import about
from privaci_core.postgres.names import column_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from privaci_core.catalog.catalog import Catalog, Place

# Fewer shared values may be a sole trader's name, or an accident.
ENOUGH_SHARED = 3
NO_CONTENTS = Contents()
# What a column is called that names firms, without accents.
FIRMS = frozenset(
    (
        *("company", "companies", "firm", "firms", "business", "employer", "employers", "shop"),
        *("organization", "organizations", "organisation", "organisations", "distributor"),
        *("vendor", "vendors", "supplier", "suppliers", "firma", "firmen", "unternehmen"),
        *("betrieb", "arbeitgeber", "lieferant", "entreprise", "societe", "fournisseur"),
        *("employeur", "empresa", "compania", "proveedor", "azienda", "ditta", "fornitore"),
        "fornecedor",
    )
)


def names_a_thing(column: str, table: str, spoken: tuple[str, ...]) -> bool:
    """Whether a column holds names of things, by its own words or by its table's."""
    meanings = [word.meaning for word in split_name(column, spoken)]
    is_bare = set(meanings) <= {"name", "display", "title"}
    return THING in meanings or (is_bare and about(table, spoken) == "things")


def names_a_firm(column: str, table: str) -> bool:
    """Whether a column holds names of firms, by its own words, or a bare one in a table of them."""
    words = split_name(column)
    is_bare = {word.meaning for word in words} <= {"name", "display", "title"}
    named = {word.text for word in (*words, *(split_name(table) if is_bare else ()))}
    return not FIRMS.isdisjoint(named)


def lower_names_of_things(
    catalog: Catalog,
    contents: Mapping[Place, Contents],
    spoken: tuple[str, ...],
    found: Mapping[Place, Suspicion],
) -> dict[Place, Suspicion]:
    """Name only, instead of mask, what shares its values with a column of names of things.

    A `ship_name` whose values are names of the companies beside it is a company's. Values that look
    like names of people are a person's, wherever else they are.
    """
    things = dict(_prints_of_things(catalog, contents, spoken)) if contents else {}
    return {
        place: _lowered(suspicion, contents.get(place, NO_CONTENTS), things)
        for place, suspicion in found.items()
    }


def _prints_of_things(
    catalog: Catalog, contents: Mapping[Place, Contents], spoken: tuple[str, ...]
) -> Iterator[tuple[int, str]]:
    for (oid, name), sampled in contents.items():
        table = catalog.by_oid[oid]
        if sampled.prints and names_a_thing(name, table.name, spoken):
            yield from dict.fromkeys(sampled.prints, column_name(table.qualified, name)).items()


def _lowered(suspicion: Suspicion, contents: Contents, things: Mapping[int, str]) -> Suspicion:
    if suspicion.kind not in NAMES_OF_PEOPLE or suspicion.confidence != "high":
        return suspicion
    shared = [things[each] for each in contents.prints if each in things]
    of_people = max(map(contents.looks.share, NAMES_OF_PEOPLE))
    if len(shared) < max(ENOUGH_SHARED, HALF * len(contents.prints)) or of_people >= HALF:
        return suspicion
    evidence = f"{suspicion.evidence}; its values are those of {max(set(shared), key=shared.count)}"
    return replace(suspicion, confidence="medium", evidence=evidence)
