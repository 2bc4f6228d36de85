"""Says what each column demands of its mask: the bounds of its type and of linked columns."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from functools import reduce
from itertools import pairwise
from typing import TYPE_CHECKING

from privaci_core.catalog.catalog import TYPMOD_HEADER
from privaci_core.codecs.registry import types_of
from privaci_core.masks import Shape
from privaci_core.plan.linked_columns import groups_of
from privaci_core.policy import Fake, Pseudonym

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from privaci_core.catalog.catalog import Catalog, Column, Member, Place
    from privaci_core.plan.linked_columns import LinkedColumns
    from privaci_core.plan.rules import ColumnRule

# A numeric's type modifier is a header of four, then 16 bits of precision and 11 of signed scale.
HEADER, SCALE_BITS, SCALE_SIGN = 4, 0x7FF, 0x400
# Types whose modifier is the number of digits after the second's point.
CLOCKS = types_of("timestamp", "clock")
COMPOSITE = "c"


def shapes_of(catalog: Catalog) -> dict[Place, Shape]:
    """What each column demands by itself."""
    shapes = {}
    for oid, columns in catalog.columns.items():
        keys = catalog.keys.get(oid, ())
        unique = {name for key in keys for name in (*key.columns, *key.expression_columns)}
        for column in columns:
            labels = catalog.enums.get((column.scalar_schema, column.scalar_type), ())
            composite = (column.scalar_schema, column.scalar_type)
            members = _members(catalog, composite) if column.scalar_kind == COMPOSITE else ()
            shapes[oid, column.name] = replace(_shape(column, labels, unique), members=members)
    return shapes


def _members(catalog: Catalog, composite: tuple[str, str]) -> tuple[tuple[str, Shape], ...]:
    """What the members of a composite type demand of their masks."""
    return tuple(
        (member.name, _member(catalog, member)) for member in catalog.composites.get(composite, ())
    )


def _member(catalog: Catalog, member: Member) -> Shape:
    shape = _of_type(catalog, (member.schema, member.type), member.modifier)
    if member.element is None:
        return shape
    # The modifier of an array's type is that of its elements.
    return replace(shape, element=_of_type(catalog, member.element, member.modifier))


def _of_type(catalog: Catalog, named: tuple[str, str], modifier: int) -> Shape:
    _, type_name = named
    precision, scale = _digits(type_name, modifier)
    limited = type_name in {"varchar", "bpchar"} and modifier >= TYPMOD_HEADER
    return Shape(
        type_name=type_name,
        max_length=modifier - TYPMOD_HEADER if limited else None,
        precision=precision,
        scale=scale,
        labels=catalog.enums.get(named, ()),
        members=_members(catalog, named),
    )


def _shape(column: Column, labels: tuple[str, ...], unique: set[str]) -> Shape:
    precision, scale = _digits(column.scalar_type, column.modifier)
    return Shape(
        type_name=column.scalar_type,
        max_length=column.max_length,
        unique=column.name in unique,
        not_null=column.not_null,
        precision=precision,
        scale=scale,
        labels=labels,
    )


def combined(place: Place, others: Iterable[Place], shapes: Mapping[Place, Shape]) -> Shape:
    """The column's shape, as demanding as those of others that hold the same values."""
    demanding = (shapes[other] for other in sorted(others) if other != place)
    return reduce(Shape.linked, demanding, shapes[place])


def group_demands(
    rules: Mapping[Place, ColumnRule],
    links: LinkedColumns,
    shapes: Mapping[Place, Shape],
    sharing: Iterable[tuple[Place, Place]] = (),
) -> dict[Place, Shape]:
    """What each masked column demands, together with those that hold the same values.

    `sharing` are columns of which one names the other as its key.
    """
    demands = {place: shapes[place] for place in rules}
    groups = groups_of([*links.pairs, *_aliased_pairs(rules), *sharing])
    for group in {id(group): group for group in groups.values()}.values():
        masked = [place for place in group if place in rules]
        if len(masked) > 1:
            # Thousands of partitions have few shapes: their bounds are found once.
            bounds = reduce(Shape.linked, {shapes[place] for place in masked})
            demands |= {place: shapes[place].linked(bounds) for place in masked}
    return demands


def _aliased_pairs(rules: Mapping[Place, ColumnRule]) -> Iterator[tuple[Place, Place]]:
    """Columns that share a provider and an alias: their fakes must match, as linked ones do."""
    aliased: dict[tuple[str, str], list[Place]] = defaultdict(list)
    for place, rule in rules.items():
        action = rule.action
        if isinstance(action, Fake | Pseudonym) and action.seed_alias:
            aliased[action.provider, action.seed_alias].append(place)
    for places in aliased.values():
        yield from pairwise(places)


def _digits(type_name: str, modifier: int) -> tuple[int | None, int | None]:
    """Precision and scale of a numeric, or the digits after a second's point."""
    if modifier < 0:
        return None, None
    if type_name in CLOCKS:
        return None, modifier
    if type_name != "numeric":
        return None, None
    bits = modifier - HEADER
    return bits >> 16, ((bits & SCALE_BITS) ^ SCALE_SIGN) - SCALE_SIGN
