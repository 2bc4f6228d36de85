"""Masks scalars inside JSON documents, each by one of its type; all other text stays as written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from privaci_core.compiled import loops
from privaci_core.masks.base.shape import Shape, Unbindable
from privaci_core.masks.documents.members import members
from privaci_core.masks.documents.points import paths_from
from privaci_core.masks.documents.rewrite import rewritten
from privaci_core.masks.documents.rewrite_compiled import rewritten_compiled
from privaci_core.masks.documents.scalars import Reached, is_document, tree_of
from privaci_core.masks.documents.written import Written, as_stored
from privaci_core.policy import Null, Passthrough, Remove, Static

if TYPE_CHECKING:
    from privaci_core.masks.base.digested_names import DigestedNames
    from privaci_core.masks.base.keys import Keys
    from privaci_core.masks.base.shape import Mask
    from privaci_core.masks.documents.written import Kind, MaskKind
    from privaci_core.policy import Action, Json, JsonAction

DOCUMENTS = frozenset({"json", "jsonb"})
# Replaces a scalar that no path names, or whose action makes no value of its type.
EMPTY: dict[Kind, str] = {"text": "", "whole": "0", "real": "0", "bool": "false", "null": "null"}
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
    masks = [_of_kinds(rule, shape.names, keys, bind_one) for _, rule in steps]
    if action.default == "redact":
        # The shortest path of all, so every path of the rule wins over it.
        paths.insert(0, ((), len(masks)))
        masks.append(_emptied)
    if shape.type_name == "jsonb":
        masks = [as_stored(mask) for mask in masks]
    root = Reached((tree_of(paths),))
    # What is removed takes its comma along, which Python finds.
    tables = paths_from(root) if loops.LOADED and not gone else None

    def masked(values: pl.Series) -> pl.Series:
        if shape.type_name not in DOCUMENTS:
            # What is no document becomes one that says nothing.
            texts = [text if is_document(text) else "null" for text in values]
            values = pl.Series(texts, dtype=pl.String)
        if tables is None:
            return rewritten(values, root, masks, gone)
        return rewritten_compiled(values, root, tables, masks)

    return masked


def _of_kinds(rule: JsonAction, names: DigestedNames, keys: Keys, bind_one: BindOne) -> MaskKind:
    """The action for scalars of every kind; a kind that it cannot mask gets its empty value."""
    if isinstance(rule, Passthrough | Remove):
        return lambda _kind, _values: None
    if isinstance(rule, Null):
        return lambda _kind, values: _all("null", values)
    bound: dict[Kind, Mask] = {}
    refusals = []
    for kind, shape in SHAPES.items():
        try:
            bound[kind] = bind_one(rule, replace(shape, names=names), keys)
        except Unbindable as error:
            refusals.append(error)
    if not bound:
        raise refusals[0]

    def masked(kind: Kind, values: pl.Series) -> Written:
        if kind not in bound or (isinstance(rule, Static) and kind == "bool"):
            return _emptied(kind, values)
        return Written(bound[kind](values), is_quoted=kind == "text")

    return masked


def _emptied(kind: Kind, values: pl.Series) -> Written:
    return _all(EMPTY[kind], values, is_quoted=kind == "text")


def _all(text: str, values: pl.Series, *, is_quoted: bool = False) -> Written:
    return Written(pl.repeat(text, len(values), dtype=pl.String, eager=True), is_quoted=is_quoted)
