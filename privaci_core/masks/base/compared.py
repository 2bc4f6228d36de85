"""Gives a mask values as Postgres compares them, so that equal values get equal fakes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

    from privaci_core.masks.base.shape import Mask, Shape

# The text form of an empty bytea.
NO_BYTES = "\\x"


def as_compared(shape: Shape, mask: Mask) -> Mask:
    """Values as Postgres compares them: char(n) without trailing blanks, citext in lower case."""
    if shape.type_name in {"bpchar", "citext"}:
        return lambda values: mask(compared(shape.type_name, values))
    if shape.type_name == "bytea":
        return lambda values: mask(values).zip_with(values != NO_BYTES, values)
    return mask


def compared(type_name: str, values: pl.Series) -> pl.Series:
    """Texts of a type in the one spelling that stands for all equal ones."""
    match type_name:
        case "bpchar":
            return values.str.strip_chars_end(" ")
        case "citext":
            return values.str.to_lowercase()
        case _:
            return values
