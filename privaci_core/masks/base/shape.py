"""Says what a column demands of a mask, and what it is to be refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import polars as pl

# A mask takes a column's values in their text form and returns as many, in the same order; NULL is null.
Mask = Callable[[pl.Series], pl.Series]

TEXT = frozenset({"text", "varchar", "bpchar", "citext", "name"})
# The greatest number that fits, and so how far below zero the type reaches.
INTEGERS = {"int2": 2**15 - 1, "int4": 2**31 - 1, "int8": 2**63 - 1}
NUMBERS = frozenset({*INTEGERS, "numeric", "float4", "float8"})
DATES = frozenset({"date", "timestamp", "timestamptz"})
ADDRESSES = frozenset({"inet", "cidr"})
HARDWARE = {"macaddr": 17, "macaddr8": 23}
NAME_BYTES = 63


class Unbindable(Exception):  # noqa: N818 - it says what the pair of action and column is
    """An action that a column cannot hold: why, and what to do instead."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(reason, remedy)
        self.reason, self.remedy = reason, remedy


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What a column demands of a mask: its type in Postgres's spelling of pg_type, and what of it is bounded."""

    type_name: str = "text"
    max_length: int | None = None
    unique: bool = False
    not_null: bool = False
    precision: int | None = None
    # Of a numeric the digits after the point, of a timestamp those of the second.
    scale: int | None = None
    # The narrowest integer type among the columns that a key ties to this one.
    narrowest: str | None = None
    # The labels of an enum; it has at least one, and nothing else has any.
    labels: tuple[str, ...] = ()

    @property
    def is_text(self) -> bool:
        """Whether any text of the right length may stand in the column."""
        return self.type_name in TEXT

    @property
    def room(self) -> int | None:
        """How many characters fit; None where there is no limit."""
        return NAME_BYTES if self.type_name == "name" else self.max_length

    def holds(self, length: int) -> bool:
        """Whether text of this length fits."""
        return self.room is None or length <= self.room

    def tied(self, other: Shape) -> Shape:
        """This column as one that a key ties to the other: both are masked as the more demanding needs it."""
        widths = [
            name
            for shape in (self, other)
            for name in (shape.type_name, shape.narrowest)
            if name in INTEGERS
        ]
        return replace(
            self,
            max_length=_least(self.max_length, other.max_length),
            unique=self.unique or other.unique,
            narrowest=min(widths, key=INTEGERS.__getitem__, default=None),
        )


def _least(*bounds: int | None) -> int | None:
    return min((bound for bound in bounds if bound is not None), default=None)
