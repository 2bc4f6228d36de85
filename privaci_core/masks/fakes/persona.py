"""Makes names that agree within a row: one column of it, the anchor, decides who its person is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from privaci_core.masks.base.compared import compared
from privaci_core.masks.base.distinct import never_itself, over_distinct, same
from privaci_core.masks.base.pools import pool
from privaci_core.masks.base.shape import Shape, Unbindable
from privaci_core.masks.fakes.contact import coded
from privaci_core.masks.fakes.names import first_name, parts_of, whole_name
from privaci_core.masks.fakes.request import in_case
from privaci_core.policy.providers import ANCHORS, OF_PERSONA

if TYPE_CHECKING:
    from privaci_core.masks.base.shape import Mask
    from privaci_core.masks.fakes.request import Request
    from privaci_core.masks.keyed.digest import DigestWords

# The values of a column and, row by row, those of the anchor, none of which is NULL or empty.
OfPerson = Callable[[pl.Series, pl.Series], pl.Series]


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """What masks the column that decides who a row's person is."""

    provider: str
    # Its shape has the type that says which of its values are equal, and no bounds.
    request: Request

    def given(self, values: pl.Series) -> DigestWords:
        """The digests by which the mask of an address or login picks a given name."""
        return self.request.draw(self.provider, self._equal(values), 0)

    def others(self, values: pl.Series) -> DigestWords:
        """The digests by which everything else about the person is picked."""
        return self.request.draw(f"persona {self.provider}", self._equal(values), 0)

    def first_names(self, values: pl.Series) -> pl.Series:
        """The given name that the anchor's own fake shows."""
        if self.provider in ANCHORS:
            return self.given(values).pick(pool("first_name"))
        whole = self._equal(values)
        if self.provider == "full_name":
            first, last, _ = parts_of(whole)
            whole = last.zip_with(first.is_null(), first)
        free = replace(self.request, shape=Shape())
        return over_distinct(never_itself(first_name(free)))(whole)

    def _equal(self, values: pl.Series) -> pl.Series:
        return compared(self.request.shape.type_name, values)


def persona(provider: str, request: Request, anchor: Anchor, alone: Mask) -> OfPerson:
    """The mask of a column whose person the anchor decides; `alone` masks what has no room."""
    shape = request.shape
    if provider not in OF_PERSONA:
        raise Unbindable(
            f"a fake of the provider {provider} is no part of a persona",
            f"Use persona with {', '.join(OF_PERSONA)}.",
        )
    if provider not in ANCHORS and anchor.provider not in ANCHORS:
        raise Unbindable(
            "a name decides about an address or a user name of its row, not about another name",
            "Leave persona out: names agree by their values.",
        )
    if not shape.is_text or (shape.unique and provider not in ANCHORS):
        raise Unbindable(
            "a name of a persona is text, and does not stay unique", "Leave persona out."
        )
    of_provider = _login if provider in ANCHORS else _name
    make = of_provider(provider, request, anchor)

    def made(values: pl.Series, anchors: pl.Series) -> pl.Series:
        fakes = in_case(request, values, make(compared(shape.type_name, values), anchors))
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

    def made(values: pl.Series, anchors: pl.Series) -> pl.Series:
        # Without accents, as addresses are written.
        plain = anchor.first_names(anchors).str.normalize("NFKD").str.replace_all(r"[^a-zA-Z]", "")
        return make(values, 0, plain.str.to_lowercase())

    return made
