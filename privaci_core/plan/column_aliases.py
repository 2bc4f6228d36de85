"""Reads an alias that names a column as the key of that column, as PrivaCI's files mean it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from privaci_core.plan.rules import tables_by_name
from privaci_core.policy import (
    DateShift,
    Fake,
    Fpe,
    Json,
    Pseudonym,
    relation_name,
    split_column,
    suggest,
)
from privaci_core.postgres.names import column_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from privaci_core.catalog.catalog import Place
    from privaci_core.plan.inputs import Inputs
    from privaci_core.plan.linked_columns import LinkedColumns
    from privaci_core.plan.rules import ColumnRule
    from privaci_core.policy import Rule

# Actions whose alias is a key; that of a shuffle only says which columns move together.
KEYED = (Fake, Pseudonym, Fpe, DateShift)
# How a suggestion begins that names one column, and not all.
NEAR, REMEDY = "Did you mean", "Name a column, or share a word without dots."
Pair = tuple["Place", "Place"]
ActionT = TypeVar("ActionT", bound="Rule")


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnAliases:
    """The listed rules with the aliases that keys are made from, and who shares whose key."""

    rules: Mapping[Place, ColumnRule]
    # A column, and the column that its alias names.
    pairs: tuple[Pair, ...]
    # What is said of aliases that look like a path, name no column, and are no other column's.
    warnings: tuple[str, ...] = ()


def resolve_aliases(
    inputs: Inputs, rules: Mapping[Place, ColumnRule], links: LinkedColumns
) -> ColumnAliases:
    """Replace each alias that is the path of a column by that column's own alias.

    An alias that no column of the source answers to stays a word like any other.
    """
    resolver = _Resolver(inputs, rules, links)
    resolved = {place: resolver.resolved(place, rule) for place, rule in rules.items()}
    return ColumnAliases(
        rules=resolved,
        pairs=tuple(resolver.pairs),
        warnings=tuple(_lost_aliases(inputs, resolved)),
    )


def _lost_aliases(inputs: Inputs, resolved: Mapping[Place, ColumnRule]) -> Iterator[str]:
    """Paths of columns that the source lacks: most are misspelt, and join nothing."""
    catalog, keyed = inputs.catalog, [(place, _key(rule)) for place, rule in resolved.items()]
    # An extension's tables have columns in the catalog, but are not copied as tables.
    known = {catalog.path_of(place) for place in catalog.by_place if place[0] in catalog.by_oid}
    uses = Counter(key for _, key in keyed)
    for place, (provider, alias) in keyed:
        named = split_column(alias) if alias else None
        lost = named is not None and column_name(relation_name(*named[:2]), named[2]) not in known
        if alias and lost and uses[provider, alias] == 1:
            column = catalog.path_of(place)
            reason = f"its seed_alias {alias} is no column of the source, and no other column's"
            near = suggest(alias, known)
            yield f"ALIAS {column}: {reason}. {near if near.startswith(NEAR) else REMEDY}"


def _key(rule: ColumnRule) -> tuple[str, str | None]:
    """What a rule's key is made from."""
    action = rule.action
    kind = getattr(action, "provider", action.action)
    return kind, action.seed_alias if isinstance(action, KEYED) else None


class _Resolver:
    """Follows aliases from column to column."""

    def __init__(
        self, inputs: Inputs, rules: Mapping[Place, ColumnRule], links: LinkedColumns
    ) -> None:
        self.catalog, self.rules, self.links = inputs.catalog, rules, links
        self.tables = tables_by_name(inputs.catalog)
        self.pairs: dict[Pair, None] = {}

    def resolved(self, place: Place, rule: ColumnRule) -> ColumnRule:
        """The rule with the key's own alias, in the paths of a document too."""
        action = rule.action
        if isinstance(action, Json):
            paths = {path: self._with_key(inner) for path, inner in action.paths.items()}
            return replace(rule, action=action.model_copy(update={"paths": paths}))
        named = self._named_by(action)
        # Dates that move alike are of one subject; their columns hold no common values.
        if named is not None and named != place and not isinstance(action, DateShift):
            self.pairs[place, named] = None
        return replace(rule, action=self._with_key(action))

    def _with_key(self, action: ActionT) -> ActionT:
        named = self._named_by(action)
        if named is None:
            return action
        return action.model_copy(update={"seed_alias": self._alias_of(named)})

    def _named_by(self, action: Rule) -> Place | None:
        """The column whose path an action's alias is."""
        alias = action.seed_alias if isinstance(action, KEYED) else None
        parts = split_column(alias) if alias else None
        if parts is None:
            return None
        table = self.tables.get(relation_name(*parts[:2]))
        place = (table.oid, parts[2]) if table is not None else None
        return place if place in self.catalog.by_place else None

    def _alias_of(self, place: Place) -> str | None:
        """The alias of a column's key: its own, that of a column with its values, or none.

        Columns that name themselves or one another have the first path of their circle as a key.
        """
        circle: list[Place] = []
        while (ruled := self._ruled(place)) is not None:
            action = self.rules[ruled].action
            if not isinstance(action, KEYED):
                return None
            named = self._named_by(action)
            if named is None:
                return action.seed_alias
            if ruled in circle:
                return min(map(self._path, circle[circle.index(ruled) :]))
            circle.append(ruled)
            place = named
        return None

    def _ruled(self, place: Place) -> Place | None:
        """The column itself or one that is linked to it, whichever the policy lists."""
        return next((each for each in self.links.reachable(place) if each in self.rules), None)

    def _path(self, place: Place) -> str:
        relation = self.catalog.by_oid[place[0]]
        return f"{relation_name(relation.schema, relation.name)}.{place[1]}"
