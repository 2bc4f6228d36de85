"""Finds the columns that no rule covers, and what they look like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from privaci_core.detect.suspect import suspicions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from privaci_core.catalog.catalog import Catalog, Place
    from privaci_core.detect.suspect import Suspicion
    from privaci_core.plan.inputs import Inputs
    from privaci_core.plan.ruled_columns import RuledColumns
    from privaci_core.plan.rules import Rules
    from privaci_core.policy import Finding

GIVE_AN_ACTION = "Give it an action; passthrough copies it as it is."


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenColumns:
    """Columns of copied tables without a rule; suspicions name the table, not its partitions."""

    places: tuple[Place, ...]
    suspicions: Mapping[Place, Suspicion]
    findings: tuple[Finding, ...]


def find_open_columns(inputs: Inputs, rules: Rules, ruled: RuledColumns) -> OpenColumns:
    """Find what is left to detection; a strict policy refuses what looks personal."""
    catalog, policy = inputs.catalog, inputs.policy
    places = tuple(_places_without_rule(catalog, rules, ruled))
    suspected = suspicions(catalog, inputs.contents) if policy.auto_detect else {}
    of_open = {
        place: suspected[place]
        for place in places
        if place in suspected and catalog.by_oid[place[0]].partition_of is None
    }
    return OpenColumns(
        places=places,
        suspicions=of_open,
        findings=tuple(_refused(inputs, of_open)) if policy.strict_autodetect else (),
    )


def _places_without_rule(catalog: Catalog, rules: Rules, ruled: RuledColumns) -> Iterator[Place]:
    without_rows = rules.excluded | rules.empty
    for relation in catalog.row_tables:
        if relation.oid in without_rows:
            continue
        for column in catalog.columns.get(relation.oid, ()):
            place = (relation.oid, column.name)
            if not column.generated and place not in ruled.rules:
                yield place


def _refused(inputs: Inputs, suspected: Mapping[Place, Suspicion]) -> Iterator[Finding]:
    for place, suspicion in suspected.items():
        if suspicion.confidence != "low":
            why = f"{suspicion.confidence}: {suspicion.evidence}"
            reason = f"it is not listed and seems to hold {suspicion.kind} ({why})"
            yield inputs.finding(place, reason=reason, remedy=GIVE_AN_ACTION)
