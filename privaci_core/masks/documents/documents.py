"""Masks inside JSON documents: only scalars change, each to one of its type; all else stays as it is written."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

import polars as pl

from privaci_core.masks.base.shape import Shape, Unbindable
from privaci_core.masks.documents.scalars import Node, Reached, scalars
from privaci_core.policy import Null, Passthrough, Static

if TYPE_CHECKING:
    from privaci_core.masks.base.keys import Keys
    from privaci_core.masks.base.shape import Mask
    from privaci_core.masks.documents.scalars import Scalar
    from privaci_core.policy import Action, Json

Kind = Literal["text", "whole", "real", "bool", "null"]
DOCUMENTS = frozenset({"json", "jsonb"})
WHOLE = re.compile(r"-?\d{1,18}$")
# What stands for a scalar that no path names, or that its action has no value of the type for.
EMPTY: dict[Kind, str] = {"text": '""', "whole": "0", "real": "0", "bool": "false", "null": "null"}
SHAPES: dict[Kind, Shape] = {
    "text": Shape(),
    "whole": Shape(type_name="int8"),
    "real": Shape(type_name="float8"),
    "bool": Shape(type_name="bool"),
}
BindOne = Callable[["Action", Shape, "Keys"], "Mask"]


def documents(action: Json, shape: Shape, keys: Keys, bind_one: BindOne) -> Mask:
    """The mask of whole documents; the actions of all paths are bound once."""
    if shape.type_name not in DOCUMENTS and not shape.is_text:
        raise Unbindable(
            f"a {shape.type_name} holds no JSON", "Use json on json, jsonb and text columns."
        )
    if shape.unique:
        raise Unbindable(
            "masks inside a document do not promise that it stays unique",
            "Use hash on a text column.",
        )
    steps = action.steps
    root = Reached((Node.of([(path, number) for number, (path, _) in enumerate(steps)]),))
    masks = [_of_kinds(rule, keys, bind_one) for _, rule in steps]
    redacts = action.default == "redact"

    def masked(values: pl.Series) -> pl.Series:
        texts = [
            text if shape.type_name in DOCUMENTS else _valid(text) for text in values.to_list()
        ]
        found = [list(scalars(text, root, all_of_them=redacts)) for text in texts]
        waiting: dict[tuple[int | None, Kind], list[str]] = defaultdict(list)
        for text, places in zip(texts, found, strict=True):
            for place in places:
                token = text[place.start : place.end]
                waiting[place.path, _kind(token)].append(token)
        fakes = {
            group: iter((_emptied if group[0] is None else masks[group[0]])(group[1], tokens))
            for group, tokens in waiting.items()
        }
        return pl.Series(
            [
                _spliced(
                    text, [(p, next(fakes[p.path, _kind(text[p.start : p.end])])) for p in places]
                )
                for text, places in zip(texts, found, strict=True)
            ],
            dtype=pl.String,
        )

    return masked


MaskKind = Callable[[Kind, list[str]], list[str]]


def _of_kinds(rule: Action, keys: Keys, bind_one: BindOne) -> MaskKind:
    """The action for scalars of every kind; what it cannot make for a kind becomes that kind's empty value."""
    if isinstance(rule, Passthrough):
        return _kept
    if isinstance(rule, Null):
        return lambda _kind, tokens: ["null"] * len(tokens)
    bound: dict[Kind, Mask] = {}
    refusals = []
    for kind, shape in SHAPES.items():
        try:
            bound[kind] = bind_one(rule, shape, keys)
        except Unbindable as error:
            refusals.append(error)
    if not bound:
        raise refusals[0]

    def masked(kind: Kind, tokens: list[str]) -> list[str]:
        if kind not in bound or (isinstance(rule, Static) and kind == "bool"):
            return _emptied(kind, tokens)
        texts = list(map(_text, tokens)) if kind == "text" else tokens
        fakes = bound[kind](pl.Series(texts, dtype=pl.String)).to_list()
        return [json.dumps(fake, ensure_ascii=False) for fake in fakes] if kind == "text" else fakes

    return masked


def _text(token: str) -> str:
    """What a string says."""
    return str(json.loads(token)) if "\\" in token else token[1:-1]


def _kept(_kind: Kind, tokens: list[str]) -> list[str]:
    return tokens


def _emptied(kind: Kind, tokens: list[str]) -> list[str]:
    return [EMPTY[kind]] * len(tokens)


def _kind(token: str) -> Kind:
    first = token[0]
    if first == '"':
        return "text"
    if first in "tf":
        return "bool"
    if first == "n":
        return "null"
    return "whole" if WHOLE.match(token) else "real"


def _spliced(text: str, fakes: list[tuple[Scalar, str]]) -> str:
    """The text with each scalar's fake in its place."""
    parts, end = [], 0
    for place, fake in fakes:
        parts += [text[end : place.start], fake]
        end = place.end
    return "".join([*parts, text[end:]])


def _valid(text: str) -> str:
    """A text column may hold anything: what is no document is nothing but a value, and goes whole."""
    try:
        json.loads(text)
    except ValueError:
        return "null"
    return text
