"""Replaces every value by one constant, or by NULL."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

import polars as pl

from privaci_core.masks.base.shape import INTEGERS, Shape, Unbindable

if TYPE_CHECKING:
    from collections.abc import Callable

    from privaci_core.masks.base.shape import Mask

# Reads a constant before a database does; constants of other types are left to Postgres.
READERS: dict[str, Callable[[str], object]] = dict.fromkeys(INTEGERS, int) | {
    "numeric": float,
    "float4": float,
    "float8": float,
    "date": date.fromisoformat,
    "uuid": UUID,
}
BOOLEANS = {"t", "f", "true", "false", "yes", "no", "on", "off", "1", "0"}


def static(value: str, shape: Shape) -> Mask:
    """One constant for every value."""
    if shape.unique:
        raise Unbindable(
            "one constant cannot stay unique", "Use hash, or fake with the provider email or uuid."
        )
    if not shape.holds(len(value)):
        raise Unbindable(
            f"the constant has {len(value)} characters, the column holds {shape.room}",
            "Shorten it.",
        )
    if not _reads(value, shape):
        raise Unbindable(
            f"the constant is no {'label' if shape.labels else shape.type_name}",
            f"Write {'a label of the enum' if shape.labels else f'one of type {shape.type_name}'}.",
        )
    return lambda values: pl.repeat(value, len(values), dtype=pl.String, eager=True)


def null(shape: Shape) -> Mask:
    """NULL for every value, also the empty text."""
    if shape.not_null:
        raise Unbindable("the column is NOT NULL", "Use static, hash or fake.")
    return lambda values: pl.repeat(None, len(values), dtype=pl.String, eager=True).alias(
        values.name
    )


def _reads(value: str, shape: Shape) -> bool:
    if shape.labels or shape.type_name == "bool":
        return value in (shape.labels or BOOLEANS)
    try:
        read = READERS.get(shape.type_name, str)(value)
    except ValueError:
        return False
    highest = INTEGERS.get(shape.type_name)
    return highest is None or (isinstance(read, int) and -highest - 1 <= read <= highest)
