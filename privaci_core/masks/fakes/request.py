"""Says what a provider is asked for: the column, the locale of its words, and the keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from privaci_core.compiled import loops
from privaci_core.compiled.texts import large_text
from privaci_core.masks.base.keys import derive
from privaci_core.masks.base.pools import DEFAULT_LOCALE, pool, pool_within
from privaci_core.masks.base.shape import Shape, Unbindable
from privaci_core.masks.keyed.digest import CODE_LENGTH, DigestWords

if TYPE_CHECKING:
    from collections.abc import Mapping

# Distinct values, none NULL or empty, and how many draws equalled the value before -> fakes.
Make = Callable[[pl.Series, int], pl.Series]
WIDEN = "Widen the column, or use hash, static or null."


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What one column asks of a provider."""

    shape: Shape
    params: Mapping[str, str]
    alias: str | None
    root: bytes = field(repr=False)

    @property
    def locale(self) -> str:
        """The locale of the words."""
        return self.params.get("locale", DEFAULT_LOCALE)

    def draw(self, provider: str, values: pl.Series, attempt: int) -> DigestWords:
        """The digests of values under a provider's key, which differs with every attempt."""
        return DigestWords.of(values, derive(self.root, provider, self.alias, attempt))

    def key(self, provider: str) -> bytes:
        """The key of a provider's permutation."""
        return bytes.fromhex(derive(self.root, provider, self.alias))

    def need(self, provider: str, length: int) -> None:
        """Refuse a column that is too short for a provider's fakes."""
        if not self.shape.holds(length):
            raise Unbindable(
                f"a fake of the provider {provider} has {length} characters,"
                f" the column holds {self.shape.room}",
                WIDEN,
            )

    def fitted(self, full: pl.Series, short: pl.Series) -> pl.Series:
        """The full form, or the short one where the full one is too long for the column."""
        if self.shape.room is None:
            return full
        return short.zip_with(full.str.len_chars() > self.shape.room, full)


def one_of(kind: str, provider: str, request: Request) -> Make:
    """A word of a pool for each value; in a unique column with 64 bits of the value's digest."""
    words = pool(kind, request.locale)
    if request.shape.unique:
        request.need(f"{provider} in a unique column", CODE_LENGTH)
        return lambda values, attempt: numbered(
            request.draw(provider, folded(values), attempt).pick(words), provider, values, request
        )
    room = request.shape.room
    if room is None:
        return lambda values, attempt: request.draw(provider, folded(values), attempt).pick(words)
    short = pool_within(kind, request.locale, room)
    if len(short) < 2:  # noqa: PLR2004 - one word could be the value itself
        raise Unbindable(
            f"no two words of the provider {provider} fit into {room} characters", WIDEN
        )

    def made(values: pl.Series, attempt: int) -> pl.Series:
        drawn = request.draw(provider, folded(values), attempt)
        return request.fitted(drawn.pick(words), drawn.pick(short, 2))

    return made


def in_case(request: Request, values: pl.Series, fakes: pl.Series) -> pl.Series:
    """Fakes in capitals where the values are, if the column asks for it."""
    if request.params.get("case") != "keep":
        return fakes
    capitals = fakes.str.to_uppercase()
    is_upper = (values == values.str.to_uppercase()) & (values != values.str.to_lowercase())
    # A letter that becomes two in capitals could be one too many.
    fits = capitals.str.len_chars() == fakes.str.len_chars()
    return capitals.zip_with(is_upper & fits, fakes)


def folded(values: pl.Series) -> pl.Series:
    """Values without outer blanks and in lower case: one person, however the name is spelled."""
    plain = loops.folded(large_text(values)) if loops.LOADED else None
    return values.str.strip_chars().str.to_lowercase() if plain is None else pl.Series(plain)


def numbered(words: pl.Series, provider: str, values: pl.Series, request: Request) -> pl.Series:
    """Words and 64 bits of the exact value's digest, or these bits alone where both do not fit."""
    code = request.draw(provider, values, 0).code()
    return request.fitted(words + " " + code, code)
