"""Masks scalars inside JSON documents, each by one of its type; all other text stays as written."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

import polars as pl

from privaci_core.masks.base.shape import Shape, Unbindable
from privaci_core.masks.documents.members import members
from privaci_core.masks.documents.removed import cuts
from privaci_core.masks.documents.scalars import Reached, scalars, tree_of
from privaci_core.policy import Null, Passthrough, Remove, Static

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from privaci_core.masks.base.keys import Keys
    from privaci_core.masks.base.shape import Mask
    from privaci_core.masks.documents.removed import Cut
    from privaci_core.masks.documents.scalars import Scalar
    from privaci_core.policy import Action, Json, JsonAction

Kind = Literal["text", "whole", "real", "bool", "null"]
DOCUMENTS = frozenset({"json", "jsonb"})
EXPONENT_OR_ZERO = re.compile(r"[eE]|^-0")
WHOLE = re.compile(r"-?\d{1,18}$")
# Replaces a scalar that no path names, or whose action makes no value of its type.
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
        return members(action, shape, keys, bind_one)
    if shape.unique:
        raise Unbindable(
            "masks inside a document do not promise that it stays unique",
            "Use hash on a text column.",
        )
    steps = action.steps
    paths = [(path, number) for number, (path, _) in enumerate(steps)]
    gone = {number for number, (_, rule) in enumerate(steps) if isinstance(rule, Remove)}
    masks = [_of_kinds(rule, keys, bind_one) for _, rule in steps]
    if action.default == "redact":
        # The shortest path of all, so every path of the rule wins over it.
        paths.insert(0, ((), len(masks)))
        masks.append(_emptied)
    root = Reached((tree_of(paths),))

    def masked(values: pl.Series) -> pl.Series:
        texts = values.to_list()
        if shape.type_name not in DOCUMENTS:
            texts = [_valid(text) for text in texts]
        removed = [cuts(text, root, gone) if gone else [] for text in texts]
        found = [
            [place for place in scalars(text, root) if not _is_cut(place, parts)]
            for text, parts in zip(texts, removed, strict=True)
        ]
        fakes = _fakes(_by_group(texts, found), masks)
        if shape.type_name == "jsonb":
            fakes = {group: _as_stored(group, made) for group, made in fakes.items()}
        spliced = [
            _spliced(text, [*_edits(text, places, fakes), *((*cut, "") for cut in parts)])
            for text, places, parts in zip(texts, found, removed, strict=True)
        ]
        return pl.Series(spliced, dtype=pl.String)

    return masked


MaskKind = Callable[[Kind, list[str]], list[str]]
# The number of a path and a kind: what is masked as one vector.
Group = tuple[int, Kind]


def _group(text: str, place: Scalar) -> Group:
    return place.path, _kind(text[place.start : place.end])


def _by_group(texts: list[str], found: list[list[Scalar]]) -> dict[Group, list[str]]:
    """The scalars of all documents, in their order within each group."""
    groups: dict[Group, list[str]] = defaultdict(list)
    for text, places in zip(texts, found, strict=True):
        for place in places:
            groups[_group(text, place)].append(text[place.start : place.end])
    return groups


def _fakes(groups: dict[Group, list[str]], masks: list[MaskKind]) -> dict[Group, Iterator[str]]:
    """The fakes of each group in the order of its scalars."""
    return {
        (path, kind): iter(masks[path](kind, tokens)) for (path, kind), tokens in groups.items()
    }


def _as_stored(group: Group, fakes: Iterator[str]) -> Iterator[str]:
    """Numbers as jsonb keeps them: without an exponent, and no zero below zero."""
    _, kind = group
    return map(_number, fakes) if kind in {"whole", "real"} else fakes


def _number(text: str) -> str:
    if not EXPONENT_OR_ZERO.search(text):
        return text
    number = Decimal(text)
    return format(number.copy_abs() if number.is_zero() else number, "f")


def _of_kinds(rule: JsonAction, keys: Keys, bind_one: BindOne) -> MaskKind:
    """The action for scalars of every kind; a kind that it cannot mask gets its empty value."""
    if isinstance(rule, Passthrough | Remove):
        return _unchanged
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
    """The text of a JSON string."""
    return str(json.loads(token)) if "\\" in token else token[1:-1]


def _unchanged(_kind: Kind, tokens: list[str]) -> list[str]:
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


def _is_cut(place: Scalar, parts: list[Cut]) -> bool:
    return any(start <= place.start < end for start, end in parts)


def _edits(
    text: str, places: list[Scalar], fakes: Mapping[Group, Iterator[str]]
) -> Iterator[tuple[int, int, str]]:
    """From where to where a text gets which fake."""
    for place in places:
        yield place.start, place.end, next(fakes[_group(text, place)])


def _spliced(text: str, edits: list[tuple[int, int, str]]) -> str:
    """The text with each scalar replaced by its fake, and without what is removed."""
    parts, last = [], 0
    for start, end, fake in sorted(edits):
        parts += [text[last:start], fake]
        last = end
    return "".join([*parts, text[last:]])


def _valid(text: str) -> str:
    """The text, or `null` where a text column holds no document."""
    try:
        json.loads(text)
    except ValueError:
        return "null"
    return text
