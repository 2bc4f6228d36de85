"""Says what each masked column demands of its mask: the type's bounds, and those of the columns that it is tied to."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

from privaci_core.masks import Shape

if TYPE_CHECKING:
    from collections.abc import Iterable

    from privaci_core.catalog.catalog import Catalog, Column, Place

# A modifier counts a four-byte header along; a numeric's holds eleven bits of scale, with a sign.
HEADER, SCALE_BITS, SCALE_SIGN = 4, 0x7FF, 0x400
CLOCKS = frozenset({"timestamp", "timestamptz", "time", "timetz", "interval"})


def shape_of(catalog: Catalog, place: Place, tied: Iterable[Place] = ()) -> Shape:
    """The column's own shape, as demanding as those of all columns that hold the same values."""
    others = (_own_shape(catalog, other) for other in sorted(tied) if other != place)
    return reduce(Shape.tied, others, _own_shape(catalog, place))


def _own_shape(catalog: Catalog, place: Place) -> Shape:
    relation, name = place
    column = catalog.column(catalog.by_oid[relation], name)
    if column is None:
        return Shape()
    precision, scale = _digits(column)
    return Shape(
        type_name=column.scalar_type,
        max_length=column.max_length,
        unique=any(
            name in (*key.columns, *key.expression_columns)
            for key in catalog.keys.get(relation, ())
        ),
        not_null=column.not_null,
        precision=precision,
        scale=scale,
        labels=catalog.enums.get((column.scalar_schema, column.scalar_type), ()),
    )


def _digits(column: Column) -> tuple[int | None, int | None]:
    """Precision and scale of a numeric, or the digits of a second's fraction."""
    if column.modifier < 0:
        return None, None
    if column.scalar_type in CLOCKS:
        return None, column.modifier
    if column.scalar_type != "numeric" or column.modifier < HEADER:
        return None, None
    bits = column.modifier - HEADER
    return bits >> 16, ((bits & SCALE_BITS) ^ SCALE_SIGN) - SCALE_SIGN
