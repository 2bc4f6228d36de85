"""Makes names that agree within a row: one column of it, the anchor, decides who its person is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from privaci_core.masks.base.compared import compared
from privaci_core.masks.base.distinct import same
from privaci_core.masks.base.keys import derive
from privaci_core.masks.base.pools import pool
from privaci_core.masks.base.shape import Unbindable
from privaci_core.masks.fakes.contact import coded
from privaci_core.masks.fakes.names import parts_of, whole_name
from privaci_core.masks.keyed.digest import DigestWords
from privaci_core.policy.providers import ANCHORS, OF_PERSONA

if TYPE_CHECKING:
    from privaci_core.masks.base.shape import Mask
    from privaci_core.masks.fakes.request import Request

# The values of a column and, row by row, those of the anchor, none of which is NULL or empty.
OfPerson = Callable[[pl.Series, pl.Series], pl.Series]


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """What masks the column that decides who a row's person is."""

    provider: str
    alias: str | None
    # The type that says which of its values are equal.
    type_name: str
    root: bytes = field(repr=False)

    def given(self, values: pl.Series) -> DigestWords:
        """The digests by which its own mask picks a given name."""
        equal = compared(self.type_name, values)
        return DigestWords.of(equal, derive(self.root, self.provider, self.alias))

    def others(self, values: pl.Series) -> DigestWords:
        """The digests by which everything else about the person is picked."""
        equal = compared(self.type_name, values)
        return DigestWords.of(equal, derive(self.root, f"persona {self.provider}", self.alias))


def persona(provider: str, request: Request, anchor: Anchor, alone: Mask) -> OfPerson:
    """The mask of a column whose person the anchor decides; `alone` masks what has no room."""
    shape = request.shape
    if provider not in OF_PERSONA:
        raise Unbindable(
            f"a fake of the provider {provider} is no part of a persona",
            f"Use persona with {', '.join(OF_PERSONA)}.",
        )
    if not shape.is_text or (shape.unique and provider not in ANCHORS):
        raise Unbindable(
            "a name of a persona is text, and does not stay unique", "Leave persona out."
        )
    of_provider = _login if provider in ANCHORS else _name
    make = of_provider(provider, request, anchor)

    def made(values: pl.Series, anchors: pl.Series) -> pl.Series:
        fakes = make(compared(shape.type_name, values), anchors)
        if shape.room is None:
            return fakes
        long = (fakes.str.len_chars() > shape.room).arg_true()
        return fakes.scatter(long, alone(values.gather(long))) if len(long) else fakes

    return made


def _name(provider: str, request: Request, anchor: Anchor) -> OfPerson:
    """The given name that the anchor's own fake shows, a family name, or both."""

    def made(values: pl.Series, anchors: pl.Series) -> pl.Series:
        others = anchor.others(anchors)
        firsts = pool("first_name"), anchor.given(anchors), others
        lasts = pool("last_name", request.locale), others, others
        if provider == "first_name":
            return _unlike(values, *firsts)
        if provider == "last_name":
            return _unlike(values, *lasts)
        first, last, with_comma = parts_of(values)
        # A name of one part is what a person is called by.
        only = first.is_null()
        called = last.zip_with(only, first)
        family = _unlike(last, *lasts)
        return whole_name(_unlike(called, *firsts), family.set(only, None), with_comma)

    return made


def _unlike(
    values: pl.Series, words: pl.Series, drawn: DigestWords, again: DigestWords
) -> pl.Series:
    """A word for each row; another one where it is the row's own."""
    found = drawn.pick(words, 0)
    for word in (2, 3):
        equal = same(values, found)
        if not len(equal):
            break
        found = found.scatter(equal, again.pick(words, word).gather(equal))
    return found


def _login(provider: str, request: Request, anchor: Anchor) -> OfPerson:
    """The person's given name, and the code of the value itself, which keeps it unique."""
    make = coded(provider, request)
    names = pool("first_name").str.to_lowercase()
    return lambda values, anchors: make(values, 0, anchor.given(anchors).pick(names))
