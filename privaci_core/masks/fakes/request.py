"""Says what a provider is asked for: the column, the words' locale, and the keys of its own and of its neighbours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from privaci_core.compiled import loops
from privaci_core.masks.base.fixed_width import large_text
from privaci_core.masks.base.keys import derive
from privaci_core.masks.base.pools import DEFAULT_LOCALE, pool, pool_within
from privaci_core.masks.base.shape import Shape, Unbindable
from privaci_core.masks.keyed.digest import CODE_LENGTH, Draw

if TYPE_CHECKING:
    from collections.abc import Mapping

# Distinct values that are neither NULL nor empty, and how often they were masked to themselves before -> fakes.
Make = Callable[[pl.Series, int], pl.Series]
WIDEN = "Widen the column, or use hash, static or null."


@dataclass(frozen=True, slots=True, kw_only=True)
class Want:
    """What one column wants of a provider."""

    shape: Shape
    params: Mapping[str, str]
    alias: str | None
    root: bytes = field(repr=False)

    @property
    def locale(self) -> str:
        """The locale of the words."""
        return self.params.get("locale", DEFAULT_LOCALE)

    def draw(self, provider: str, values: pl.Series, attempt: int) -> Draw:
        """The digests of values under a provider's key, which differs with every attempt."""
        return Draw.of(values, derive(self.root, provider, self.alias, attempt))

    def key(self, provider: str) -> bytes:
        """The key of a provider's permutation."""
        return bytes.fromhex(derive(self.root, provider, self.alias))

    def need(self, provider: str, length: int) -> None:
        """Refuse a column that is too short for what a provider makes."""
        if not self.shape.holds(length):
            reason = f"a fake of the provider {provider} has {length} characters, the column holds {self.shape.room}"
            raise Unbindable(reason, WIDEN)

    def fitted(self, full: pl.Series, short: pl.Series) -> pl.Series:
        """The full form, or the short one where the full one is too long for the column."""
        if self.shape.room is None:
            return full
        return short.zip_with(full.str.len_chars() > self.shape.room, full)


def one_of(kind: str, provider: str, want: Want) -> Make:
    """A word of a pool for each value; in a unique column it carries 64 bits of the value's digest behind it."""
    words = pool(kind, want.locale)
    if want.shape.unique:
        want.need(f"{provider} in a unique column", CODE_LENGTH)
        return lambda values, attempt: numbered(
            want.draw(provider, folded(values), attempt).pick(words), provider, values, want
        )
    room = want.shape.room
    if room is None:
        return lambda values, attempt: want.draw(provider, folded(values), attempt).pick(words)
    short = pool_within(kind, want.locale, room)
    if len(short) < 2:  # noqa: PLR2004 - one word could be the value itself
        raise Unbindable(
            f"no two words of the provider {provider} fit into {room} characters", WIDEN
        )

    def made(values: pl.Series, attempt: int) -> pl.Series:
        drawn = want.draw(provider, folded(values), attempt)
        return want.fitted(drawn.pick(words), drawn.pick(short, 2))

    return made


def folded(values: pl.Series) -> pl.Series:
    """Values without surrounding blanks and in lower case: the same name in another spelling is the same person."""
    plain = loops.folded(large_text(values)) if loops.LOADED else None
    return values.str.strip_chars().str.to_lowercase() if plain is None else pl.Series(plain)


def numbered(words: pl.Series, provider: str, values: pl.Series, want: Want) -> pl.Series:
    """Words with 64 bits of the exact value's digest behind them, or these alone where both do not fit."""
    code = want.draw(provider, values, 0).code()
    return want.fitted(words + " " + code, code)
