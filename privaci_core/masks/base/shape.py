"""Describes the column that a mask is bound to, and the refusal of one that cannot hold it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import polars as pl

from privaci_core.codecs.registry import WIRE_TYPES, types_of
from privaci_core.masks.base.digested_names import NO_NAMES, DigestedNames

# A mask takes a column's values in their text form and returns as many in the same order.
Mask = Callable[[pl.Series], pl.Series]

TEXT = types_of("text")
# The greatest number of each type; the least one is one farther from zero.
INTEGERS = {known.name: known.highest for known in WIRE_TYPES if known.highest is not None}
NUMBERS = types_of("integer", "fraction")
DATES = types_of("date", "timestamp")
DATE_RANGES = frozenset(
    f"{of}{kind}" for of in ("date", "ts", "tstz") for kind in ("range", "multirange")
)
ADDRESSES = types_of("address")
HARDWARE = {known.name: known.width for known in WIRE_TYPES if known.width is not None}
NAME_BYTES = 63


class Unbindable(Exception):  # noqa: N818 - an adjective of the pair of action and column
    """A column that cannot hold what an action makes: why, and what to do instead."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(reason, remedy)
        self.reason, self.remedy = reason, remedy


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What a mask must fit: the column's type, as pg_type names it, and its bounds."""

    type_name: str = "text"
    max_length: int | None = None
    unique: bool = False
    not_null: bool = False
    precision: int | None = None
    # Of a numeric the digits after the point, of a timestamp those of the second.
    scale: int | None = None
    # The narrowest integer type among the columns that keys link to this one.
    narrowest: str | None = None
    # The labels of an enum; no other type has any.
    labels: tuple[str, ...] = ()
    # The members of a composite type, by name; no other type has any.
    members: tuple[tuple[str, Shape], ...] = field(default=(), repr=False)
    # What the elements of an array demand that is a member; a column's mask is given elements.
    element: Shape | None = field(default=None, repr=False)
    # Names of people in the database, which a mask of free text looks up.
    names: DigestedNames = field(default=NO_NAMES, repr=False)

    @property
    def is_text(self) -> bool:
        """Whether the column holds any text of the right length."""
        return self.type_name in TEXT

    @property
    def room(self) -> int | None:
        """How many characters fit; None where there is no limit."""
        return NAME_BYTES if self.type_name == "name" else self.max_length

    def holds(self, length: int) -> bool:
        """Whether text of this length fits."""
        return self.room is None or length <= self.room

    def linked(self, other: Shape) -> Shape:
        """This column linked to another by a key: both get the bounds of the narrower one."""
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
