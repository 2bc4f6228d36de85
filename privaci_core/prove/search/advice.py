"""Says where originals were found, whose they are, and which column to change, and how."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import yaml

from privaci_core.plan.inputs import policy_name
from privaci_core.postgres.names import column_name
from privaci_core.prove.nouns import counted, noun_of
from privaci_core.prove.search.searching import LARGE_OBJECTS, STATISTICS

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from privaci_core.loading.copy import Copy
    from privaci_core.plan.plan import ColumnPlan
    from privaci_core.prove.search.searching import Found

MASK = "Mask it (`ner_mask`, `json`, `static`) or allow it with `passthrough`."
DETECTED = "Only detection masks {}: if that is not personal, allow it instead."
OWN = "Its own action leaves them there: give it `json` with default redact, or `static`."
ANALYZE = "Run ANALYZE on its table."
REPLACE = "Large objects are copied unmasked: remove these from the source, or replace them."
DEFINITION = "A definition is copied as it is: change it in the source."
ALLOW = "Where these are no people's, as a town that is called as a customer is, allow them:\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The columns of the source, and those of them that are masked."""

    all: Container[str]
    masked: Mapping[str, ColumnPlan]


def advice(found: Found, copy: Copy, allowed: Container[str] = ()) -> dict[str, list[str]]:
    """By place, a sentence for each masked column whose originals it has."""
    if not found:
        return {}
    columns = _columns_of(copy)
    return {
        place: [
            _sentence(_holds(place, count, origin, columns), place, origin, columns, allowed)
            for origin, count in origins.items()
        ]
        for place, origins in found.items()
    }


def how_to_allow(found: Found, copy: Copy, allowed: Container[str]) -> list[str]:
    """The rules that allow what was found in open columns, to be copied into the policy."""
    if not found:
        return []
    masked = _columns_of(copy).masked
    tables: dict[str, dict[str, dict[str, str]]] = defaultdict(dict)
    for relation in copy.catalog.roots:
        for column in copy.catalog.columns.get(relation.oid, ()):
            place = column_name(relation.qualified, column.name)
            if place in found and place not in masked and place not in allowed:
                tables[policy_name(relation)][column.name] = {"action": "passthrough"}
    if not tables:
        return []
    rules = {"tables": {name: {"columns": columns} for name, columns in tables.items()}}
    written = yaml.safe_dump(rules, default_flow_style=None, allow_unicode=True, sort_keys=False)
    return [ALLOW + written.rstrip()]


def _sentence(
    holds: str, place: str, origin: str, columns: Columns, allowed: Container[str]
) -> str:
    if place in allowed:
        return f"{holds}, which `passthrough` allows."
    return f"{holds}. {_what_to_do(place, origin, columns)}"


def _columns_of(copy: Copy) -> Columns:
    return Columns(
        all={
            column_name(copy.catalog.root(relation).qualified, column.name)
            for relation in copy.catalog.relations
            for column in copy.catalog.columns.get(relation.oid, ())
        },
        masked={
            column_name(copy.root_of(table), column.name): column
            for table in copy.searched_plan.tables
            for column in table.masked
        },
    )


def _holds(place: str, count: int, origin: str, columns: Columns) -> str:
    """What a place has of which column."""
    many = place == LARGE_OBJECTS or place.startswith(STATISTICS)
    starts = place[:1].upper() + place[1:] if many or place.startswith("the ") else place
    nouns = counted(count, *noun_of(columns.masked.get(origin)))
    return f"{starts} {'hold' if many else 'holds'} {nouns} of {origin}"


def _what_to_do(place: str, origin: str, columns: Columns) -> str:
    if place in columns.masked:
        return OWN
    if place in columns.all:
        masked = columns.masked.get(origin)
        detected = masked is not None and masked.reason == "detected"
        return f"{MASK} {DETECTED.format(origin)}" if detected else MASK
    if place.startswith(STATISTICS):
        return ANALYZE
    return REPLACE if place == LARGE_OBJECTS else DEFINITION
