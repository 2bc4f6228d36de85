"""Binds an action to a column: looks at rule, column and key once, and returns a callable over its vectors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from privaci_core.masks.digest import digest
from privaci_core.masks.keys import derive
from privaci_core.masks.providers import PROVIDERS
from privaci_core.policy import Fake, Hash, Null, Static

if TYPE_CHECKING:
    from privaci_core.masks.keys import Keys
    from privaci_core.policy import Action

Mask = Callable[[pl.Series], pl.Series]

# What a digest must keep to be unique for as many rows as a table can have: 64 bits.
UNIQUE_DIGITS = 16
# Providers whose values carry 64 bits of digest, and the length at which they still do.
UNIQUE_PROVIDERS = {"email": 48, "username": 32, "uuid": 36, "url": 37}
LONGEST = 1 << 30


class Unbindable(Exception):  # noqa: N818 - it says what the pair of action and column is
    """An action that a column cannot hold: why, and what to do instead."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(reason, remedy)
        self.reason, self.remedy = reason, remedy


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What a column demands of a mask."""

    max_length: int | None = None
    unique: bool = False
    not_null: bool = False


def bind(action: Action, shape: Shape, keys: Keys) -> Mask:
    """The mask of an action for a column; refuses what the column cannot hold before any row is read."""
    match action:
        case Hash():
            return _kept(_hash(shape, derive(keys.salt, "hash")))
        case Static():
            return _kept(_static(action.value, shape))
        case Null():
            return _null(shape)
        case Fake():
            return _kept(_fake(action, shape, keys.salt))
        case _:
            raise Unbindable(f"the action {action.action} is not there yet", "Use fake, hash, static or null.")


def _kept(mask: Mask) -> Mask:
    """NULL stays NULL and empty stays empty, whatever a mask makes of them."""

    def masked(values: pl.Series) -> pl.Series:
        return values.zip_with((values == "").fill_null(True), mask(values).alias(values.name))

    return masked


def _hash(shape: Shape, key: str) -> Mask:
    length = min(shape.max_length or 64, 64)
    if shape.unique and length < UNIQUE_DIGITS:
        raise Unbindable(
            f"a hash of {length} digits cannot stay unique", f"Widen the column to {UNIQUE_DIGITS} characters."
        )
    return lambda values: digest(values, key).str.slice(0, length)


def _static(value: str, shape: Shape) -> Mask:
    if shape.unique:
        raise Unbindable("one constant cannot stay unique", "Use hash, or fake with the provider email or uuid.")
    if shape.max_length is not None and len(value) > shape.max_length:
        raise Unbindable(
            f"the constant has {len(value)} characters, the column holds {shape.max_length}", "Shorten it."
        )
    return lambda values: pl.repeat(value, len(values), eager=True)


def _null(shape: Shape) -> Mask:
    if shape.not_null:
        raise Unbindable("the column is NOT NULL", "Use static, hash or fake.")
    return lambda values: pl.repeat(None, len(values), dtype=pl.String, eager=True)


def _fake(action: Fake, shape: Shape, root: bytes) -> Mask:
    name = action.provider
    if shape.unique and name not in UNIQUE_PROVIDERS:
        possible = ", ".join(sorted(UNIQUE_PROVIDERS))
        raise Unbindable(f"fakes of the provider {name} do not stay unique", f"Use hash, or one of: {possible}.")
    if (shape.max_length or LONGEST) < UNIQUE_PROVIDERS.get(name, 0):
        remedy = f"Use hash, or widen the column to {UNIQUE_PROVIDERS[name]} characters."
        raise Unbindable(f"a fake of the provider {name} does not fit into {shape.max_length} characters", remedy)
    provider, alias, params = PROVIDERS[name], action.seed_alias, action.params

    def digests(values: pl.Series, own: str) -> pl.Series:
        return digest(values, derive(root, own, alias))

    def fakes(values: pl.Series) -> pl.Series:
        return provider(values, digests, params)

    if shape.max_length is None:
        return fakes
    return lambda values: fakes(values).str.slice(0, shape.max_length)
