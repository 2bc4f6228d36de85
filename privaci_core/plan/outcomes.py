"""Counts what a value can become: a mask of few outcomes hides little, and a reviewer is told."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

import polars as pl

from privaci_core.masks import Keys, bind
from privaci_core.masks.base.shape import INTEGERS
from privaci_core.policy import DateShift, Fake, Fpe, Hash, HmacHash, Noise, Pseudonym

if TYPE_CHECKING:
    from privaci_core.masks import Shape
    from privaci_core.plan.plan import ColumnPlan

FEW = 1000
HEX_LETTERS, BASE64_LETTERS = 16, 64
# The first number of values finds that a pool has more than a few words, the second one finds a
# pool of a thousand words whole; any keys do.
ASKED = (2 * FEW, 16 * FEW)
ANY_KEYS = Keys.of(b"", b"")


def said_outcomes(column: ColumnPlan) -> str:
    """How many outcomes a mask has, in words; empty where they are many, or no secret."""
    count = outcomes_of(column)
    if count is None or count >= FEW:
        return ""
    words = f"mask of {count} possible outcomes"
    of_share = isinstance(column.action, Noise) and column.action.ratio is not None
    return f"{words} of a small number" if of_share else words


def outcomes_of(column: ColumnPlan) -> int | None:
    """What one value can become under all keys; None where the action is no keyed choice."""
    action, shape = column.action, column.shape
    match action:
        case Hash() | HmacHash() | Fpe():
            return _of_permutation(action, shape)
        case Noise():
            return _of_noise(action, shape)
        case DateShift():
            return 2 * action.days
        case Fake() | Pseudonym() if shape.is_text:
            # The row's other values decide among the same words.
            return _of_pool(_Pool(action.model_copy(update={"persona": None}), shape))
        case _:
            return None


def _of_permutation(action: Hash | HmacHash | Fpe, shape: Shape) -> int | None:
    """Every other value of the same domain."""
    if shape.labels:
        return len(shape.labels) - 1
    if shape.type_name == "numeric" and shape.precision is not None:
        # Numbers of the same sign but zero.
        return int(10**shape.precision) - 2
    if not shape.is_text or shape.room is None or shape.room > FEW:
        return None
    if isinstance(action, Fpe):
        return int(len(action.characters) ** shape.room) - 1
    encoded = isinstance(action, HmacHash) and action.encoding == "base64url"
    return int((BASE64_LETTERS if encoded else HEX_LETTERS) ** shape.room)


def _of_noise(action: Noise, shape: Shape) -> int | None:
    """Both sides of the number, in the smallest steps that are written."""
    decimals = 0 if shape.type_name in INTEGERS else action.decimals or shape.scale
    if decimals is None:
        return None
    steps = 0 if action.amount is None else math.floor(action.amount * 10**decimals + 0.5)
    both = max(2, int(2 * steps))
    if action.minimum is None or action.maximum is None:
        return both
    room = int((math.floor(action.maximum) - math.ceil(action.minimum)) * 10**decimals)
    return min(both, max(2, room))


class _Pool:
    """A provider bound to a shape; two that read alike are one in a cache."""

    def __init__(self, action: Fake | Pseudonym, shape: Shape) -> None:
        self.action, self.shape = action, shape

    def __hash__(self) -> int:
        return hash(repr((self.action, self.shape)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Pool) and (repr(self.action), self.shape) == (
            repr(other.action),
            other.shape,
        )


@lru_cache(maxsize=256)
def _of_pool(pool: _Pool) -> int | None:
    """How many fakes many values get; a provider of one word tells nothing, and has no count."""
    mask, found = bind(pool.action, pool.shape, ANY_KEYS), 0
    for count in ASKED:
        if found < FEW:
            found = mask(pl.Series([f"value {number}" for number in range(count)])).n_unique()
    return found if found > 1 else None
