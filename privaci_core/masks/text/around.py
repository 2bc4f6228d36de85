"""Masks what a value wraps, and keeps the syntax around: headers, lists, links, ports."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import polars as pl

from privaci_core.masks.base.shape import Shape, Unbindable
from privaci_core.masks.text.wrapped import GIVEN_NAME, HOST, NAME, alone, like, wrapped_in
from privaci_core.policy import Fake, Pseudonym

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from privaci_core.masks.base.keys import Keys
    from privaci_core.masks.base.shape import Mask
    from privaci_core.masks.text.patterns import Span
    from privaci_core.policy import Action

    BindOne = Callable[[Action, Shape, Keys], Mask]

# A value of one of these forms wraps nothing, and its fake is the provider's.
ALONE = {
    "email": r"^[^\s@<>,;:()=/?&|\"]+@[\w-]+(\.[\w-]+)*$",
    "phone": r"^[+(]?[\d ().-]+$",
    "ip_address": r"^(\d{1,3}(\.\d{1,3}){3}|[0-9A-Fa-f:]*)(/\d{1,3})?$",
    "mac_address": r"^([0-9A-Fa-f]{2}[:-]?){6,8}$",
}
REDACTED, RESERVED_HOST = "redacted", "example.test"
NAMES = (NAME, GIVEN_NAME)


def keeps_around(action: Action | None) -> bool:
    """Whether an action masks what its values wrap, and keeps the rest."""
    return isinstance(action, Fake | Pseudonym) and action.params.get("around") == "keep"


def masked_inside(action: Fake | Pseudonym, shape: Shape, keys: Keys, bind_one: BindOne) -> Mask:
    """The mask of values that may wrap others: what is inside gets the fake that it gets alone."""
    if shape.unique:
        raise Unbindable(
            "masks inside a value do not promise that it stays unique",
            "Leave `around` out: the whole value then becomes one fake.",
        )
    params = {name: value for name, value in action.params.items() if name != "around"}
    changes = {"params": params, "persona": None}
    alone = bind_one(action.model_copy(update=changes), shape, keys)
    if not shape.is_text:
        return alone
    return _inside(
        action.provider, {action.provider: alone, **_names(action, keys, bind_one)}, shape
    )


def originals_inside(action: Action, values: Iterable[str]) -> Iterator[str]:
    """What the mask of such an action replaces by fakes: of a value without any, all of it."""
    kind = getattr(action, "provider", "")
    for value in values:
        spans = wrapped_in(value, kind)
        for span in spans:
            if span.kind in (kind, *NAMES):
                yield alone(value[span.start : span.end])
        if not spans:
            yield value


def _names(action: Fake | Pseudonym, keys: Keys, bind_one: BindOne) -> dict[str, Mask]:
    """The masks of names beside an address: as in columns of names."""
    params = {name: value for name, value in action.params.items() if name == "locale"}
    changes = {"params": params, "seed_alias": None, "persona": None}
    return {
        name: bind_one(action.model_copy(update={"provider": name, **changes}), Shape(), keys)
        for name in NAMES
    }


def _inside(kind: str, masks: Mapping[str, Mask], shape: Shape) -> Mask:
    def masked(values: pl.Series) -> pl.Series:
        whole = masks[kind](values)
        places = (~values.str.contains(ALONE[kind])).arg_true()
        if not len(places):
            return whole
        texts = values.gather(places).to_list()
        spans = [wrapped_in(text, kind) for text in texts]
        fakes = _fakes(texts, spans, masks)
        made = [
            _spliced(text, parts, fakes) if parts else None
            for text, parts in zip(texts, spans, strict=True)
        ]
        found = pl.Series(made, dtype=pl.String)
        if shape.room is not None:
            found = found.set(found.str.len_chars() > shape.room, None)
        # What wraps nothing, or is too long, becomes one fake.
        filled = found.zip_with(found.is_not_null(), whole.gather(places))
        return whole.clone().scatter(places, filled)

    return masked


def _fakes(
    texts: list[str], spans: list[list[Span]], masks: Mapping[str, Mask]
) -> dict[str, Iterator[str]]:
    """The fakes of each kind, in the order of the texts and their parts."""
    parts: dict[str, list[str]] = defaultdict(list)
    for text, found in zip(texts, spans, strict=True):
        for span in found:
            parts[span.kind].append(alone(text[span.start : span.end]))
    return {
        kind: iter(mask(pl.Series(parts[kind], dtype=pl.String)).to_list())
        for kind, mask in masks.items()
    }


def _spliced(text: str, spans: list[Span], fakes: Mapping[str, Iterator[str]]) -> str:
    """The text with its syntax, and a fake for each other part."""
    made, end = [], 0
    for span in spans:
        made += [text[end : span.start], _fake_of(text[span.start : span.end], span.kind, fakes)]
        end = span.end
    return "".join([*made, text[end:]])


def _fake_of(part: str, kind: str, fakes: Mapping[str, Iterator[str]]) -> str:
    if kind in fakes:
        return like(part, next(fakes[kind]))
    if kind == HOST:
        return RESERVED_HOST
    return "0" * len(part) if part.isdigit() else REDACTED
