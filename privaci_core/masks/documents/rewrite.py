"""Rewrites JSON documents scalar by scalar: what is removed goes, what a path masks is replaced."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from typing import TYPE_CHECKING

import polars as pl

from privaci_core.masks.documents.removed import cuts
from privaci_core.masks.documents.scalars import scalars, text_of
from privaci_core.masks.documents.written import Kind

if TYPE_CHECKING:
    from collections.abc import Container, Iterator, Mapping, Sequence

    from privaci_core.masks.documents.removed import Cut
    from privaci_core.masks.documents.scalars import Reached, Scalar
    from privaci_core.masks.documents.written import MaskKind

WHOLE = re.compile(r"-?\d{1,18}$")
# The number of a path and a kind: what is masked as one vector.
Group = tuple[int, Kind]


def rewritten(
    values: pl.Series, root: Reached, masks: Sequence[MaskKind], gone: Container[int | None] = ()
) -> pl.Series:
    """The documents with what the masks make of their scalars, without what is at paths `gone`."""
    texts = values.to_list()
    removed = [cuts(text, root, gone) if gone else [] for text in texts]
    found = [
        [place for place in scalars(text, root) if not _is_cut(place, parts)]
        for text, parts in zip(texts, removed, strict=True)
    ]
    fakes = {
        (path, kind): iter(_masked(masks[path], kind, tokens))
        for (path, kind), tokens in _by_group(texts, found).items()
    }
    spliced = [
        _spliced(text, [*_edits(text, places, fakes), *((*cut, "") for cut in parts)])
        for text, places, parts in zip(texts, found, removed, strict=True)
    ]
    return pl.Series(spliced, dtype=pl.String)


def _masked(mask: MaskKind, kind: Kind, tokens: list[str]) -> list[str]:
    texts = list(map(text_of, tokens)) if kind == "text" else tokens
    made = mask(kind, pl.Series(texts, dtype=pl.String))
    if made is None:
        return tokens
    if made.is_quoted:
        return [json.dumps(text, ensure_ascii=False) for text in made.texts]
    return made.texts.fill_null("null").to_list()


def _group(text: str, place: Scalar) -> Group:
    return place.path, _kind(text[place.start : place.end])


def _by_group(texts: list[str], found: list[list[Scalar]]) -> dict[Group, list[str]]:
    """The scalars of all documents, in their order within each group."""
    groups: dict[Group, list[str]] = defaultdict(list)
    for text, places in zip(texts, found, strict=True):
        for place in places:
            groups[_group(text, place)].append(text[place.start : place.end])
    return groups


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
