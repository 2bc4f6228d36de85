"""Holds what a plan is made from: the catalog, the policy, and what samples showed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from privaci_core.policy import relation_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from privaci_core.catalog.catalog import Catalog, Place, Relation
    from privaci_core.detect.sample import Contents
    from privaci_core.policy import Finding, Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What every stage of planning may look at."""

    catalog: Catalog
    policy: Policy
    # What was sampled of columns that the policy does not list.
    contents: Mapping[Place, Contents]

    def path(self, place: Place) -> tuple[str, ...]:
        """The path of a column's rule in the policy, whether or not the policy has one."""
        relation, column = place
        return ("tables", policy_name(self.catalog.by_oid[relation]), "columns", column)

    def at_root(self, place: Place) -> Place:
        """The column of the whole table, which was sampled, for that of a partition."""
        return self.catalog.root(self.catalog.by_oid[place[0]]).oid, place[1]

    def finding(self, place: Place, *below: str, reason: str, remedy: str) -> Finding:
        """A finding about a column, at the line of its rule or at the nearest line around it."""
        return self.policy.finding(*self.path(place), *below, reason=reason, remedy=remedy)


def policy_name(relation: Relation) -> str:
    """The table's name as the policy spells it."""
    return relation_name(relation.schema, relation.name)
