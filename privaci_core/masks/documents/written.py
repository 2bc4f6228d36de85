"""What replaces the scalars of one path and kind, and how it is written into a document."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

import polars as pl

Kind = Literal["text", "whole", "real", "bool", "null"]
# In the order of the compiled pass.
KINDS: tuple[Kind, ...] = ("text", "whole", "real", "bool", "null")
EXPONENT_OR_ZERO = re.compile(r"[eE]|^-0")


@dataclass(frozen=True, slots=True)
class Written:
    """Texts that replace scalars, in their order; NULL is written as null."""

    texts: pl.Series
    # As a JSON string: between quotes, with escapes where one must be.
    is_quoted: bool


# Takes the values of scalars of one kind; None where they stay as they are written.
MaskKind = Callable[[Kind, pl.Series], Written | None]


def as_stored(mask: MaskKind) -> MaskKind:
    """Numbers as jsonb keeps them: without an exponent, and no zero below zero."""

    def masked(kind: Kind, values: pl.Series) -> Written | None:
        made = mask(kind, values)
        if made is None or kind not in {"whole", "real"}:
            return made
        odd = made.texts.str.contains(EXPONENT_OR_ZERO.pattern)
        if not odd.any():
            return made
        plain = made.texts.map_elements(_number, return_dtype=pl.String)
        return replace(made, texts=plain)

    return masked


def _number(text: str) -> str:
    if not EXPONENT_OR_ZERO.search(text):
        return text
    number = Decimal(text)
    return format(number.copy_abs() if number.is_zero() else number, "f")
